/**
 * The probe of the course before any long training: can the model learn twenty rows by heart? At other learning rates,
 * too, so that a model that cannot is told apart from a step that is too long or too short.
 */
import { key } from "../../api/random.ts";
import { batchOver, inType, someRows } from "../../data/examples.ts";
import { tensor } from "../../trace/tensor.ts";
import { copied, floatsOf } from "../floats.ts";
import { optimizerOf } from "../settings.ts";
import { stepOf, zerosOf } from "../step.ts";
import { compiled, measure, type Measure, type Task } from "../task.ts";
import type { Plan } from "../train.ts";

export const probedRows = 20;
const steps = 60;

/** A training on a few rows at one learning rate. */
export interface Memorised {
  /** By what the learning rate of the settings was multiplied. */
  readonly factor: number;
  /** Loss before the first step and after the last; infinite where the numbers were lost. */
  readonly before: number;
  readonly after: number;
  /** On the same rows afterwards, or at the last step before the numbers were lost. */
  readonly measure: Measure;
}

/** Trains a copy of the starting model on twenty training rows, without penalty and dropout. */
export const memorise = <M>({ task, data, settings, start }: Plan<M>, factor: number): Memorised => {
  const rows = inType(someRows(data.train, probedRows), floatsOf(start));
  const batch = batchOver(rows);
  const optimizer = optimizerOf({ ...settings, lr: settings.lr * factor, schedule: "constant" }, steps);
  const { lossOfModel } = task;
  const plain: Task<M> = { ...task, trainingScores: undefined, lossOfModel: lossOfModel && ((model, at) => lossOfModel(model, at)), penalty: () => tensor(0) };
  const [take, measuring] = [stepOf(plain, optimizer), compiled(task)];
  const before = measure(measuring, start, rows).loss;
  let [model, state, gradient] = [copied(start), optimizer.init(start), zerosOf(start)];
  for (let step = 0; step < steps; step++) {
    const last = copied(model);
    const made = take(model, state, gradient, batch, key(0));
    if (made.lost) return { factor, before, after: Infinity, measure: measure(measuring, last, rows) };
    ({ model, state, gradient } = made);
  }
  const after = measure(measuring, model, rows);
  return { factor, before, after: Number.isFinite(after.loss) ? after.loss : Infinity, measure: after };
};
