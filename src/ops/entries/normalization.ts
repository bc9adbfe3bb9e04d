/** Normalisation: what batch, layer and instance norm have in common, over whichever axes. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import type { Node } from "../../ir/node.ts";
import { normalizeAxes } from "../../ir/axes.ts";
import { checkOptions } from "../forms/options.ts";
import { group, type GroupEntry } from "../forms/body.ts";
import { broadcastTo } from "../forms/read.ts";
import { add, inv, mul, sq, sqrt, sub } from "./arithmetic.ts";
import { mean } from "./folds.ts";

export interface StandardizeOptions {
  /** Which numbers belong together. Default the last axis, as in layer norm; for batch norm all axes but the channels'. */
  readonly axes: number | readonly number[];
  /** Added to the variance, so that equal numbers become 0 and not NaN. Default 1e-5. */
  readonly epsilon: number;
}

/** What is added to a variance, 1e-5 by default. */
export const checkEpsilon = (what: string, epsilon = 1e-5): number => {
  if (epsilon > 0 && epsilon < Infinity) return epsilon;
  throw new Diagnostic("bad-epsilon", `${what}: epsilon is ${String(epsilon)}`, { help: "use a small number above 0, such as 1e-5" });
};

/** Axes are kept counted from the end, where more examples in front do not move them. */
const settle = (given: Partial<StandardizeOptions> = {}, [x]: readonly Node[]): StandardizeOptions => {
  checkOptions("standardize", given, ["axes", "epsilon"]);
  const axes = normalizeAxes(given.axes ?? -1, x!.shape, "standardize").map((axis) => axis - x!.shape.length);
  return { axes, epsilon: checkEpsilon("standardize", given.epsilon) };
};

const spread = (folded: Node, like: Node): Node => broadcastTo(folded, like.shape);

/** The mean along the axes, everywhere. */
const average = (x: Node, { axes }: StandardizeOptions): Node => spread(mean(x, { axes, keepDims: true }), x);

/** How far each number is from the mean, and 1 / sqrt(variance + epsilon). */
const partsOf = (x: Node, options: StandardizeOptions): { readonly apart: Node; readonly factor: Node } => {
  const apart = sub(x, average(x, options));
  const deviation = sqrt(add(mean(sq(apart), { axes: options.axes, keepDims: true }), options.epsilon));
  return { apart, factor: spread(inv(deviation), x) };
};

/**
 * Numbers with mean 0 and variance 1 along axes, the last by default: (x - mean) / sqrt(variance + epsilon), the variance
 * divided by the count. Layer norm (Ba et al. 2016) and batch norm (Ioffe and Szegedy 2015) before scale and shift.
 */
export const standardize: GroupEntry<"standardize", StandardizeOptions> = group({
  word: "standardize",
  sig: "standardize",
  says: "the gradient minus its mean, minus its part along y, divided by the deviation",
  formula: "(x - mean) / sqrt(variance + epsilon)",
  params: ["x"],
  leading: true,
  options: settle,
  body: ([x], options) => {
    const { apart, factor } = partsOf(x!, options);
    return mul(apart, factor);
  },
  // The same steps as in the circuit, so that a program that has them already need not take them again.
  gradient: (g, [x], y, options) => [mul(sub(sub(g, average(g, options)), mul(y, average(mul(g, y), options))), partsOf(x!, options).factor)],
  samples: [
    { operands: [[4]], options: [{ epsilon: 0.1 }] },
    { operands: [[2, 3]], options: [{ epsilon: 0.5 }] },
    { operands: [[2, 3, 2]], options: [{ axes: [0, 2], epsilon: 0.1 }] },
    { operands: [[0, 3]] },
  ],
});
