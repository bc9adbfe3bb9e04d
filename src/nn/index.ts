/** Networks as plain trees of tensors, and losses. */
export { joinBias, withOnes } from "./bias-trick.ts";
export { absoluteError, hingeLoss, logisticLoss, squaredError } from "./binary.ts";
export { dropout } from "./dropout.ts";
export { applyLinear, applyMlp, he, linear, mlp, xavier } from "./linear.ts";
export type { LayerOptions, Linear, Mlp, Spread } from "./linear.ts";
export { oneVsAllLoss, softmaxLoss, squaredSvmLoss, structuredSvmLoss, svmLoss } from "./losses.ts";
export type { Labels, MarginOptions } from "./losses.ts";
export { applyMaxout, maxout } from "./maxout.ts";
export type { Maxout, MaxoutOptions } from "./maxout.ts";
export { l2Penalty, maxNorm, penalty, weightsOf } from "./penalties.ts";
export type { BiasOptions, PenaltyOptions } from "./penalties.ts";
export { readSafetensors, writeSafetensors } from "./safetensors.ts";
export type { Safetensors } from "./safetensors.ts";
export { loadModel, saveModel } from "./saved-model.ts";
export { summary } from "./summary.ts";
export type { Summary, SummaryRow } from "./summary.ts";
