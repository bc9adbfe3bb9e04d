/** Networks as plain trees of tensors, and losses. */
export { applyLinear, applyMlp, he, linear, mlp, xavier, type LayerOptions, type Linear, type Mlp, type Spread } from "./linear.ts";
export { l2Penalty, softmaxLoss, svmLoss, weightsOf, type Labels } from "./losses.ts";
