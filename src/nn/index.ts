/** Networks as plain trees of tensors, and losses. */
export { applyLinear, applyMlp, he, linear, mlp, xavier } from "./linear.ts";
export type { LayerOptions, Linear, Mlp, Spread } from "./linear.ts";
export { l2Penalty, softmaxLoss, svmLoss, weightsOf, type Labels } from "./losses.ts";
