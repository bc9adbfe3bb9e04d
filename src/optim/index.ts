/** Optimisers, schedules and clipping: pure functions over trees of tensors. */
export { adagrad, adam, adamW, rmsprop } from "./adaptive.ts";
export { clipByGlobalNorm, clipByValue, globalNorm } from "./clip.ts";
export { perTensor, type Counted, type Now, type Optimizer, type OptimizerState, type Rule } from "./optimizer.ts";
export { constant, cosine, exponentialDecay, oneOverT, stepDecay, warmUp, type LearningRate, type Schedule } from "./schedules.ts";
export { momentum, nesterov, sgd } from "./sgd.ts";
