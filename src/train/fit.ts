/**
 * The training loop, as a stream of events that a terminal or a page draws as they come. Everything random follows from
 * the key; the test rows are not even passed in.
 */
import { split } from "../api/random.ts";
import { valueAndGrad } from "../api/transforms.ts";
import { batches } from "../data/batches.ts";
import { asBatch, type Batch, type Examples, type Parts } from "../data/examples.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Tensor } from "../trace/tensor.ts";
import { leavesOf } from "../trace/tree.ts";
import { diagnoseNotFinite } from "./not-finite.ts";

/** What is learned: functions of a model, which is a tree of tensors. */
export interface Task<M> {
  /** x [rows, columns] -> [rows, classes]. */
  readonly scores: (model: M, x: Tensor) => Tensor;
  /** The mean loss of scores [rows, classes] and labels [rows]. */
  readonly loss: (scores: Tensor, labels: Tensor) => Tensor;
  /** What is added for the weights themselves. */
  readonly penalty: (model: M) => Tensor;
}

/** Loss and penalty together: what training makes small, and what a gradient check of the net looks at. */
export const objective = <M>(task: Task<M>, model: M, { x, y }: Batch): Tensor =>
  task.loss(task.scores(model, x), y).add(task.penalty(model));

/** `loss` is that of the data alone, without the penalty; `accuracy` is the share of rows that are right, 0 to 1. */
export interface Measure {
  readonly loss: number;
  readonly accuracy: number;
}

/** Where training stands after a pass through the training rows. */
export interface EpochEvent {
  readonly event: "epoch";
  /** Passes through the training rows so far; 0 before the first. */
  readonly epoch: number;
  readonly step: number;
  readonly train: Measure;
  readonly validation: Measure;
  readonly seconds: number;
}

export interface FitOptions<M> {
  readonly model: M;
  readonly optimizer: Optimizer;
  readonly epochs: number;
  /** Rows a step. */
  readonly batch: number;
  /** Orders the rows of every epoch. */
  readonly key: Tensor;
}

/** Loss, accuracy and the predicted classes of a model on some rows, without training on them. */
export const measure = <M>(task: Task<M>, model: M, examples: Examples): Measure & { readonly predictions: Int32Array } => {
  const { x, y } = asBatch(examples);
  const scores = task.scores(model, x).realize();
  const predictions = Int32Array.from(scores.argmax({ axes: -1 }).dataSync());
  const right = predictions.reduce((count, predicted, i) => count + Number(predicted === examples.y[i]), 0);
  return { loss: task.loss(scores, y).itemSync(), accuracy: right / examples.y.length, predictions };
};

const finite = (tree: unknown): boolean => leavesOf(tree).every(({ tensor }) => tensor.dataSync().every(Number.isFinite));

/**
 * Fits the model to the training rows and yields a measurement before the first epoch and after each.
 * Returns the model after the last step.
 * @throws Diagnostic `not-finite` when a loss, a gradient or a parameter is no longer a finite number
 */
export async function* fit<M>(
  task: Task<M>,
  parts: Pick<Parts, "train" | "validation">,
  { model: start, optimizer, epochs, batch: size, key }: FitOptions<M>,
): AsyncGenerator<EpochEvent, M, void> {
  const began = performance.now();
  const step = valueAndGrad((model: M, batch: Batch) => objective(task, model, batch));
  const orders = split(key, epochs);
  let model = start;
  let state = optimizer.init(model);
  let steps = 0;
  const report = (epoch: number): EpochEvent => {
    const { predictions: _, ...train } = measure(task, model, parts.train);
    const { predictions: __, ...validation } = measure(task, model, parts.validation);
    return { event: "epoch", epoch, step: steps, train, validation, seconds: (performance.now() - began) / 1000 };
  };
  yield report(0);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const batch of batches(orders[epoch - 1]!, parts.train, size)) {
      steps++;
      const { value, grad } = step(model as never, batch);
      const next = optimizer.update(model, grad as M, state);
      if (!Number.isFinite(value.itemSync()) || !finite(next.params)) {
        const when = `step ${steps} (epoch ${epoch})`;
        throw diagnoseNotFinite((at: M) => objective(task, at, batch), model, when) ?? overflow(next.params, when);
      }
      ({ params: model, state } = next);
    }
    // A turn for the page that draws, and for Ctrl-C.
    await new Promise((resolve) => setTimeout(resolve));
    yield report(epoch);
  }
  return model;
}

/** Loss and gradient were finite, and the step was still too long. */
const overflow = (params: unknown, when: string): Diagnostic => {
  const lost = leavesOf(params, "model").find(({ tensor }) => !finite(tensor))!;
  return new Diagnostic("not-finite", `${when}: the numbers are lost: the update of ${lost.path} overflowed`, {
    operands: [{ name: lost.path, shape: lost.tensor.shape }],
    help: "use a smaller learning rate",
  });
};
