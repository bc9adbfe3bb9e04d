/** Element types and the arrays that hold them. float64 is the meaning; the others round or count. */

import { bytesText, Diagnostic } from "./diagnostic.ts";

export type DType = "float64" | "float32" | "int32" | "uint32" | "bool";
export type TypedArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;

/**
 * What a node evaluates to in the reference interpreter: a plain number if its shape is `[]` (a circuit of a million
 * scalar gates then allocates no arrays), else a row-major array of its dtype.
 */
export type Value = number | TypedArray;

const arrays = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;

/** Promotion order: a gate of two types computes in the later one. */
export const ranks: readonly DType[] = ["bool", "int32", "uint32", "float32", "float64"];

/**
 * So many zeros.
 * @throws Diagnostic `out-of-memory`
 */
export const allocate = (dtype: DType, size: number): TypedArray => {
  try {
    return new arrays[dtype](size);
  } catch (cause) {
    throw noRoom(dtype, size, cause);
  }
};

const noRoom = (dtype: DType, size: number, cause: unknown): Diagnostic =>
  new Diagnostic("out-of-memory", `${size.toLocaleString("en")} numbers of ${dtype} take ${bytesText(size * bytesOf(dtype))}, and there is no room for as many`, {
    help: dtype === "float64" ? "work on fewer rows at a time, or in float32" : "work on fewer rows at a time",
    cause,
  });

export const isFloat = (dtype: DType): boolean => dtype === "float64" || dtype === "float32";

export const promote = (a: DType, b: DType): DType => (a === b || ranks.indexOf(a) >= ranks.indexOf(b) ? a : b);

/** One number as that type stores it. */
export const store = (dtype: DType, x: number): number => {
  switch (dtype) {
    case "float64":
      return x;
    case "float32":
      return Math.fround(x);
    case "int32":
      return x | 0;
    case "uint32":
      return x >>> 0;
    case "bool":
      return x === 0 ? 0 : 1;
  }
};

/** A number as the shortest text that reads back as the same bits; JavaScript itself writes -0 as 0. */
export const numberSpelling = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

/** The dtype whose array this is; plain Uint8Array data counts as truth values. */
export const dtypeOf = (data: TypedArray): DType => ranks.find((d) => data instanceof arrays[d])!;

export const isTypedArray = (x: unknown): x is TypedArray => ranks.some((d) => x instanceof arrays[d]);

/**
 * The same numbers, which nobody else writes to, in memory of their own also where they lie in memory that threads share.
 * @throws Diagnostic `out-of-memory`
 */
export const copyOf = <T extends Value>(value: T): T => {
  if (typeof value === "number") return value;
  const dtype = dtypeOf(value);
  try {
    // Not `slice`, nor `set` into a new one: before these the engine fills the new array with zeros.
    return new arrays[dtype](value) as T;
  } catch (cause) {
    throw noRoom(dtype, value.length, cause);
  }
};

/** The same numbers in an array of as many of their type, or in a new one. */
export const copiedTo = (into: TypedArray | undefined, numbers: TypedArray): TypedArray => {
  if (into === undefined) return copyOf(numbers);
  into.set(numbers);
  return into;
};

/** The value as an array, also of a scalar. */
export const asArray = (value: Value, dtype: DType): TypedArray => {
  if (typeof value !== "number") return value;
  const array = allocate(dtype, 1);
  array[0] = value;
  return array;
};

/** Bytes of one number. */
export const bytesOf = (dtype: DType): number => arrays[dtype].BYTES_PER_ELEMENT;

/** A typed array over part of a buffer. */
export const viewOf = (dtype: DType, buffer: ArrayBufferLike, offset: number, size: number): TypedArray => new arrays[dtype](buffer as ArrayBuffer, offset, size);
