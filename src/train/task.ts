/** What is to be made small, and how to tell how good a model is: the training loop knows nothing else of a model. */
import { split } from "../api/random.ts";
import { asBatch, type Batch, type Examples } from "../data/examples.ts";
import { outputsOf, inputsOf, type Schema } from "../data/schema.ts";
import { squaredError } from "../nn/binary.ts";
import { softmaxLoss, svmLoss } from "../nn/losses.ts";
import { penalty } from "../nn/penalties.ts";
import type { Tensor } from "../trace/tensor.ts";
import { applyNetwork, hiddenOf, network, trainNetwork, type Hidden, type Network } from "./network.ts";
import type { Settings } from "./settings.ts";

/** What is learned: functions of a model, which is a tree of tensors. */
export interface Task<M> {
  /**
   * Whether targets are classes, and a score stands for each, or numbers, and the score is the number itself; "loss" where
   * nothing is known of a model but its loss.
   */
  readonly kind: "class" | "number" | "loss";
  /** x [rows, columns] -> [rows, outputs]. Throws where the kind is "loss". */
  readonly scores: (model: M, x: Tensor) => Tensor;
  /** The scores while training, where chance takes part (dropout): the same key gives the same. Default: `scores`. */
  readonly trainingScores?: ((model: M, x: Tensor, key: Tensor) => Tensor) | undefined;
  /** The mean loss of scores [rows, outputs] and targets [rows]. */
  readonly loss: (scores: Tensor, targets: Tensor) => Tensor;
  /** The mean loss of a model that does not stop at scores: it stands in for `loss`. The key is there while training. */
  readonly lossOfModel?: ((model: M, batch: Batch, key?: Tensor) => Tensor) | undefined;
  /** What is added for the weights themselves. */
  readonly penalty: (model: M) => Tensor;
  /** What monitors look at; a model without hidden layers has none. */
  readonly hidden?: ((model: M, x: Tensor) => readonly Hidden[]) | undefined;
}

/** The mean loss of some rows, without the penalty. With a key chance takes part, as it does in training. */
export const dataLoss = <M>(task: Task<M>, model: M, batch: Batch, key?: Tensor): Tensor => {
  if (task.lossOfModel) return task.lossOfModel(model, batch, key);
  const scores = key && task.trainingScores ? task.trainingScores(model, batch.x, key) : task.scores(model, batch.x);
  return task.loss(scores, batch.y);
};

/** Loss and penalty together: what training makes small, and what a gradient check of the net looks at. */
export const objective = <M>(task: Task<M>, model: M, batch: Batch, key?: Tensor): Tensor =>
  dataLoss(task, model, batch, key).add(task.penalty(model));

/** The loss is that of the data alone, without the penalty; `accuracy` is the share of rows that are right, 0 to 1. */
export interface ClassMeasure {
  readonly loss: number;
  readonly accuracy: number;
}

/** `r2` is 1 - (squared errors) / (squared deviations from the mean): 1 is perfect, 0 no better than the mean. */
export interface NumberMeasure {
  readonly loss: number;
  readonly r2: number;
}

/** All there is to say where only the loss is known. */
export interface LossMeasure {
  readonly loss: number;
}

export type Measure = ClassMeasure | NumberMeasure | LossMeasure;

/** The one number that is wanted large: the accuracy, or R^2, or the loss with a minus. */
export const goodness = (measure: Measure): number => ("accuracy" in measure ? measure.accuracy : "r2" in measure ? measure.r2 : -measure.loss);

/** A measure with what was predicted for each row: classes counted from 0, or numbers; nothing where only the loss is known. */
export type Measured = Measure & { readonly predictions: Int32Array | Float64Array };

const r2Of = (targets: ArrayLike<number>, predictions: ArrayLike<number>): number => {
  const rows = targets.length;
  const values = Array.from(targets);
  const mean = values.reduce((sum, y) => sum + y, 0) / rows;
  const spread = values.reduce((sum, y) => sum + (y - mean) ** 2, 0);
  const missed = values.reduce((sum, y, i) => sum + (y - predictions[i]!) ** 2, 0);
  return 1 - missed / spread;
};

/** Loss, accuracy or R^2, and the predictions of a model on some rows, without training on them. */
export const measure = <M>(task: Task<M>, model: M, examples: Examples): Measured => {
  const batch = asBatch(examples);
  if (task.kind === "loss") return { loss: dataLoss(task, model, batch).itemSync(), predictions: new Float64Array() };
  const scores = task.scores(model, batch.x).realize();
  const loss = (task.lossOfModel ? task.lossOfModel(model, batch) : task.loss(scores, batch.y)).itemSync();
  if (task.kind === "number") {
    const predictions = Float64Array.from(scores.dataSync());
    return { loss, r2: r2Of(examples.y, predictions), predictions };
  }
  const predictions = Int32Array.from(scores.argmax({ axes: -1 }).dataSync());
  const right = predictions.reduce((count, predicted, i) => count + Number(predicted === examples.y[i]), 0);
  return { loss, accuracy: right / examples.y.length, predictions };
};

/** The sizes of the network that settings ask for: inputs, hidden layers, outputs. */
export const sizesOf = ({ hidden }: Pick<Settings, "hidden">, schema: Schema): readonly number[] => [inputsOf(schema), ...hidden, outputsOf(schema)];

/** The task that settings ask for: losses of the course on a network, with an L2 penalty of 0.5 l2 (sum of squares). */
export const taskOf = ({ model, activation, dropout, l2 }: Settings, { label }: Schema): Task<Network> => ({
  kind: label.kind,
  scores: (net, x) => applyNetwork(net, x, activation),
  trainingScores: dropout > 0 ? (net, x, key) => trainNetwork(net, x, activation, dropout, key) : undefined,
  loss: label.kind === "number" ? (scores, y) => squaredError(scores.reshape([y.size]), y) : model === "svm" ? svmLoss : softmaxLoss,
  penalty: (net) => penalty(net, { halfL2: l2 }),
  hidden: (net, x) => hiddenOf(net, x, activation),
});

/** The network that training starts from. */
export const startOf = (settings: Settings, schema: Schema, key: Tensor): Network => network(key, sizesOf(settings, schema), settings.activation);

/** What a run draws from its seed: the starting weights, and everything that happens step by step. */
export const streamsOf = (key: Tensor): { readonly weights: Tensor; readonly steps: Tensor } => {
  const [weights, steps] = split(key);
  return { weights: weights!, steps: steps! };
};
