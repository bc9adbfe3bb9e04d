/** The error of numeric gradients against the step, on logarithmic axes: two V's, their best steps, and kinks. */
import type { EntryCurves, ErrorCurve } from "../../check/curve.ts";
import { curveSentences } from "../../check/curve-words.ts";
import { errorText } from "../../check/report.ts";
import type { Theme } from "../svg.ts";
import { chartSVG, type Mark } from "./lines.ts";

const titles = { centred: "centred, [f(x+h) - f(x-h)] / 2h", forward: "one-sided, [f(x+h) - f(x)] / h" } as const;

const marksOf = ({ points, best, difference }: ErrorCurve): Mark[] => {
  const kinks = points
    .filter(({ kink }) => kink !== undefined)
    .map(({ h, error, kink }): Mark => ({ x: h, y: error, shape: "cross", title: `${difference} at h = ${h}: crosses a kink of ${kink}` }));
  if (best === undefined) return kinks;
  const h = best.h.toExponential();
  return [...kinks, { x: best.h, y: best.error, shape: "star", label: `best h = ${h}`, title: `${difference} is nearest at h = ${h}, with an error of ${errorText(best.error)}` }];
};

/** The curves as an SVG image. Errors of exactly 0 have no place on a logarithmic axis and are left out. */
export const errorCurveSVG = (curves: EntryCurves, options: { readonly theme?: Theme } = {}): string => {
  const both = [curves.centred, curves.forward];
  return chartSVG({
    title: `Error of the numeric gradient of ${curves.name}, by step`,
    description: curveSentences(curves).join(" "),
    x: { label: "step h", log: true },
    y: { label: `${curves.measure} error`, log: true },
    curves: both.map(({ difference, points }) => ({ name: titles[difference], points: points.map(({ h, error }) => [h, error] as const) })),
    marks: both.flatMap(marksOf),
    ...options,
  });
};
