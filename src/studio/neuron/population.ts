/** A little population of pre-activations, and what an activation makes of it: how much saturates, and the mean output. */
import type { Value } from "../../ir/dtype.ts";
import { NodeMap } from "../../ir/node-map.ts";
import { input } from "../../ops/forms/source.ts";
import { erf } from "../../ops/table.ts";
import { interpret } from "../../run/interpret.ts";
import { isPieced, respond, type Piece, type Response } from "./activations.ts";
import type { Numbers } from "./numbers.ts";

const size = 200;

/** Halvings after which a double has no digit left to gain. */
const halvings = 60;

/**
 * As many numbers as the population has, equally likely under the normal distribution of mean 0 and deviation 1, so that
 * their mean is 0 too: each one solves (1 + erf(x / sqrt 2)) / 2 = p by halving.
 */
const standard: readonly number[] = (() => {
  const x = input([size / 2], "float64", "x");
  const area = erf(x);
  const wanted = Float64Array.from({ length: size / 2 }, (_, i) => (2 * i + 1) / size);
  const [low, high] = [new Float64Array(size / 2), new Float64Array(size / 2).fill(10)];
  for (let i = 0; i < halvings; i++) {
    const middle = low.map((l, j) => (l + high[j]!) / 2);
    const found = interpret([area], new NodeMap<Value>([[x, middle.map((m) => m / Math.SQRT2)]]))[0] as Float64Array;
    middle.forEach((m, j) => ((found[j]! < wanted[j]! ? low : high)[j] = m));
  }
  return [...low].reverse().map((v) => -v).concat(...low);
})();

/** The population with this mean and this standard deviation. */
export const inputsOf = (mean: number, scale: number): number[] => standard.map((v) => mean + scale * v);

/** The grid of the curves: every twentieth from -8 to 8, 0 among them. */
export const grid: readonly number[] = Array.from({ length: 321 }, (_, i) => (i - 160) / 20);

/** A stretch of the grid where the slope is small, both ends included. */
export type Stretch = readonly [from: number, to: number];

export interface Measured {
  readonly name: string;
  readonly curve: Response;
  /** The largest size of the slope on the grid, and the size up to which a slope counts as saturated. */
  readonly steepest: number;
  readonly threshold: number;
  readonly saturated: readonly Stretch[];
  readonly probe: { readonly z: number; readonly value: number; readonly slope: number; readonly saturated: boolean };
  readonly population: {
    readonly inputs: readonly number[];
    readonly outputs: Float64Array;
    /** For each input whether it is saturated. */
    readonly flat: readonly boolean[];
    /** Share of the inputs that are saturated, 0 to 1. */
    readonly saturated: number;
    /** Share of the inputs whose slope is exactly 0, through which no gradient passes at all. */
    readonly still: number;
    readonly meanOutput: number;
    /** Root of the mean square of the outputs: their usual size. */
    readonly sizeOutput: number;
    readonly least: number;
    readonly most: number;
  };
}

const stretchesOf = (flat: readonly boolean[]): Stretch[] => {
  const found: Stretch[] = [];
  flat.forEach((is, i) => {
    if (!is) return;
    const last = found.at(-1);
    if (last !== undefined && flat[i - 1]) found[found.length - 1] = [last[0], grid[i]!];
    else found.push([grid[i]!, grid[i]!]);
  });
  return found;
};

export const piecesOf = ({ slope1, offset1, slope2, offset2 }: Numbers): readonly Piece[] => [{ w: slope1, b: offset1 }, { w: slope2, b: offset2 }];

/** Curves without weights of their own are computed once. */
const curves = new Map<string, Response>();

const curveOf = (name: string, pieces: readonly Piece[]): Response => {
  if (isPieced(name)) return respond(name, grid, pieces);
  const known = curves.get(name) ?? respond(name, grid, []);
  curves.set(name, known);
  return known;
};

/** A mean that is smaller beside its terms is what their rounding left. */
const rounding = 1e-14;

const meanOf = (values: Float64Array): number => {
  const [sum, sizes] = [values.reduce((total, v) => total + v, 0), values.reduce((total, v) => total + Math.abs(v), 0)];
  return Math.abs(sum) <= rounding * sizes ? 0 : sum / values.length;
};

/** Everything that the page says of one activation at these numbers. */
export const measure = (name: string, numbers: Numbers): Measured => {
  const pieces = piecesOf(numbers);
  const curve = curveOf(name, pieces);
  const steepest = curve.slopes.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
  const threshold = numbers.share * steepest;
  const isFlat = (slope: number): boolean => Math.abs(slope) <= threshold;
  const inputs = inputsOf(numbers.mean, numbers.scale);
  const { values, slopes } = respond(name, [...inputs, numbers.z], pieces);
  const outputs = values.subarray(0, size);
  const flat = Array.from(slopes.subarray(0, size), isFlat);
  return {
    name,
    curve,
    steepest,
    threshold,
    saturated: stretchesOf(Array.from(curve.slopes, isFlat)),
    probe: { z: numbers.z, value: values[size]!, slope: slopes[size]!, saturated: isFlat(slopes[size]!) },
    population: {
      inputs,
      outputs,
      flat,
      saturated: flat.filter(Boolean).length / size,
      still: slopes.subarray(0, size).filter((slope) => slope === 0).length / size,
      meanOutput: meanOf(outputs),
      sizeOutput: Math.sqrt(outputs.reduce((sum, v) => sum + v * v, 0) / size),
      least: outputs.reduce((a, b) => Math.min(a, b)),
      most: outputs.reduce((a, b) => Math.max(a, b)),
    },
  };
};
