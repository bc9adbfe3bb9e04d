/**
 * Rows to learn from: a table of numbers and one label a row, as plain arrays. Tensors are made of the few rows that a
 * step needs, and nothing here is random.
 */
import { data } from "../ops/forms/source.ts";
import { tensor, Tensor } from "../trace/tensor.ts";

/** What is to be learned, one a row: a class counted from 0, or a number. */
export type Targets = Int32Array | Float64Array;

/** Inputs of rows: float64 as a rule, float32 for images, of which there are many. */
export type Inputs = Float64Array | Float32Array;

/** `x` is row by row, `columns` numbers each. */
export interface Examples {
  readonly x: Inputs;
  readonly y: Targets;
  readonly columns: number;
}

/** Examples in the type of numbers that a model computes with. */
export interface TypedExamples {
  readonly x: Inputs;
  readonly y: Targets | Float32Array;
  readonly columns: number;
}

/** Some rows as tensors: x [rows, columns], y [rows]. */
export interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** What a model is fitted to, what its settings are chosen by, and what is looked at once, at the end. */
export interface Parts {
  readonly train: Examples;
  readonly validation: Examples;
  readonly test: Examples;
}

/** Zeros of the same type. */
const roomLike = <A extends TypedExamples["x" | "y"]>(array: A, length: number): A => new (array.constructor as new (length: number) => A)(length);

/** Copies the named rows, in the order given, into the room of others. */
const copyRows = ({ x, y, columns }: TypedExamples, rows: ArrayLike<number>, into: Pick<TypedExamples, "x" | "y">): void => {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    into.x.set(x.subarray(row * columns, (row + 1) * columns), i * columns);
    into.y[i] = y[row]!;
  }
};

/** The named rows, in the order given. */
export const takeRows = <E extends TypedExamples>(examples: E, rows: ArrayLike<number>): Pick<E, keyof TypedExamples> => {
  const { x, y, columns } = examples;
  const taken = { x: roomLike<E["x"]>(x, rows.length * columns), y: roomLike<E["y"]>(y, rows.length) };
  copyRows(examples, rows, taken);
  return { ...taken, columns };
};

/** Batches of at most `size` rows, one after the other in the same room: each is good until the next is asked for. */
export const batchesInPlace = (examples: TypedExamples, size: number): ((rows: ArrayLike<number>) => Batch) => {
  const { x, y, columns } = examples;
  const room = { x: roomLike(x, size * columns), y: roomLike(y, size) };
  return (rows) => {
    copyRows(examples, rows, room);
    // A view of its own each time: that tells a program that its numbers are others.
    return batchOver(rowRange({ ...room, columns }, 0, rows.length));
  };
};

/** Rows at equal distances, at most so many: the same ones every time. */
export const someRows = <E extends TypedExamples>(examples: E, most: number): Pick<E, keyof TypedExamples> => {
  const rows = examples.y.length;
  if (rows <= most) return examples;
  return takeRows(examples, Array.from({ length: most }, (_, i) => Math.floor((i * rows) / most)));
};

/** Rows `from` to `to` (not included), without a copy. */
export const rowRange = ({ x, y, columns }: TypedExamples, from: number, to: number): TypedExamples => ({
  x: x.subarray(from * columns, to * columns),
  y: y.subarray(from, to),
  columns,
});

/** The same rows in another type of floats; classes stay whole numbers. */
export const inType = ({ x, y, columns }: TypedExamples, dtype: "float64" | "float32"): TypedExamples => {
  const floats = (array: Inputs): Inputs =>
    dtype === "float32" ? (array instanceof Float32Array ? array : Float32Array.from(array)) : array instanceof Float64Array ? array : Float64Array.from(array);
  return { x: floats(x), y: y instanceof Int32Array ? y : floats(y), columns };
};

/** All rows as tensors of their own, named x and y. */
export const asBatch = ({ x, y, columns }: TypedExamples): Batch => ({
  x: tensor(x, { shape: [y.length, columns], name: "x" }),
  y: tensor(y, { name: "y" }),
});

/** As `asBatch`, without a copy, for arrays that nobody writes to any more. */
export const batchOver = ({ x, y, columns }: TypedExamples): Batch => ({
  x: new Tensor(data(x, [y.length, columns], "x")),
  y: new Tensor(data(y, [y.length], "y")),
});

/** The mean of each column. */
export const columnMeans = ({ x, y, columns }: Examples): Float64Array => {
  const means = new Float64Array(columns);
  x.forEach((v, i) => (means[i % columns]! += v));
  return means.map((sum) => sum / y.length);
};

/** Each number less the shift of its column, then times `factor`. */
export const shiftAndScale = (examples: Examples, shifts: Float64Array, factor: number): Examples => ({
  ...examples,
  x: examples.x.map((v, i) => (v - shifts[i % examples.columns]!) * factor),
});
