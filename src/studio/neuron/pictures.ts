/** The page's two drawings as data: drawn on the page, and by the library's chart in the files that are saved. */
import type { Chart, Curve, Mark } from "../../explain/charts/lines.ts";
import { lookAt, lossCurve, scoreGrid } from "./binary.ts";
import { grid, type Measured, type Stretch } from "./population.ts";
import { sentencesOf, show } from "./sentences.ts";
import type { NeuronState } from "./state.ts";

/** A chart with what only the page draws. */
export interface Picture extends Chart {
  readonly marks: readonly Mark[];
  /** Stretches of the x axis that are shaded. */
  readonly shaded: readonly Stretch[];
  /** Strokes along the x axis and along the y axis, one for each of a population; those along x may be pale. */
  readonly rug?: { readonly x: readonly number[]; readonly pale: readonly boolean[]; readonly y: readonly number[]; readonly mean: number };
}

const along = (xs: readonly number[], ys: ArrayLike<number>): Curve["points"] => xs.map((x, i) => [x, ys[i]!] as const);

/** One sentence a line, so that each fits into the width of the sheet. */
const remarksOf = (sentences: readonly string[]): string[] => sentences.flatMap((line) => line.split(/(?<=\.) (?=[A-Z])/));

export const activationPicture = (measured: Measured, share: number): Picture => {
  const { name, curve, probe, population, saturated } = measured;
  const [low, high] = [grid[0]!, grid.at(-1)!];
  const sentences = sentencesOf(measured, share);
  return {
    title: `${name} and its slope`,
    remarks: remarksOf(sentences),
    description: sentences.join(" "),
    x: { label: "pre-activation z" },
    y: { label: "value and slope" },
    curves: [
      { name: "value", points: along(grid, curve.values) },
      { name: "slope", points: along(grid, curve.slopes) },
    ],
    marks: [
      { x: probe.z, y: probe.value, shape: "dot", title: `value ${show(probe.value)} at z = ${show(probe.z)}`, label: show(probe.value) },
      { x: probe.z, y: probe.slope, shape: "diamond", title: `slope ${show(probe.slope)} at z = ${show(probe.z)}`, label: `slope ${show(probe.slope)}` },
    ],
    shaded: saturated,
    // What lies outside of the curve has no place on its axis.
    rug: { ...inside(population.inputs, population.flat, low, high), y: Array.from(population.outputs), mean: population.meanOutput },
  };
};

const inside = (xs: readonly number[], pale: readonly boolean[], low: number, high: number): { readonly x: number[]; readonly pale: boolean[] } => {
  const kept = xs.flatMap((x, i) => (x >= low && x <= high ? [i] : []));
  return { x: kept.map((i) => xs[i]!), pale: kept.map((i) => pale[i]!) };
};

const lossNames = { softmax: "logistic loss", svm: "hinge loss" } as const;

export const lossPicture = (state: NeuronState): Picture => {
  const { reading, positive } = state;
  const { score, loss, scoreGradient } = lookAt(state);
  const { losses, slopes } = lossCurve(reading, positive);
  const name = lossNames[reading];
  const says = `At a score of ${show(score)} the ${name} of an example of the ${positive ? "positive" : "negative"} class is ${show(loss)}, and its gradient for the score ${show(scoreGradient)}.`;
  return {
    title: `The ${name} and its slope, by score`,
    remarks: [says],
    description: says,
    x: { label: "score" },
    y: { label: "loss and slope" },
    curves: [
      { name: "loss", points: along(scoreGrid, losses) },
      { name: "slope", points: along(scoreGrid, slopes) },
    ],
    marks: [
      { x: score, y: loss, shape: "dot", title: `loss ${show(loss)} at a score of ${show(score)}`, label: show(loss) },
      { x: score, y: scoreGradient, shape: "diamond", title: `slope ${show(scoreGradient)} at a score of ${show(score)}`, label: `slope ${show(scoreGradient)}` },
    ],
    shaded: [],
  };
};
