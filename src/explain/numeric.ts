/** The gradient of any value of a circuit by the course's own formula: move it a little, and look at the output. */
import { relativeError, verdictOf, type Verdict } from "../check/verdict.ts";
import { differences } from "../check/differences.ts";
import { Probe } from "../check/probe.ts";
import type { LiveCircuit } from "./circuit.ts";

export interface NumericSlope {
  readonly h: number;
  /** [f(x + h) - f(x - h)] / 2h */
  readonly numeric: number;
  /** The gradient of the output alone, whatever it starts with in the drawing. */
  readonly analytic: number;
  /** |a - n| / max(|a|, |n|) */
  readonly error: number;
  /** What to think of it; nothing where the numbers are so large that rounding them makes all the difference. */
  readonly verdict: Verdict | "hidden by rounding";
}

/** The step of the course's notes. */
export const courseStep = 1e-5;

/**
 * The slope of the output of a circuit of numbers in the direction of one of its nodes, an inner one too: whoever used its
 * value uses the moved one. `undefined` where a node is a tensor, or the output starts with the gradient 0.
 */
export const numericSlope = (circuit: LiveCircuit, index: number, h = courseStep): NumericSlope | undefined => {
  const { nodes, plan, inputs, output, seed } = circuit;
  const at = nodes[index]!;
  const out = nodes[output]!;
  if (at.shape.length > 0 || out.shape.length > 0 || seed === 0) return undefined;
  const rest = inputs.filter((input) => input !== index);
  const valueOf = (i: number) => plan.draft.nodes[i]!.value;
  const probe = new Probe([valueOf(output)], [index, ...rest].map(valueOf));
  probe.set([index, ...rest].map((i) => nodes[i]!.value), [1]);
  const line = probe.along(0, 0);
  const numeric = differences.centred(line.change, h);
  const analytic = (at.grad as number) / seed;
  const error = relativeError.notes(analytic, numeric);
  const kink = line.crossed(-h, h) !== undefined;
  const finite = Number.isFinite(numeric) && Number.isFinite(analytic);
  const judge = (): NumericSlope["verdict"] => {
    if (!finite) return "not finite";
    if (kink && error > 1e-7) return "kink crossed";
    if (nearZero(analytic, numeric)) return "good";
    const hidden = error > 1e-7 && Math.abs(analytic - numeric) < roundingOf(analytic, at.value as number, out.value as number, h);
    return hidden ? "hidden by rounding" : verdictOf(error, { kinks: kink });
  };
  return { h, numeric, analytic, error, verdict: judge() };
};

/** Two slopes so small that a difference of values tells nothing of their ratio. */
const nearZero = (a: number, n: number): boolean => Math.abs(a - n) < 1e-9;

/** How far off a difference of two values may be because they, and where they were taken, are rounded; a few roundings each. */
const roundingOf = (slope: number, x: number, f: number, h: number): number => (8 * Number.EPSILON * (Math.abs(f) + Math.abs(slope * x))) / h;
