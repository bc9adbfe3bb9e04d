/** Slopes from values alone: the three differences of the course, and a finer one with its own estimate of its error. */

/** How much the function changes between two distances along a line, `f(x + to) - f(x + from)`. */
export type Change = (from: number, to: number) => number;

export type Difference = "forward" | "centred" | "extrapolated";

/** How slopes are measured: a difference of values, or the complex step for functions of analytic gates. */
export type Method = Difference | "complex";

const forward = (change: Change, h: number): number => change(0, h) / h;

const centred = (change: Change, h: number): number => change(-h, h) / (2 * h);

/** Two centred differences whose errors in h^2 cancel (Richardson): the error is of order h^4. */
const extrapolated = (change: Change, h: number): number => (4 * centred(change, h / 2) - centred(change, h)) / 3;

export const differences: Readonly<Record<Difference, (change: Change, h: number) => number>> = {
  forward,
  centred,
  extrapolated,
};

/** The step each is used with by default: 1e-5 as in the course; extrapolation gains from a longer one. */
export const defaultStep: Readonly<Record<Difference, number>> = { forward: 1e-5, centred: 1e-5, extrapolated: 1e-3 };

export interface Estimate {
  readonly slope: number;
  /** How far the last two estimates are apart. */
  readonly error: number;
}

/**
 * Extrapolation to h = 0 from ever smaller steps, stopped where rounding takes over (Ridders 1982, "Accurate computation
 * of F'(x) and F'(x)F''(x)"). It needs no choice of h beyond the longest step at which the function is still smooth.
 */
const refined = (change: Change, longest: number): Estimate => {
  const shrink = 1.4;
  const rows: number[][] = [];
  let best: Estimate = { slope: NaN, error: Infinity };
  let h = longest;
  for (let i = 0; i < 10; i++, h /= shrink) {
    const row = [centred(change, h)];
    let factor = 1;
    for (let j = 1; j <= i; j++) {
      factor *= shrink * shrink;
      const slope = (row[j - 1]! * factor - rows[i - 1]![j - 1]!) / (factor - 1);
      const error = Math.max(Math.abs(slope - row[j - 1]!), Math.abs(slope - rows[i - 1]![j - 1]!));
      if (error <= best.error) best = { slope, error };
      row.push(slope);
    }
    if (i > 0 && Math.abs(row[i]! - rows[i - 1]![i - 1]!) >= 2 * best.error) break;
    rows.push(row);
  }
  return best;
};

/**
 * The best of several refinements, from steps that become shorter by tens. `rounding` is what it can do to a difference at
 * a step: at a short one two estimates may be equal to the last bit, and both wrong.
 */
export const best = (change: Change, steps: readonly number[], rounding: (h: number) => number): Estimate =>
  steps
    .map((step) => ({ step, ...refined(change, step) }))
    .map(({ step, slope, error }) => ({ slope, error: error + rounding(step) }))
    .reduce((a, b) => (b.error < a.error ? b : a), { slope: NaN, error: Infinity });

/**
 * How much the values of a smooth function scatter, by rounding anywhere inside it: what is left of its sixth differences
 * between `-reach` and `reach` (Moré and Wild 2011, "Estimating computational noise"). Large numbers that cancel scatter
 * far more than the last digit of the result.
 */
export const noiseOf = (change: Change, reach: number): number => {
  let row = Array.from({ length: 17 }, (_, i) => change(0, ((i - 8) / 8) * reach));
  let spread = 1;
  for (let k = 1; k <= 6; k++) {
    row = row.slice(1).map((value, i) => value - row[i]!);
    // The variance of a k-th difference of independent numbers is (2k)! / (k!)^2 times theirs.
    spread *= (2 * (2 * k - 1)) / k;
  }
  return Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / row.length / spread);
};
