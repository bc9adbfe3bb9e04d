/** What a search has found: which trial is best, whether it lies at the border of where was looked, and whether it is luck. */
import { isLog, shareOf, type NumberRange, type Point, type Space } from "./space.ts";
import { scoreOf, type Finished, type TrialResult } from "./trial.ts";

/** A point with what came of it. */
export interface Trial {
  /** Counted from 1, in the order of the points. */
  readonly trial: number;
  readonly point: Point;
  readonly result: TrialResult;
  readonly seconds: number;
}

/** A trial that came to its end. */
export type FinishedTrial = Trial & { readonly result: Finished };

const isFinished = (trial: Trial): trial is FinishedTrial => trial.result.outcome === "finished";

/** By accuracy or R^2 on the validation rows, then by their loss, then by number; what failed comes last. */
export const ranked = (trials: readonly Trial[]): Trial[] =>
  [...trials].sort((a, b) => {
    const [x, y] = [scoreOf(a.result), scoreOf(b.result)];
    if (x !== y) return y - x;
    return (isFinished(a) && isFinished(b) ? a.result.validation.loss - b.result.validation.loss : 0) || a.trial - b.trial;
  });

/** A setting whose best value lies at the end of its range. */
export interface Border {
  readonly setting: string;
  readonly value: number;
  readonly range: NumberRange;
  readonly end: "low" | "high";
  /** Where to look instead: the best value in the middle, and beyond the old end. */
  readonly wider: NumberRange;
}

export interface Verdict {
  /** `undefined` where no trial came to its end. */
  readonly best: FinishedTrial | undefined;
  readonly borders: readonly Border[];
  /** How many others are so near to the best that other validation rows might have put them first. */
  readonly asGood: number;
  /** The difference that counts as noise: two standard errors of the best. */
  readonly noise: number;
  /** Whether one of those lies away from all borders. */
  readonly insideAsGood: boolean;
}

/** The outermost tenth of a range is its border. */
const rim = 0.1;

/** What no value of a setting may be less than, or must stay below; nothing lies beyond. */
const limits: Readonly<Record<string, { readonly low?: number; readonly high?: number }>> = {
  l2: { low: 0 },
  dropout: { low: 0, high: 0.95 },
  momentum: { low: 0, high: 0.999 },
  batch: { low: 1 },
  epochs: { low: 1 },
};

const endOf = (range: NumberRange, value: number): "low" | "high" | undefined => {
  if (range.low === range.high) return undefined;
  const share = shareOf(range, value);
  return share <= rim ? "low" : share >= 1 - rim ? "high" : undefined;
};

/** As wide as before, with the old end in the middle; powers of ten where the range is one of powers. */
const widened = (setting: string, range: NumberRange, end: "low" | "high"): NumberRange | undefined => {
  const { low = -Infinity, high = Infinity } = limits[setting] ?? {};
  if (range[end] === (end === "low" ? low : high)) return undefined;
  const around = range[end];
  const [from, to] = isLog(range)
    ? [tens(around / Math.sqrt(range.high / range.low)), tens(around * Math.sqrt(range.high / range.low))]
    : [around - (range.high - range.low) / 2, around + (range.high - range.low) / 2].map((v) => Number(v.toPrecision(3)));
  return { ...range, low: range.whole ? Math.max(low, Math.round(from!)) : Math.max(low, from!), high: range.whole ? Math.round(Math.min(high, to!)) : Math.min(high, to!) };
};

const tens = (value: number): number => Number(`1e${Math.round(Math.log10(value))}`);

const bordersOf = (space: Space, point: Point): Border[] =>
  Object.entries(space).flatMap(([setting, dimension]) => {
    if (dimension.kind !== "range") return [];
    const value = point[setting as keyof Point] as number;
    const end = endOf(dimension, value);
    const wider = end && widened(setting, dimension, end);
    return end && wider ? [{ setting, value, range: dimension, end, wider }] : [];
  });

/** What the trials of a search say together. */
export const judge = (space: Space, trials: readonly Trial[]): Verdict => {
  const finished = ranked(trials).filter(isFinished);
  const best = finished[0];
  if (best === undefined) return { best, borders: [], asGood: 0, noise: 0, insideAsGood: false };
  const noise = 2 * best.result.error;
  const near = finished.slice(1).filter(({ result }) => scoreOf(best.result) - scoreOf(result) <= noise);
  const borders = bordersOf(space, best.point);
  return { best, borders, asGood: near.length, noise, insideAsGood: near.some(({ point }) => bordersOf(space, point).length === 0) };
};
