/** Models as points of a space: all their real numbers in one row. Whole numbers and truth values stay where they are. */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import { isFloat } from "../../ir/dtype.ts";
import { tensor, type Tensor } from "../../trace/tensor.ts";
import { leavesOf, mapTree } from "../../trace/tree.ts";

/** A loss over a model, which is a tree of tensors: one number. */
export type Loss<M> = (model: M) => Tensor;

/** The tensors of a model that can be moved, with their paths, in order. */
export const movable = (model: unknown): { readonly path: string; readonly tensor: Tensor }[] =>
  leavesOf(model).filter((leaf) => isFloat(leaf.tensor.dtype));

/** All numbers of a model that can be moved. */
export const vectorOf = (model: unknown): Float64Array => {
  const parts = movable(model).map((leaf) => leaf.tensor.dataSync());
  const vector = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    vector.set(part, at);
    at += part.length;
  }
  return vector;
};

/** The model with other numbers, in the order of `vectorOf`; they are float64, whatever the model's own were. */
export const withVector = <M>(model: M, vector: Float64Array): M => {
  let at = 0;
  return mapTree(model, (leaf) => {
    if (!isFloat(leaf.dtype)) return leaf;
    const part = vector.subarray(at, at + leaf.size);
    at += leaf.size;
    return tensor(part, { shape: leaf.shape });
  }) as M;
};

export const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** a + factor * b. */
export const plus = (a: Float64Array, factor: number, b: Float64Array): Float64Array => a.map((v, i) => v + factor * b[i]!);

/**
 * Where one goes by so much of each direction: model + sum of distance * direction, in float64. The distances may be
 * traced.
 * @throws Diagnostic `direction-does-not-fit`
 */
export const moved = <M>(model: M, directions: readonly M[], distances: readonly Tensor[]): M => {
  const ways = directions.map((direction) => movable(direction));
  let at = 0;
  return mapTree(model, (leaf, path) => {
    if (!isFloat(leaf.dtype)) return leaf;
    const i = at++;
    return ways.reduce((sum, way, k) => sum.add(step(way[i]?.tensor, leaf, path).mul(distances[k]!)), leaf.cast("float64") as Tensor);
  }) as M;
};

const step = (way: Tensor | undefined, leaf: Tensor, path: string): Tensor => {
  if (way !== undefined && shapeText(way.shape) === shapeText(leaf.shape)) return way;
  const found = way === undefined ? "ends before it" : `has the shape ${shapeText(way.shape)} there`;
  throw new Diagnostic("direction-does-not-fit", `the model has the shape ${shapeText(leaf.shape)} at ${path || "its root"}, and the direction ${found}`, {
    operands: [{ name: `model${path}`, shape: leaf.shape }],
    help: "a direction is a tree like the model",
  });
};
