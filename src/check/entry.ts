/** One entry of one parameter: measured, compared, and looked at again where the first answer could be the step's fault. */
import { placeText } from "../ir/diagnostic.ts";
import type { Node } from "../ir/node.ts";
import { best, differences, noiseOf, type Difference } from "./differences.ts";
import type { Line } from "./probe.ts";
import { significant } from "./report.ts";
import { passes, relativeError, verdictOf, type ErrorFormula, type Verdict } from "./verdict.ts";

export interface Rules {
  readonly difference: Difference;
  readonly h: number;
  readonly formula: ErrorFormula;
  readonly depth: number;
  /** Whether the function has kinks at all. */
  readonly kinks: boolean;
}

export interface Measured {
  readonly numeric: number;
  readonly relativeError: number;
  readonly verdict: Verdict;
  readonly kink: boolean;
  readonly h: number;
  readonly note?: string;
}

export const measure = (line: Line, analytic: number, x: number, rules: Rules): Measured => {
  const { h, difference, formula } = rules;
  const numeric = differences[difference](line.change, h);
  const error = relativeError[formula](analytic, numeric);
  const first = { numeric, relativeError: error, kink: false, h };
  const from = difference === "forward" ? 0 : -h;
  const chooser = line.crossed(from, h);
  if (chooser) return atKink(line, analytic, first, chooser, rules);
  // Where the value itself is infinite on both sides, its differences look like slopes and are none.
  if (!Number.isFinite(numeric) || !Number.isFinite(analytic) || !line.finite(0)) return { ...first, verdict: "not finite" };
  const verdict = verdictOf(error, rules);
  return passes(verdict) ? { ...first, verdict } : secondLook(line, analytic, x, { ...first, verdict }, rules);
};

/** Where a winner changes, the course asks for a smaller step; at the kink itself either slope, and all between, will do. */
const atKink = (line: Line, analytic: number, first: Omit<Measured, "verdict">, chooser: Node, rules: Rules): Measured => {
  const where = `at ${nameOf(chooser)}`;
  const found = { ...first, kink: true };
  for (let h = rules.h / 10; h > rules.h * 1e-4; h /= 10) {
    if (line.crossed(-h, h)) continue;
    const numeric = differences.centred(line.change, h);
    const agrees = near(analytic, numeric, 1e-4, rounding(line, h));
    const note = `${where}; with h = ${h.toExponential(0)} numeric ${short(numeric)}`;
    if (agrees) return { ...found, verdict: "kink crossed", note };
    return { ...found, numeric, h, relativeError: relativeError[rules.formula](analytic, numeric), verdict: "wrong", note };
  }
  const h = rules.h;
  const [right, left] = [line.change(0, h) / h, line.change(-h, 0) / h];
  const slack = 1e-4 * Math.max(Math.abs(left), Math.abs(right)) + rounding(line, h);
  const between = analytic >= Math.min(left, right) - slack && analytic <= Math.max(left, right) + slack;
  const note = `${where}, at this very point: slope ${short(left)} on the left, ${short(right)} on the right`;
  return { ...found, verdict: between ? "kink crossed" : "wrong", note };
};

const secondSteps = [1e-2, 1e-3, 1e-4, 1e-5];

/** A bad first answer may be the fault of the step: steps that suit the entry, extrapolated, have the last word. */
const secondLook = (line: Line, analytic: number, x: number, first: Measured, rules: Rules): Measured => {
  const scale = Math.max(1, Math.abs(x));
  const steps = secondSteps.map((step) => step * scale).filter((h) => !line.crossed(-h, h) && line.finite(-h) && line.finite(h));
  // The longest step is the one that rounding harms least.
  const [longest = 0] = steps;
  const noise = noiseOf(line.change, longest);
  // A refinement goes down to a twentieth of its first step, and takes the difference of two estimates.
  const scatter = (h: number): number => rounding(line, h) + (40 * noise) / h;
  const { slope } = best(line.change, steps, scatter);
  if (!Number.isFinite(slope)) return first;
  const error = relativeError[rules.formula](analytic, slope);
  const again = { ...first, numeric: slope, relativeError: error, h: 0, verdict: verdictOf(error, rules) };
  if (passes(again.verdict)) return { ...again, note: "extrapolated from several steps" };
  if (Math.abs(analytic - slope) > scatter(longest)) return again;
  const size = line.size(-longest, longest) / 2;
  const why = 40 * noise > 16 * Number.EPSILON * size ? `values close by scatter by ${noise.toExponential(1)}` : `the numbers behind it are about ${size.toExponential(1)}`;
  return { ...again, verdict: "ok", note: `the difference is rounding: ${why}` };
};

/** What rounding alone can do to a centred difference. */
export const rounding = (line: Line, h: number): number => (16 * Number.EPSILON * line.size(-h, h)) / h;

/** Equal but for a relative and an absolute difference, and for numbers too small to have digits. */
export const near = (a: number, b: number, relative: number, absolute: number): boolean =>
  a === b || Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b)) + absolute + 1e-300;

const short = (x: number): string => significant(x, 6);

/** A gate as a person would point at it. */
export const nameOf = (node: Node): string => {
  const { place } = node.site ?? {};
  const where = place === undefined ? "" : ` (${placeText(place)})`;
  return `${node.op.name}${node.name === undefined ? "" : ` "${node.name}"`}${where}`;
};
