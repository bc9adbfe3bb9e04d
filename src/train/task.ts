/** What is to be made small, and how to tell how good a model is: the training loop knows nothing else of a model. */
import { compile } from "../api/compile.ts";
import { split } from "../api/random.ts";
import { batchOver, inType, rowRange, type Batch, type TypedExamples } from "../data/examples.ts";
import { outputsOf, inputsOf, type Schema } from "../data/schema.ts";
import { squaredError } from "../nn/binary.ts";
import { softmaxLoss, svmLoss } from "../nn/losses.ts";
import { penalty } from "../nn/penalties.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { TypedArray } from "../ir/dtype.ts";
import type { Tensor } from "../trace/tensor.ts";
import { floatsOf, withFloats } from "./floats.ts";
import { applyNetwork, network, trainNetwork, type Network, type Structure } from "./network.ts";
import { planesOf } from "./planes.ts";
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

/** The same task, each of its functions traced once for each number of rows: for whoever measures again and again. */
export const compiled = <M>(task: Task<M>): Task<M> => ({
  ...task,
  scores: compile(task.scores) as Task<M>["scores"],
  loss: compile(task.loss),
  lossOfModel: task.lossOfModel && (compile(task.lossOfModel) as Task<M>["lossOfModel"]),
});

/** Rows that go through a model at a time, at most, so that memory does not grow with their number. */
export const rowsAtOnce = 256;

/** For more rows than these a program is worth while that is used once. */
export const fewRows = 512;

/** How many of so many rows are measured at a time: parts are as equal as can be, since each number of rows has a program of its own. */
export const rowsMeasured = (rows: number): number => Math.ceil(rows / Math.ceil(rows / rowsAtOnce)) || 1;

/** The place of the highest of each row, the first among equals. */
const highest = (scores: TypedArray, rows: number): Int32Array => {
  const width = scores.length / rows;
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let k = 1; k < width; k++) if (scores[row * width + k]! > scores[row * width + best]!) best = k;
    return best;
  });
};

/**
 * Loss, accuracy or R^2, and the predictions of a model on some rows, without training on them. Rows are read some at a
 * time; the loss of all is the mean of theirs, in float64.
 */
export const measure = <M>(task: Task<M>, model: M, examples: TypedExamples): Measured => {
  const rows = examples.y.length;
  const dtype = floatsOf(model);
  const predictions = task.kind === "class" ? new Int32Array(rows) : new Float64Array(task.kind === "number" ? rows : 0);
  const size = rowsMeasured(rows);
  let [loss, from] = [0, 0];
  do {
    const part = rowRange(examples, from, Math.min(rows, from + size));
    const batch = batchOver(inType(part, dtype));
    const scores = task.kind === "loss" ? undefined : task.scores(model, batch.x).realize();
    const mean = scores === undefined || task.lossOfModel ? dataLoss(task, model, batch) : task.loss(scores, batch.y);
    loss += mean.itemSync() * (part.y.length / rows);
    if (scores !== undefined) predictions.set(task.kind === "class" ? highest(scores.dataSync(), part.y.length) : scores.dataSync(), from);
    from += size;
  } while (from < rows);
  if (task.kind === "loss") return { loss, predictions };
  if (task.kind === "number") return { loss, r2: r2Of(examples.y, predictions), predictions };
  let right = 0;
  for (let i = 0; i < rows; i++) right += Number(predictions[i] === examples.y[i]);
  return { loss, accuracy: right / rows, predictions };
};

/** As `measure`, for whoever measures once. */
export const measureOnce = <M>(task: Task<M>, model: M, examples: TypedExamples): Measured =>
  measure(examples.y.length > fewRows ? compiled(task) : task, model, examples);

/** How many filters the convolutions of a cnn have, one after the other. */
const filters = [16, 32] as const;

/**
 * The network that settings ask for, for data of this schema.
 * @throws Diagnostic `bad-setting` for a cnn of what is no image
 */
export const structureOf = ({ model, hidden, activation }: Pick<Settings, "model" | "hidden" | "activation">, schema: Schema): Structure => {
  if (model !== "cnn") return { sizes: [inputsOf(schema), ...hidden, outputsOf(schema)], activation };
  const pixels = schema.inputs.find((input) => input.kind === "pixels");
  if (pixels === undefined) {
    throw new Diagnostic("bad-setting", "model: cnn reads images, and these data are a table of columns", { help: "take the model mlp" });
  }
  const [channels, height, width] = planesOf(pixels.shape, filters).at(-1)!;
  return { image: { shape: pixels.shape, filters }, sizes: [channels * height * width, ...hidden, outputsOf(schema)], activation };
};

/** The task that settings ask for: losses of the course on a network, with an L2 penalty of 0.5 l2 (sum of squares). */
export const taskOf = (settings: Settings, schema: Schema): Task<Network> => {
  const { model, dropout, l2 } = settings;
  const structure = structureOf(settings, schema);
  const isNumber = schema.label.kind === "number";
  return {
    kind: schema.label.kind,
    scores: (net, x) => applyNetwork(net, x, structure),
    trainingScores: dropout > 0 ? (net, x, key) => trainNetwork(net, x, structure, dropout, key) : undefined,
    loss: isNumber ? (scores, y) => squaredError(scores.reshape([y.size]), y.cast(scores.dtype)) : model === "svm" ? svmLoss : softmaxLoss,
    penalty: (net) => penalty(net, { halfL2: l2 }),
  };
};

/** The network that training starts from. In float32 it is the one of float64, rounded. */
export const startOf = (settings: Settings, schema: Schema, key: Tensor): Network => withFloats(network(key, structureOf(settings, schema)), settings.dtype);

/** What a run draws from its seed: the starting weights, and everything that happens step by step. */
export const streamsOf = (key: Tensor): { readonly weights: Tensor; readonly steps: Tensor } => {
  const [weights, steps] = split(key);
  return { weights: weights!, steps: steps! };
};
