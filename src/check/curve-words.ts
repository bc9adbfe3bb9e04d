/** The curves of a numeric gradient in words: how near it comes, at which step, and why at that one. */
import type { EntryCurves, ErrorCurve, StepError } from "./curve.ts";
import { errorText, significant } from "./report.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

const stepText = (h: number): string => Number(h.toPrecision(2)).toExponential().replace("e+", "e");

/** The step that the course's notes recommend. */
const courseStep = 1e-5;

const names = { centred: "the centred difference", forward: "the one-sided difference" } as const;
const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

/** What to think of the centred difference at the step of the notes. */
export const curveVerdict = ({ centred, measure, analytic, value }: EntryCurves): Verdict => {
  const { error, kink, numeric } = centred.points.find(({ h }) => h === courseStep)!;
  if (!Number.isFinite(numeric) || !Number.isFinite(analytic)) return "not finite";
  // A gradient of 0 has no relative error: what rounding may leave of a difference of values is all there is to see.
  if (measure === "absolute") return error <= 1e-9 * Math.max(1, Math.abs(value)) ? "good" : kink === undefined ? "wrong" : "kink crossed";
  return kink !== undefined && error > 1e-7 ? "kink crossed" : verdictOf(error, { kinks: kink !== undefined });
};

const nearest = ({ best, difference, points }: ErrorCurve, measure: string): string => {
  if (best === undefined) return `${capital(names[difference])} is not finite at any step.`;
  if (best.error === 0) return `${capital(names[difference])} is exact at ${points.every(({ error }) => error === 0) ? "every step" : `h = ${stepText(best.h)}`}.`;
  return `${capital(names[difference])} comes nearest at h = ${stepText(best.h)}, with ${measure === "relative" ? "a relative" : "an absolute"} error of ${errorText(best.error)}.`;
};

const why = ({ truncation, rounding, order, balance, difference }: ErrorCurve): string | undefined => {
  if (truncation === undefined || rounding === 0) return undefined;
  const by = order === 2 ? "h^2: a step ten times as long makes a hundred times the error" : "h: a step ten times as long makes ten times the error";
  if (balance === undefined) {
    return `${capital(names[difference])} has no error of its own here, because the function is ${order === 2 ? "no more than a parabola" : "a straight line"} in this direction: only rounding is left, and the longest step is the best.`;
  }
  return `The error of ${names[difference]} itself is about ${significant(truncation, 3)} ${by}. Rounding is about ${significant(rounding, 2)} / h, which a shorter step makes larger. Their sum is smallest near h = ${stepText(balance)}.`;
};

const range = (points: readonly StepError[]): string =>
  points.length === 1 ? `At h = ${stepText(points[0]!.h)}` : `From h = ${stepText(points[0]!.h)} to ${stepText(points.at(-1)!.h)}`;

const kinks = ({ points }: ErrorCurve): string | undefined => {
  const crossed = points.filter(({ kink }) => kink !== undefined);
  if (crossed.length === 0) return undefined;
  const gates = [...new Set(crossed.map(({ kink }) => kink))].join(", ");
  const all = crossed.length === points.length ? ", so that no step is short enough" : "";
  return `${range(crossed)} the step crosses a kink of ${gates}${all}: there a difference is the slope of neither side.`;
};

/** Errors above this at every step come from the gradient, not from the step. */
const hopeless = 1e-4;

const blame = ({ centred, forward, analytic }: EntryCurves): string | undefined => {
  const clear = [...centred.points, ...forward.points].filter(({ kink, error }) => kink === undefined && Number.isFinite(error));
  if (clear.length === 0 || clear.some(({ error }) => error <= hopeless)) return undefined;
  return `No step comes near ${significant(analytic, 6)}: it is the gradient that is wrong, not the step.`;
};

/** Sentences for people, the most important first. */
export const curveSentences = (curves: EntryCurves): readonly string[] => {
  const { name, analytic, centred, forward, measure } = curves;
  const sentences = [
    `The gradient of ${name} is ${significant(analytic, 6)}; the numeric one at h = ${stepText(courseStep)} is ${significant(centred.points.find(({ h }) => h === courseStep)!.numeric, 6)}: ${curveVerdict(curves)}.`,
    blame(curves),
    nearest(centred, measure),
    nearest(forward, measure),
    why(centred),
    why(forward),
    // The one-sided step lies within the centred one.
    kinks(centred),
  ];
  return sentences.filter((sentence) => sentence !== undefined);
};
