/**
 * Batch norm: every channel is brought to mean 0 and variance 1 over the batch. What is learned and what is only counted
 * are two trees: parameters go to the optimiser, running statistics go in and come out as values.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { DType } from "../ir/dtype.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import { checkEpsilon } from "../ops/entries/normalization.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { ones, zeros, type Tensor } from "../trace/tensor.ts";
import { checkNorm, freshNorm, type Norm, type NormOptions } from "./layer-norm.ts";

/**
 * The mean and the variance of each channel over past batches, each [channels]. No parameters: `summary` does not count
 * them, penalties leave them out, and no gradient of a loss in training depends on them. Keep them in a tree of their own,
 * beside the model that is differentiated.
 */
export interface RunningStatistics {
  readonly runningMean: Tensor;
  readonly runningVariance: Tensor;
}

export interface TrainingNormOptions extends NormOptions {
  /** The share of the old statistics that stays at a step; the batch gives the rest. Default 0.9, as in the course. */
  readonly momentum?: number;
}

/**
 * The parameters of a batch norm: scale 1, shift 0. `dtype` is float64 by default.
 * @example
 * summary(batchNorm(16)).parameters; // 32
 */
export const batchNorm = (channels: number, options: { readonly dtype?: DType } = {}): Norm => freshNorm(channels, options);

/**
 * The statistics before the first batch: mean 0, variance 1. `dtype` is that of the layer, float64 by default.
 * @example
 * summary({ norm: batchNorm(16), running: runningStatistics(16) }).parameters; // 32
 */
export const runningStatistics = (channels: number, options: { readonly dtype?: DType } = {}): RunningStatistics => ({
  runningMean: zeros([channels], options),
  runningVariance: ones([channels], options),
});

/** The axes over which a channel's numbers lie, and how many there are. */
const overBatch = (x: Tensor): { readonly axes: readonly number[]; readonly count: number } => {
  const shape: Shape = x.shape;
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  return { axes, count: sizeOf(axes.map((axis) => shape[axis]!)) };
};

/** One number for each channel, in a shape that meets x. */
const perChannel = (v: Tensor, x: Tensor): Tensor => v.reshape([v.size, ...new Array<number>(x.rank - 2).fill(1)]);

const checkInput = (what: string, { scale, shift }: Norm, { runningMean, runningVariance }: RunningStatistics, x: Tensor): void => {
  if (x.rank < 2) {
    throw new Diagnostic("norm-does-not-fit", `${what}: x ${shapeText(x.shape)} has no axis of channels`, {
      operands: [{ name: x.name ?? "x", shape: x.shape }],
      help: "x is [rows, channels] or [rows, channels, height, width]: channels are axis 1",
    });
  }
  checkNorm(what, { scale, shift, runningMean, runningVariance }, x, 1, "axis of channels");
};

/**
 * Batch norm while training (Ioffe and Szegedy 2015): y = (x - mean) / sqrt(variance + epsilon) * scale + shift with mean
 * and variance of this batch, for each channel. x [rows, channels, ...] -> y of the same shape; `statistics` are the new
 * running ones, momentum * old + (1 - momentum) * batch, in which the variance is the unbiased estimate, n / (n - 1) times
 * that of the batch. Return them beside the loss: `valueAndGrad` hands on what is called `aux`.
 * @throws Diagnostic `norm-does-not-fit`, `batch-too-small`, `bad-momentum`, `bad-epsilon`, `bad-options`
 * @example
 * const layer = batchNorm(1);
 * const { y, statistics } = trainBatchNorm(layer, runningStatistics(1), tensor([[1], [3]]), { momentum: 0.5, epsilon: 1e-20 });
 * y.toArraySync(); // => [[-1], [1]]
 * statistics.runningMean.toArraySync(); // => [1]
 */
export const trainBatchNorm = (
  layer: Norm,
  { runningMean, runningVariance }: RunningStatistics,
  x: Tensor,
  options: TrainingNormOptions = {},
): { readonly y: Tensor; readonly statistics: RunningStatistics } => {
  checkOptions("trainBatchNorm", options, ["epsilon", "momentum"]);
  const { momentum = 0.9, ...rest } = options;
  if (!(momentum >= 0 && momentum <= 1)) {
    throw new Diagnostic("bad-momentum", `trainBatchNorm: momentum is ${momentum}`, { help: "use a number from 0 to 1: the share of the old statistics that stays" });
  }
  checkInput("trainBatchNorm", layer, { runningMean, runningVariance }, x);
  const { axes, count } = overBatch(x);
  if (count < 2) {
    const found = `${count} number${count === 1 ? "" : "s"} for each channel`;
    throw new Diagnostic("batch-too-small", `trainBatchNorm: x ${shapeText(x.shape)} has ${found}, and a variance needs two`, {
      operands: [{ name: x.name ?? "x", shape: x.shape }],
      help: "train on larger batches; a single example is predicted with applyBatchNorm",
    });
  }
  const mix = (old: Tensor, batch: Tensor): Tensor => old.mul(momentum).add(batch.mul(1 - momentum));
  return {
    y: x.standardize({ axes, ...rest }).mul(perChannel(layer.scale, x)).add(perChannel(layer.shift, x)),
    statistics: {
      runningMean: mix(runningMean, x.mean({ axes })),
      runningVariance: mix(runningVariance, x.variance({ axes }).mul(count / (count - 1))),
    },
  };
};

/**
 * Batch norm when predicting: as in training, with the running statistics instead of the batch's, so that a row's result
 * does not depend on the others. x [rows, channels, ...], also of a single row or of none.
 * @throws Diagnostic `norm-does-not-fit`, `bad-epsilon`, `bad-options`
 * @example
 * const running = { runningMean: tensor([2]), runningVariance: tensor([4]) };
 * applyBatchNorm(batchNorm(1), running, tensor([[6]]), { epsilon: 1e-20 }).toArraySync(); // => [[2]]
 */
export const applyBatchNorm = (layer: Norm, statistics: RunningStatistics, x: Tensor, options: NormOptions = {}): Tensor => {
  checkOptions("applyBatchNorm", options, ["epsilon"]);
  checkInput("applyBatchNorm", layer, statistics, x);
  const epsilon = checkEpsilon("applyBatchNorm", options.epsilon);
  const factor = layer.scale.div(statistics.runningVariance.add(epsilon).sqrt());
  return x.sub(perChannel(statistics.runningMean, x)).mul(perChannel(factor, x)).add(perChannel(layer.shift, x));
};
