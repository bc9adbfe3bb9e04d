/**
 * The probe of the course before any long training: can the model learn twenty rows by heart? At other learning rates,
 * too, so that a model that cannot is told apart from a step that is too long or too short.
 */
import { valueAndGrad } from "../../api/transforms.ts";
import { asBatch, someRows, type Batch } from "../../data/examples.ts";
import { leavesOf } from "../../trace/tree.ts";
import { optimizerOf } from "../settings.ts";
import { dataLoss, measure, type Measure } from "../task.ts";
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
  const rows = someRows(data.train, probedRows);
  const batch = asBatch(rows);
  const optimizer = optimizerOf({ ...settings, lr: settings.lr * factor, schedule: "constant" }, steps);
  const gradientOf = valueAndGrad((model: M, rows: Batch) => dataLoss(task, model, rows));
  const lossOf = (model: M): number => dataLoss(task, model, batch).itemSync();
  const before = lossOf(start);
  let [model, state] = [start, optimizer.init(start)];
  for (let step = 0; step < steps; step++) {
    const { value, grad } = gradientOf(model as never, batch);
    const next = optimizer.update(model, grad as M, state);
    const lost = !Number.isFinite(value.itemSync()) || leavesOf(next.params).some(({ tensor }) => !tensor.dataSync().every(Number.isFinite));
    if (lost) return { factor, before, after: Infinity, measure: measure(task, model, rows) };
    [model, state] = [next.params, next.state];
  }
  const after = measure(task, model, rows);
  return { factor, before, after: Number.isFinite(after.loss) ? after.loss : Infinity, measure: after };
};
