/** Folds over axes. */
import type { FoldLanes } from "../../ir/fold-lanes.ts";
import type { Lanes, Mask, Num } from "../../ir/lanes.types.ts";
import type { Node } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import { normalizeAxes } from "../../ir/axes.ts";
import { lift, type NodeLike } from "../forms/entry.ts";
import { checkOptions } from "../forms/options.ts";
import { fold, foldOptions, type FoldGradient, type FoldOptions } from "../forms/fold.ts";
import { chain } from "../forms/gate.ts";
import { constant } from "../forms/source.ts";
import { spelling } from "../forms/spelling.ts";
import { add, div, eq, exp, log, lt, mul, sq, sub, where } from "./arithmetic.ts";
import { abs } from "./choice.ts";

/** Every element that equals the winner gets its share of the gradient. */
const share: FoldGradient = (g, x, y, spread, axes): Node => {
  const won = eq(x, spread(y));
  // As many as a float32 counts without rounding are counted in the gradient's own type.
  const one = sizeOf(axes.map((axis) => x.shape[axis]!)) <= 2 ** 24 ? constant(1, [], g.dtype) : 1;
  const count = sum(where(won, one, 0), { axes });
  return where(won, spread(div(g, count)), 0);
};

/** A number that changes with the set of winners. */
const winners = (values: readonly number[], best: (...x: number[]) => number): number => {
  const y = values.reduce((a, b) => best(a, b), values[0] ?? 0);
  return values.reduce((code, value, i) => (value === y ? (Math.imul(code, 31) + i + 1) | 0 : code), 0);
};

/** The first position of the best number, whichever way the numbers are divided among lanes. */
const firstOf = (worst: number, better: (k: Lanes, x: Num, y: Num) => Mask): FoldLanes => ({
  init: [worst, -1],
  lift: (_, x, at) => [x, at()],
  combine: (k, [x, i], [y, j]) => {
    const earlier = k.and(k.ge(j!, 0), k.or(k.lt(i!, 0), k.lt(j!, i!)));
    const wins = k.or(better(k, y!, x!), k.and(k.eq(y!, x!), earlier));
    return [k.select(wins, y!, x!), k.select(wins, j!, i!)];
  },
  out: 1,
});

/** The sum along axes; 0 over no elements. */
export const sum = fold({
  word: "sum",
  says: "distributor: every element gets the gradient of its sum",
  formula: "sum x",
  init: 0,
  lift: (x) => x,
  combine: (a, b) => a + b,
  out: (s) => s,
  lanes: {
    init: [0],
    lift: (_, x) => [x],
    combine: (k, [s], [t]) => [k.add(s!, t!)],
    out: 0,
  },
  types: "total",
  linear: true,
  gradient: (g, _x, _y, spread) => spread(g),
});

/** The largest along axes (-Infinity over no elements; NaN if one is NaN). */
export const amax = fold({
  word: "amax",
  says: "router: the largest element gets the gradient; equal ones share it evenly",
  formula: "max x",
  init: -Infinity,
  lift: (x) => x,
  combine: Math.max,
  out: (s) => s,
  lanes: {
    init: [-Infinity],
    lift: (_, x) => [x],
    combine: (k, [s], [t]) => [k.max(s!, t!)],
    out: 0,
  },
  types: "same",
  gradient: share,
  branch: (values) => winners(values, Math.max),
});

/** The smallest along axes (Infinity over no elements; NaN if one is NaN). */
export const amin = fold({
  word: "amin",
  says: "router: the smallest element gets the gradient; equal ones share it evenly",
  formula: "min x",
  init: Infinity,
  lift: (x) => x,
  combine: Math.min,
  out: (s) => s,
  lanes: {
    init: [Infinity],
    lift: (_, x) => [x],
    combine: (k, [s], [t]) => [k.min(s!, t!)],
    out: 0,
  },
  types: "same",
  gradient: share,
  branch: (values) => winners(values, Math.min),
});

/** Position of the first largest element along axes (row-major over them); -1 over no elements; NaN never wins. */
export const argmax = fold({
  word: "argmax",
  says: "a position: no gradient passes",
  formula: "argmax x",
  init: { value: -Infinity, at: -1 },
  lift: (value, at) => ({ value, at }),
  combine: (a, b) => (b.value > a.value || (a.at < 0 && b.value === a.value) ? b : a),
  out: (s) => s.at,
  lanes: firstOf(-Infinity, (k, x, y) => k.gt(x, y)),
  types: "index",
});

/** Position of the first smallest element along axes (row-major over them); -1 over no elements; NaN never wins. */
export const argmin = fold({
  word: "argmin",
  says: "a position: no gradient passes",
  formula: "argmin x",
  init: { value: Infinity, at: -1 },
  lift: (value, at) => ({ value, at }),
  combine: (a, b) => (b.value < a.value || (a.at < 0 && b.value === a.value) ? b : a),
  out: (s) => s.at,
  lanes: firstOf(Infinity, (k, x, y) => k.lt(x, y)),
  types: "index",
});

/** ln of the sum of e^x along axes, without overflow: the largest is taken out first. All -Infinity: -Infinity, slopes 0. */
export const logsumexp = fold({
  word: "logsumexp",
  says: "multiplies the gradient by softmax(x)",
  formula: "ln sum e^x",
  init: { top: -Infinity, rest: 0 },
  lift: (top) => ({ top, rest: 1 }),
  combine: (a, b) => {
    if (a.top === b.top) return { top: a.top, rest: a.rest + b.rest };
    if (Number.isNaN(a.top) || Number.isNaN(b.top)) return { top: NaN, rest: 1 };
    const [high, low] = a.top > b.top ? [a, b] : [b, a];
    return { top: high.top, rest: high.rest + low.rest * Math.exp(low.top - high.top) };
  },
  out: ({ top, rest }) => (top === -Infinity ? -Infinity : top + Math.log(rest)),
  // Two plain folds: the one above takes an exponential more for every element.
  opened: (x, spread, axes) => {
    const top = amax(x, { axes });
    const shift = where(lt(abs(top), Infinity), top, 0);
    return add(shift, log(sum(exp(sub(x, spread(shift))), { axes })));
  },
  types: "float",
  gradient: (g, x, y, spread) => chain(where(eq(x, -Infinity), 0, exp(sub(x, spread(y)))), spread(g)),
  recognised: {
    spellings: [(x, options) => log(sum(exp(x), options))],
    why: "e^x overflows for x > 709; as one fold it is finite and its gradient is the softmax",
  },
});

/** A count, a mean and the sum of squared distances from it. */
interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

/**
 * The mean squared distance from the mean along axes, divided by their number n (the variance of a sample estimates it
 * times n / (n - 1)); NaN over no elements. One pass that cancels no digits (Welford 1962; Chan et al. 1979).
 */
export const variance = fold<Moments>({
  word: "variance",
  says: "multiplies the gradient by 2/n times the distance from the mean",
  formula: "sum (x - mean)^2 / n",
  init: { count: 0, mean: 0, squares: 0 },
  lift: (x) => ({ count: 1, mean: x, squares: x - x }),
  combine: (a, b) => {
    if (a.count === 0 || b.count === 0) return a.count === 0 ? b : a;
    const count = a.count + b.count;
    const apart = b.mean - a.mean;
    return { count, mean: a.mean + (apart * b.count) / count, squares: a.squares + b.squares + (apart * apart * a.count * b.count) / count };
  },
  out: ({ count, squares }) => squares / count,
  // In two passes, each of them a plain sum.
  opened: (x, spread, axes) => {
    const count = sizeOf(axes.map((axis) => x.shape[axis]!));
    const average = (of: Node): Node => div(sum(of, { axes }), count);
    return average(sq(sub(x, spread(average(x)))));
  },
  types: "float",
  gradient: (g, x, _y, spread, axes) => {
    const count = sizeOf(axes.map((axis) => x.shape[axis]!));
    return mul(spread(mul(g, 2 / count)), sub(x, spread(mean(x, { axes }))));
  },
});

/** The mean along axes; NaN over no elements. */
export const mean = spelling({
  word: "mean",
  sig: "fold",
  says: "distributor: every element gets the gradient divided by their number",
  formula: "sum x / n",
  operands: 1,
  samples: [{ operands: [[4]] }, { operands: [[]] }, { operands: [[2, 3]], options: [{ axes: 1 }] }, { operands: [[2, 3]], options: [{ axes: 0, keepDims: true }] }],
  spell: ([given, options = {}]: readonly [NodeLike, FoldOptions?], site) => {
    checkOptions("mean", options, foldOptions);
    const x = lift(given, "mean");
    const count = sizeOf(normalizeAxes(options.axes, x.shape, "mean").map((i) => x.shape[i]!));
    return div.build([sum(x, options), count], site);
  },
});
