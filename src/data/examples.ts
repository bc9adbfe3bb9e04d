/**
 * Rows to learn from: a table of numbers and one label a row, as plain arrays. Tensors are made of the few rows that a
 * step needs, and nothing here is random.
 */
import { tensor, type Tensor } from "../trace/tensor.ts";

/** What is to be learned, one a row: a class counted from 0, or a number. */
export type Targets = Int32Array | Float64Array;

/** `x` is row by row, `columns` numbers each. */
export interface Examples {
  readonly x: Float64Array;
  readonly y: Targets;
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

/** The named rows, in the order given. */
export const takeRows = ({ x, y, columns }: Examples, rows: ArrayLike<number>): Examples => {
  const taken = new Float64Array(rows.length * columns);
  const targets = y instanceof Int32Array ? new Int32Array(rows.length) : new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    taken.set(x.subarray(row * columns, (row + 1) * columns), i * columns);
    targets[i] = y[row]!;
  }
  return { x: taken, y: targets, columns };
};

/** All rows as tensors of their own, named x and y. */
export const asBatch = ({ x, y, columns }: Examples): Batch => ({
  x: tensor(x, { shape: [y.length, columns], name: "x" }),
  y: tensor(y, { name: "y" }),
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
