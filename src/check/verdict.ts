/** How the course judges a gradient: three formulas for the relative error, and what each size of it means. */

/** Which formula for the relative error of an analytic gradient `a` against a numeric one `n`. */
export type ErrorFormula = "notes" | "assignment" | "sparse";

/** |a - n| / max(|a|, |n|), 0 where both are 0 (CS231n notes, "Learning", gradient checks). */
const notes = (a: number, n: number): number => (a === n ? 0 : Math.abs(a - n) / Math.max(Math.abs(a), Math.abs(n)));

/** |a - n| / max(1e-8, |a| + |n|): differences below 1e-8 count for little (`rel_error` of the assignments). */
const assignment = (a: number, n: number): number =>
  a === n ? 0 : Math.abs(a - n) / Math.max(1e-8, Math.abs(a) + Math.abs(n));

/** |a - n| / (|a| + |n|), NaN where both are 0 (`grad_check_sparse` of the assignments). */
const sparse = (a: number, n: number): number => Math.abs(a - n) / (Math.abs(a) + Math.abs(n));

/** The relative error of an analytic gradient against a numeric one, by each formula. */
export const relativeError: Readonly<Record<ErrorFormula, (analytic: number, numeric: number) => number>> = {
  notes,
  assignment,
  sparse,
};

/** From the best to the worst; the first four pass. */
export const verdicts = [
  "good",
  "ok",
  "kink crossed",
  "may be fine: errors build up with depth",
  "too high",
  "suspicious",
  "wrong",
  "not finite",
] as const;
/** What to think of one entry, or of the worst of all. */
export type Verdict = (typeof verdicts)[number];

/** Whether a gradient with this verdict counts as right. */
export const passes = (verdict: Verdict): boolean => verdicts.indexOf(verdict) < 4;

export const worse = (a: Verdict, b: Verdict): Verdict => (verdicts.indexOf(a) >= verdicts.indexOf(b) ? a : b);

/** From this many layers on the course lets relative errors up to 1e-2 pass. */
const deep = 10;

/**
 * The course's bands: above 1e-2 wrong; above 1e-4 suspicious, unless the net is deep; above 1e-7 fine only where there
 * are kinks; below that good. `depth` counts layers. A NaN (0/0 of the sparse formula) is two zeros, and good.
 */
export const verdictOf = (error: number, given: { readonly kinks: boolean; readonly depth?: number }): Verdict => {
  const layers = given.depth ?? 1;
  if (error > 1e-2) return "wrong";
  if (error > 1e-4) return layers >= deep ? "may be fine: errors build up with depth" : "suspicious";
  if (error > 1e-7) return given.kinks || layers >= deep ? "ok" : "too high";
  return "good";
};
