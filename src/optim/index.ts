/** Optimisers: pure functions over trees of tensors. */
export { perTensor, type Optimizer, type OptimizerState, type Rule } from "./optimizer.ts";
export { momentum, sgd } from "./sgd.ts";
