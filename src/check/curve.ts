/**
 * Why numeric gradients have a best step: the error of two differences at every step h, for one entry of one input, beside
 * what the theory says of it. The formula's own error grows with h, by the next derivatives; rounding grows with 1/h.
 */
import { builder } from "../api/builder.ts";
import { asArray, copyOf } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { constant } from "../ops/forms/source.ts";
import { differentiate } from "../passes/differentiate.ts";
import { differences, noiseOf } from "./differences.ts";
import { Probe } from "./probe.ts";
import { relativeError } from "./verdict.ts";
import { entryName, gradientsOf, type Leaf } from "./witnesses.ts";

/** The steps of a curve: 1e-1 down to 1e-15, one for each power of ten. */
export const curveSteps: readonly number[] = Array.from({ length: 15 }, (_, i) => Number(`1e-${i + 1}`));

/** What one difference gives at one step. */
export interface StepError {
  readonly h: number;
  readonly numeric: number;
  /** Relative by the formula of the notes; absolute where the curve says so. */
  readonly error: number;
  /** The operation whose kink lies within the step; there the difference is the slope of neither side. */
  readonly kink: string | undefined;
}

/** One kind of difference over all steps. */
export interface ErrorCurve {
  readonly difference: "centred" | "forward";
  readonly points: readonly StepError[];
  /** The point with the smallest error, a longer step winning a tie; `undefined` if no difference is finite. */
  readonly best: StepError | undefined;
  /** The error is `truncation` h^`order` of the formula and about `rounding` / h of the arithmetic, both absolute. */
  readonly order: 1 | 2;
  /** `undefined` where a kink is too near to tell. */
  readonly truncation: number | undefined;
  readonly rounding: number;
  /** The step at which their sum is smallest; `undefined` where only rounding matters, or where `truncation` is not known. */
  readonly balance: number | undefined;
}

/** One entry of one input, with the errors of its numeric slopes. */
export interface EntryCurves {
  /** As in a check: `x`, `W[0, 2]`. */
  readonly name: string;
  readonly analytic: number;
  /** The value of the entry, and of the function, at the point. */
  readonly at: number;
  readonly value: number;
  /** Absolute where the gradient is 0 or not finite: a relative error would say nothing. */
  readonly measure: "relative" | "absolute";
  readonly centred: ErrorCurve;
  readonly forward: ErrorCurve;
}

/** How far the gradient is followed to find out how it bends: the first without a kink. */
const bendSteps = [1e-3, 1e-4, 1e-5];
/** How far the values are followed to see how they scatter. */
const noiseReach = 1e-5;

const half = { float64: 2 ** -53, float32: 2 ** -24 } as const;

/** Second and third derivative along one entry, from differences of the exact gradient; `undefined` across a kink. */
const bends = (out: Node, leaves: readonly Leaf[], leaf: number, element: number, scale: number): readonly [second: number, third: number] | undefined => {
  const { node } = leaves[leaf]!;
  const gradient = differentiate(new Map([[out, constant(1, [], out.dtype)]]), [node], builder).of.get(node);
  if (gradient === undefined) return [0, 0];
  const probe = new Probe([gradient], leaves.map((each) => each.node), [out]);
  const only = new Float64Array(sizeOf(gradient.shape));
  only[element] = 1;
  probe.set(leaves.map(({ values }) => copyOf(values)), [gradient.shape.length === 0 ? 1 : only]);
  const line = probe.along(leaf, element);
  const d = bendSteps.map((step) => step * scale).find((step) => line.crossed(-step, step) === undefined);
  if (d === undefined) return undefined;
  // What rounding alone may make of a derivative that is 0.
  const dust = 8 * half.float64 * line.size(-d, d);
  const settled = (derivative: number, power: number): number => (Math.abs(derivative) * d ** power > dust ? derivative : 0);
  return [settled(line.change(-d, d) / (2 * d), 1), settled((line.change(0, d) - line.change(-d, 0)) / d ** 2, 2)];
};

/**
 * The curves of entry `element` (row by row) of one leaf. `out` is one number.
 * @param analytic what to compare with; by default the graph's own gradient
 */
export const errorCurves = (out: Node, leaves: readonly Leaf[], leaf: number, element: number, analytic = gradientsOf(out, leaves)[leaf]![element]!): EntryCurves => {
  const { node, values } = leaves[leaf]!;
  const at = asArray(values, node.dtype)[element]!;
  const scale = Math.max(1, Math.abs(at));
  const probe = new Probe([out], leaves.map((each) => each.node));
  probe.set(leaves.map((each) => copyOf(each.values)), [1]);
  const line = probe.along(leaf, element);
  const value = probe.total();
  const measure = analytic === 0 || !Number.isFinite(analytic) ? "absolute" : "relative";
  const derivatives = bends(out, leaves, leaf, element, scale);
  const unit = half[out.dtype === "float32" ? "float32" : "float64"];
  // A kink would look like noise.
  const scatter = derivatives === undefined ? 0 : noiseOf(line.change, noiseReach * scale);
  const noise = Math.max(unit * (Math.abs(value) + Math.abs(at * analytic)), scatter);

  const curve = (difference: ErrorCurve["difference"]): ErrorCurve => {
    const [order, from] = difference === "centred" ? ([2, -1] as const) : ([1, 0] as const);
    const points = curveSteps.map((h): StepError => {
      const numeric = differences[difference](line.change, h);
      const error = measure === "relative" ? relativeError.notes(analytic, numeric) : Math.abs(numeric - analytic);
      return { h, numeric, error, kink: line.crossed(from * h, h)?.op.name };
    });
    const finite = points.filter(({ error }) => Number.isFinite(error));
    const best = finite.reduce((a, b) => (b.error < a.error ? b : a), finite[0]!) as StepError | undefined;
    const bend = derivatives?.[order - 1];
    const truncation = bend === undefined ? undefined : Math.abs(bend) / (order === 2 ? 6 : 2);
    // A centred difference takes two values over twice the step.
    const rounding = Number.isFinite(noise) ? (difference === "centred" ? noise : 2 * noise) : 0;
    const longest = curveSteps[0]!;
    const matters = truncation !== undefined && truncation * longest ** order > rounding / longest;
    return { difference, points, best, order, truncation, rounding, balance: matters ? (rounding / (order * truncation)) ** (1 / (order + 1)) : undefined };
  };
  return { name: entryName(leaves[leaf]!, element), analytic, at, value, measure, centred: curve("centred"), forward: curve("forward") };
};
