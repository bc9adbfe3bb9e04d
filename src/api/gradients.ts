/** What takes gradients: tensors, operations, transforms, random numbers. Graphs run in the interpreter. */
import "./run.ts";

export * from "./functions.ts";
export { grad, grads, hessian, hvp, jvp, valueAndGrad, vjp } from "./transforms.ts";
export type { Argument, GradientOf, ValueAndGrad, WithAux } from "./transforms.ts";
export { bernoulli, key, normal, permutation, split, uniform } from "./random.ts";
export { full, ones, tensor, Tensor, zeros } from "../trace/tensor.ts";
export type { Nested } from "../trace/literal.ts";
export type { TensorLike, TensorOptions } from "../trace/tensor.ts";
export { leavesOf, mapTree } from "../trace/tree.ts";
export { Diagnostic } from "../ir/diagnostic.ts";
export type { DType, TypedArray } from "../ir/dtype.ts";
export type { Shape } from "../ir/shape.types.ts";
