/**
 * The digits, end to end: from the library's own images to a classifier and its figures on rows it has never seen.
 */
import { key as keyOf, split } from "../api/random.ts";
import type { DataSet } from "../data/data-set.ts";
import { loadDigits } from "../data/digits.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { applyMlp, mlp, type Mlp } from "../nn/linear.ts";
import { softmaxLoss } from "../nn/losses.ts";
import { penalty } from "../nn/penalties.ts";
import { momentum } from "../optim/sgd.ts";
import { leavesOf } from "../trace/tree.ts";
import { confusionOf, type Confusion } from "./confusion.ts";
import { fit, measure, type EpochEvent, type Task } from "./fit.ts";

/** What can be chosen about the training; `digitsRecipe` holds the defaults. */
export interface DigitsSettings {
  /** Units of each hidden layer; none is a softmax classifier. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  /** Rows a step. */
  readonly batch: number;
  readonly lr: number;
  readonly momentum: number;
  /** lambda of 0.5 * lambda * (sum of squared weights). */
  readonly l2: number;
  /** Decides the starting weights and the order of the rows; not the split. */
  readonly seed: number;
}

/** Chosen by `scripts/digits-recipe.ts`, on validation rows alone. */
export const digitsRecipe: DigitsSettings = { hidden: [128], epochs: 40, batch: 32, lr: 0.1, momentum: 0.9, l2: 1e-3, seed: 0 };

/** What is about to be trained, on what. */
export interface StartEvent {
  readonly event: "start";
  readonly settings: DigitsSettings;
  /** Sizes from the inputs to the classes. */
  readonly layers: readonly number[];
  readonly parameters: number;
  readonly steps: number;
  readonly rows: { readonly train: number; readonly validation: number; readonly test: number };
  readonly notice: string;
}

/** How the net does on the test rows, which are read for this alone. */
export interface DoneEvent {
  readonly event: "done";
  readonly testAccuracy: number;
  readonly testLoss: number;
  readonly confusion: Confusion;
  readonly seconds: number;
}

export type TrainEvent = StartEvent | EpochEvent | DoneEvent;

/** What is left when training is over: the net, what it was trained to do, on what, and the last event. */
export interface TrainedDigits {
  readonly model: Mlp;
  readonly task: Task<Mlp>;
  readonly data: DataSet;
  readonly done: DoneEvent;
}

const classes = 10;

const limits: readonly (readonly [keyof DigitsSettings, string, (v: number) => boolean])[] = [
  ["epochs", "a whole number, 0 or more", (v) => Number.isInteger(v) && v >= 0],
  ["batch", "a whole number, 1 or more", (v) => Number.isInteger(v) && v >= 1],
  ["lr", "a number above 0", (v) => v > 0 && v < Infinity],
  ["momentum", "a number from 0 to below 1", (v) => v >= 0 && v < 1],
  ["l2", "a number, 0 or more", (v) => v >= 0 && v < Infinity],
  ["hidden", "whole numbers, 1 or more", (v) => Number.isInteger(v) && v >= 1],
];

const check = (settings: DigitsSettings): void => {
  for (const [name, wanted, fits] of limits) {
    const wrong = [settings[name]].flat().find((value) => !fits(value as number));
    if (wrong === undefined) continue;
    throw new Diagnostic("bad-setting", `${name}: ${String(wrong)} is not ${wanted}`, { help: `${name} takes ${wanted}` });
  }
};

/** A net with a softmax loss and an L2 penalty. */
export const classifier = (l2: number): Task<Mlp> => ({
  scores: applyMlp,
  loss: softmaxLoss,
  penalty: (model) => penalty(model, { halfL2: l2 }),
});

/**
 * Trains a net on the digits. Yields what happens (`start`, `epoch` before the first step and after each epoch, `done`)
 * and returns the net. The same settings give the same bits. The test rows are read once, after the last step.
 * @throws Diagnostic `bad-setting`, `bad-seed`, `not-finite`
 * @example
 * for await (const event of trainDigits({ epochs: 2 })) {
 *   if (event.event === "epoch") console.log(event.epoch, event.validation.accuracy);
 *   if (event.event === "done") console.log(event.testAccuracy);
 * }
 */
export async function* trainDigits(settings: Partial<DigitsSettings> = {}): AsyncGenerator<TrainEvent, TrainedDigits, void> {
  const all = { ...digitsRecipe, ...settings };
  check(all);
  const [weights, order] = split(keyOf(all.seed));
  const began = performance.now();
  const data = await loadDigits();
  const layers = [data.train.columns, ...all.hidden, classes];
  const start = mlp(weights!, layers);
  yield {
    event: "start",
    settings: all,
    layers,
    parameters: leavesOf(start).reduce((sum, { tensor }) => sum + tensor.size, 0),
    steps: all.epochs * Math.ceil(data.train.y.length / all.batch),
    rows: { train: data.train.y.length, validation: data.validation.y.length, test: data.test.y.length },
    notice: data.notice!,
  };
  const task = classifier(all.l2);
  const optimizer = momentum({ lr: all.lr, mu: all.momentum });
  const model = yield* fit(task, data, { model: start, optimizer, epochs: all.epochs, batch: all.batch, key: order! });
  const { predictions, loss, accuracy } = measure(task, model, data.test);
  const done: DoneEvent = {
    event: "done",
    testAccuracy: accuracy,
    testLoss: loss,
    confusion: confusionOf(data.test.y, predictions, classes),
    seconds: (performance.now() - began) / 1000,
  };
  yield done;
  return { model, task, data, done };
}
