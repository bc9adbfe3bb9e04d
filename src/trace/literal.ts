/** Tensors as people write them: nested arrays of numbers, whose shape is read off and whose rows must be equally long. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { allocate, type DType, dtypeOf, isTypedArray, type TypedArray } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { checkDType, checkShape } from "../ir/axes.ts";
import type { Shape } from "../ir/shape.types.ts";
import { describe } from "../ops/forms/entry.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { data } from "../ops/forms/source.ts";

/** Nested arrays of numbers (or truth values), as tensors are written by hand. */
export type Nested = number | boolean | readonly Nested[];

/** A node of nested arrays: truth values if there are only such, else float64. */
export const literal = (value: readonly unknown[], what: string): Node => {
  const { shape, flat, truth } = flatten(value, what);
  const array = allocate(truth ? "bool" : "float64", flat.length);
  array.set(flat);
  return data(array, shape);
};

/** Arrays nested deeper than this are a mistake: one that contains itself has no end. */
export const deepest = 1000;

/** Shape and numbers of nested arrays; ragged rows are one clear error. */
export const flatten = (value: unknown, what: string): { shape: number[]; flat: number[]; truth: boolean } => {
  const shape: number[] = [];
  for (let x = value; Array.isArray(x); x = x[0]) {
    if (shape.push(x.length) <= deepest) continue;
    throw new Diagnostic("too-deep", `${what}: the array is more than ${deepest} levels deep, or contains itself`, {
      help: "give a number, a list of numbers, or a list of equally long lists",
    });
  }
  const flat: number[] = [];
  let truth = true;
  const visit = (x: unknown, depth: number, path: string): void => {
    if (depth === shape.length) {
      if (typeof x === "boolean") flat.push(Number(x));
      else if (typeof x === "number") {
        flat.push(x);
        truth = false;
      } else {
        throw new Diagnostic("not-a-number", `${what}: the entry at ${path || "the top"} is ${typeof x === "object" ? describe(x) : String(x)}, not a number`, {
          help: Array.isArray(x) ? "all rows must be equally deep" : "tensors hold numbers and truth values",
        });
      }
      return;
    }
    if (!Array.isArray(x) || x.length !== shape[depth]) {
      const found = Array.isArray(x) ? `${x.length} entries` : "a single value";
      throw new Diagnostic("ragged", `${what}: ragged rows: the row at ${path || "the top"} has ${found}, the first has ${shape[depth]}`, {
        help: "give every row the same number of entries",
      });
    }
    x.forEach((item, i) => visit(item, depth + 1, `${path}[${i}]`));
  };
  visit(value, 0, "");
  return { shape, flat, truth: truth && flat.length > 0 };
};

export interface TensorOptions {
  /** Element type. Default: float64 for numbers, bool for truth values, the array's own type for typed arrays. */
  readonly dtype?: DType;
  /** Shape of a flat array; the product of the sizes must be its length. */
  readonly shape?: Shape;
  readonly name?: string;
}

/** Arrays of a type that tensors do not have: some of their numbers may have no place in any that they have. */
const checkArray = (value: unknown): void => {
  if (!ArrayBuffer.isView(value) || isTypedArray(value)) return;
  throw new Diagnostic("bad-dtype", `tensor: ${describe(value)} has a type of numbers that tensors do not have`, {
    help: "copy the numbers into a Float64Array, Float32Array, Int32Array or Uint32Array, or into a Uint8Array for truth values",
  });
};

/** A node of given numbers: nested arrays, or a typed array, which is copied. */
export const numbersOf = (value: Nested | TypedArray, options: TensorOptions): Node => {
  checkArray(value);
  const { shape, flat, truth } = isTypedArray(value)
    ? { shape: [value.length], flat: value, truth: false }
    : flatten(value, "tensor");
  const dtype = options.dtype ?? (isTypedArray(value) ? dtypeOf(value) : truth || typeof value === "boolean" ? "bool" : "float64");
  checkOptions("tensor", options, ["dtype", "shape", "name"]);
  checkDType(dtype, "tensor");
  const to = options.shape === undefined ? shape : checkShape(options.shape, "tensor");
  if (sizeOf(to) !== flat.length) {
    throw new Diagnostic("shape-does-not-fit", `tensor: ${flat.length} numbers do not fill the shape ${shapeText(to)}`, {
      help: `the shape has ${sizeOf(to)} elements`,
    });
  }
  const array = allocate(dtype, flat.length);
  if (dtype === "bool") flat.forEach((x: number, i: number) => (array[i] = x === 0 ? 0 : 1));
  else array.set(flat);
  return data(array, to, options.name);
};

/** That the numbers of a node can be written to what was given for them. */
export const checkRoom = (into: unknown, { dtype, shape }: Node, called: string): void => {
  const size = sizeOf(shape);
  if (isTypedArray(into) && dtypeOf(into) === dtype && into.length === size) return;
  throw new Diagnostic("array-does-not-fit", `data: ${called} has ${size} numbers of ${dtype}, and is to be written to ${isTypedArray(into) ? `${into.length} of ${dtypeOf(into)}` : describe(into)}`, {
    help: `pass new ${allocate(dtype, 0).constructor.name}(${size}), or nothing for a new array`,
  });
};

/** Numbers in row-major order as nested arrays; truth values as booleans. */
export const nested = (flat: TypedArray, shape: Shape, truth: boolean): Nested => {
  let level: Nested[] = Array.from(flat, (x) => (truth ? x !== 0 : x));
  for (const n of [...shape].reverse()) {
    const rows = n === 0 ? 0 : level.length / n;
    level = Array.from({ length: rows }, (_, i) => level.slice(i * n, (i + 1) * n));
  }
  // With a size of 0 the outer axes cannot be told from the number of elements.
  return flat.length === 0 && shape.length > 0 ? emptyNested(shape) : level[0]!;
};

const emptyNested = (shape: Shape): Nested =>
  shape[0] === 0 ? [] : Array.from({ length: shape[0]! }, () => emptyNested(shape.slice(1)));
