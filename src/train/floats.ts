/** The floats that a model computes with, and models as values that stay. */
import type { DType } from "../ir/dtype.ts";
import { isFloat } from "../ir/dtype.ts";
import { data } from "../ops/forms/source.ts";
import { Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";

export type Floats = Extract<DType, "float64" | "float32">;

/** float32 if all floats of the model are; else, as where both meet, float64. */
export const floatsOf = (model: unknown): Floats => {
  const types = leavesOf(model).map(({ tensor }) => tensor.dtype).filter(isFloat);
  return types.length > 0 && types.every((dtype) => dtype === "float32") ? "float32" : "float64";
};

/** The model with its floats in another type, each rounded to the nearest; whole numbers and truth values stay. */
export const withFloats = <M>(model: M, dtype: Floats): M =>
  mapTree(model, (leaf) => (isFloat(leaf.dtype) && leaf.dtype !== dtype ? leaf.cast(dtype).realize() : leaf)) as M;

/** A copy of a tree of tensors that nobody else has, whatever becomes of the other. */
export const copied = <T>(tree: T): T => mapTree(tree, (leaf) => new Tensor(data(leaf.dataSync(), leaf.shape, leaf.name))) as T;
