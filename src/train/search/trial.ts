/** One trial of a search: a training that is judged by the validation rows. The test rows are never read. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import type { DataSet } from "../../data/data-set.ts";
import type { Examples } from "../../data/examples.ts";
import type { Settings } from "../settings.ts";
import { goodness, measureOnce, type Measure, type Task } from "../task.ts";
import { planOf, train } from "../train.ts";

/** How a training went that came to its end. */
export interface Finished {
  readonly outcome: "finished";
  readonly train: Measure;
  readonly validation: Measure;
  /** The standard error of the validation rows' accuracy or R^2: they are a sample. */
  readonly error: number;
}

/** How a training went whose numbers were lost, or that could not be run. */
export interface Failed {
  readonly outcome: "diverged" | "failed";
  /** What went wrong, in a sentence. */
  readonly says: string;
}

export type TrialResult = Finished | Failed;

/** The part of a data set that trials see; copies, so that a thread is not sent the rest along. */
export const withoutTest = (data: DataSet): DataSet => {
  const { x, y, columns } = data.test;
  return { ...data, test: { x: x.slice(0, 0), y: y.slice(0, 0) as Examples["y"], columns } };
};

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

const variance = (values: readonly number[]): number => {
  const centre = mean(values);
  return mean(values.map((v) => (v - centre) ** 2));
};

/**
 * Of an accuracy with two hits and two misses added, so that 30 of 30 is not taken for certain (Agresti and Coull 1998);
 * of R^2 from the spread of the squared errors.
 */
const standardError = <M>(task: Task<M>, model: M, rows: Examples): number => {
  const { predictions } = measureOnce(task, model, rows);
  const targets = Array.from(rows.y);
  const n = targets.length;
  if (task.kind === "class") {
    const share = (targets.filter((target, i) => target === predictions[i]).length + 2) / (n + 4);
    return Math.sqrt((share * (1 - share)) / (n + 4));
  }
  return Math.sqrt(variance(targets.map((target, i) => (target - predictions[i]!) ** 2)) / n) / variance(targets);
};

/**
 * Trains with these settings and judges the model by the validation rows. The same data and settings give the same
 * result, wherever it is run. Numbers that are lost are a result, too.
 * @param say told how many epochs are done
 * @example
 * const result = await runTrial(generated("moons"), settingsFor("moons", { hidden: [4], epochs: 1 }));
 * result.outcome; // "finished"
 */
export const runTrial = async (data: DataSet, settings: Settings, say: (epochs: number) => void = () => {}): Promise<TrialResult> => {
  const { epochs } = settings;
  try {
    const plan = planOf(data, settings);
    let model = plan.start;
    for await (const event of train(plan)) {
      if (event.event === "step") model = event.position.model;
      if (event.event !== "epoch") continue;
      say(event.epoch);
      if (!Number.isFinite(event.validation.loss)) return { outcome: "diverged", says: `the validation loss is ${event.validation.loss} after epoch ${event.epoch}` };
      // Ended here, the training never comes to its test rows.
      if (event.epoch === epochs) return { outcome: "finished", train: event.train, validation: event.validation, error: standardError(plan.task, model, data.validation) };
    }
  } catch (error) {
    if (!(error instanceof Diagnostic)) throw error;
    return { outcome: error.code === "not-finite" ? "diverged" : "failed", says: error.sentence };
  }
  return { outcome: "failed", says: `the training ended before epoch ${epochs}` };
};

/** The one number that is wanted large; a trial without one is below all others. */
export const scoreOf = (result: TrialResult): number => (result.outcome === "finished" ? goodness(result.validation) : -Infinity);
