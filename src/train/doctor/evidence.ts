/** What the doctor knows: the plan, looks at the model, and the course of training. */
import type { DataSet } from "../../data/data-set.ts";
import type { Diagnostic } from "../../ir/diagnostic.ts";
import type { EpochEvent } from "../fit.ts";
import type { Look } from "../look.ts";
import type { Settings } from "../settings.ts";
import { goodness, type Measure, type Task } from "../task.ts";
import type { Memorised } from "./memorise.ts";
import type { Neighbours } from "./neighbours.ts";
import { about, percent } from "./words.ts";

/** What the steps so far have shown; bounded, however long the training. */
export interface Steps {
  readonly count: number;
  /** The highest mean loss of a few steps in a row; and the step after which it was. */
  readonly highest: number;
  readonly highestAt: number;
  /** The usual update-to-weight ratio (median of the steps looked at) of the weights of each layer, by path. */
  readonly ratios: ReadonlyMap<string, number>;
}

/** What a tensor's gradient is, and what the loss really does when that tensor is moved. */
export interface WrongGradient {
  readonly path: string;
  /** Slope of the loss along one direction of this tensor alone: by the gradient, and measured. */
  readonly analytic: number;
  readonly numeric: number;
  /** Every entry of the gradient is 0. */
  readonly missing: boolean;
}

export interface Evidence {
  readonly data: DataSet;
  readonly settings: Settings;
  readonly kind: Task<unknown>["kind"];
  /** The loss where every score is the same number, 0: ln K for softmax, K - 1 for the SVM, the mean square of numbers; that of the start where nobody can tell. */
  readonly chanceLoss: number;
  /** Probabilities stand where the loss wants scores. */
  readonly comparesProbabilities: boolean;
  /** Before the first step. */
  readonly start: Look;
  readonly wrongGradients: readonly WrongGradient[];
  /** The latest look; that of the start before the first step. */
  readonly now: Look;
  readonly epochs: readonly EpochEvent[];
  readonly steps: Steps;
  /** What ended the training before its time. */
  readonly stopped: Diagnostic | undefined;
  /** Probes that cost something, run when they are first asked for. */
  readonly neighbours: () => Neighbours;
  readonly memorised: (factor: number) => Memorised;
}

/** The share of the rows in the most frequent class. */
export const majorityOf = (y: ArrayLike<number>): number => {
  const counts = new Map<number, number>();
  for (let i = 0; i < y.length; i++) counts.set(y[i]!, (counts.get(y[i]!) ?? 0) + 1);
  return Math.max(0, ...counts.values()) / Math.max(1, y.length);
};

/** How far a goodness is from that of a model that knows no inputs (0) to perfect (1). */
export const learnedShare = ({ kind }: Evidence, good: number, y: ArrayLike<number>): number => {
  if (kind !== "class") return good;
  const guess = majorityOf(y);
  return guess === 1 ? good : (good - guess) / (1 - guess);
};

/**
 * What was learned of the training rows so far; undefined before the first epoch. Where only the loss is known, by how much
 * it fell; a loss that begins at 0 or below has no scale.
 */
export const learned = (evidence: Evidence): number | undefined => {
  const [first, last] = [evidence.epochs[0], evidence.epochs.at(-1)];
  if (first === undefined || last === undefined || last.epoch === 0) return undefined;
  if (evidence.kind !== "loss") return learnedShare(evidence, goodness(last.train), evidence.data.train.y);
  return first.train.loss > 0 ? 1 - last.train.loss / first.train.loss : 1;
};

/** Half of what there is to learn: whatever else is odd, such a training works. */
export const works = (evidence: Evidence): boolean => evidence.stopped === undefined && (learned(evidence) ?? 0) >= 0.5;

/** A measurement as the doctor says it. */
export const measureText = (kind: Evidence["kind"], measure: Measure): string =>
  kind === "class" ? `${percent(goodness(measure))} right` : kind === "number" ? `R^2 ${about(goodness(measure))}` : `loss ${about(measure.loss)}`;
