/** The tensors of a model by name, as `summary` prints them and files hold them. */
import { isFloat } from "../ir/dtype.ts";
import type { Tensor } from "../trace/tensor.ts";
import { leavesOf } from "../trace/tree.ts";

export interface NamedTensor {
  /** As one would write it after the model's name: `[0].w`, `head.b`; empty where the model is one tensor. */
  readonly name: string;
  readonly tensor: Tensor;
}

/** The name of the tensor at a path of a tree. */
export const nameAt = (path: string): string => path.replace(/^\./, "");

/** All tensors of a model (a tree of tensors) in order. */
export const namedTensors = (model: unknown): readonly NamedTensor[] =>
  leavesOf(model).map(({ path, tensor }) => ({ name: nameAt(path), tensor }));

/** Whether training changes a tensor: not whole numbers and truth values, and not what batch norm counts. */
export const isParameter = (leaf: Tensor, path: string): boolean => isFloat(leaf.dtype) && !/(?:^|\.)running(?:Mean|Variance)$/.test(path);
