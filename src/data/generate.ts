/**
 * Points in the plane, made up: the classic pictures on which one sees what a model can separate. Every recipe is a
 * function of a key; x is [x0, x1] row by row, y the class.
 */
import { key, normal, split, uniform } from "../api/random.ts";
import "../api/run.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Tensor } from "../trace/tensor.ts";
import type { DataSet } from "./data-set.ts";
import type { Examples } from "./examples.ts";

export interface PointOptions {
  /** Points of each class; 100 unless said. */
  readonly rows?: number;
  /** How far points stray from the picture, in the unit of each recipe. */
  readonly noise?: number;
}

const standardRows = 100;

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 1;

const check = (recipe: string, { rows = standardRows, noise = 0 }: PointOptions, classes = 2): void => {
  const refuse = (what: string): Diagnostic => new Diagnostic("bad-setting", `${recipe} takes ${what}.`);
  if (!isCount(rows)) throw refuse("rows: a whole number, 1 or more");
  if (!isCount(classes)) throw refuse("classes: a whole number, 1 or more");
  if (!(noise >= 0 && noise < Infinity)) throw refuse("noise: a number, 0 or more");
};

/** n numbers from `from` to `to`, both included. */
const linspace = (from: number, to: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => (n === 1 ? from : from + ((to - from) * i) / (n - 1)));

const normals = (from: Tensor, n: number): Float64Array => normal(from, [n], { dtype: "float64" }).dataSync() as Float64Array;

/** One point after the other, all of class 0 first. */
const examples = (classes: readonly (readonly (readonly [x0: number, x1: number])[])[]): Examples => ({
  x: Float64Array.from(classes.flat(2)),
  y: Int32Array.from(classes.flatMap((points, label) => points.map(() => label))),
  columns: 2,
});

/**
 * Arms of a spiral, as in the course's case study (CS231n, "Putting it together: minimal neural network case study"): for
 * class j r = linspace(0, 1), t = linspace(4j, 4j + 4) + noise * randn, x = [r sin t, r cos t]. 3 classes, 100 points each,
 * noise 0.2 unless said.
 * @throws Diagnostic `bad-setting`
 * @example
 * const { x, y } = spiral(key(0));
 * [x.length, y.length]; // [600, 300]
 */
export const spiral = (from: Tensor, options: PointOptions & { readonly classes?: number } = {}): Examples => {
  const { rows = standardRows, noise = 0.2, classes = 3 } = options;
  check("spiral", options, classes);
  const stray = normals(from, classes * rows);
  const arm = (j: number): [number, number][] => {
    const angles = linspace(4 * j, 4 * j + 4, rows);
    return linspace(0, 1, rows).map((r, i) => {
      const t = angles[i]! + noise * stray[j * rows + i]!;
      return [r * Math.sin(t), r * Math.cos(t)];
    });
  };
  return examples(Array.from({ length: classes }, (_, j) => arm(j)));
};

/**
 * Two half circles that reach into each other, as scikit-learn's `make_moons` draws them: [cos t, sin t] and
 * [1 - cos t, 0.5 - sin t] for t from 0 to pi, plus noise * randn, 0.1 unless said.
 * @throws Diagnostic `bad-setting`
 */
export const moons = (from: Tensor, options: PointOptions = {}): Examples => {
  const { rows = standardRows, noise = 0.1 } = options;
  check("moons", options);
  const angles = linspace(0, Math.PI, rows);
  return scattered(from, noise, [angles.map((t) => [Math.cos(t), Math.sin(t)]), angles.map((t) => [1 - Math.cos(t), 0.5 - Math.sin(t)])]);
};

/**
 * A circle around another, as scikit-learn's `make_circles` draws them with factor 0.5: radius 1 is class 0, radius 0.5
 * class 1, points evenly around, plus noise * randn, 0.1 unless said.
 * @throws Diagnostic `bad-setting`
 */
export const circles = (from: Tensor, options: PointOptions = {}): Examples => {
  const { rows = standardRows, noise = 0.1 } = options;
  check("circles", options);
  const around = (radius: number): [number, number][] =>
    Array.from({ length: rows }, (_, i) => [radius * Math.cos((2 * Math.PI * i) / rows), radius * Math.sin((2 * Math.PI * i) / rows)]);
  return scattered(from, noise, [around(1), around(0.5)]);
};

/**
 * Two clouds, as "two gauss" of the TensorFlow Playground: normal around [-2, -2] (class 0) and [2, 2] (class 1) with
 * deviation `noise`, unless said the root of 0.5, which is that of the Playground without noise.
 * @throws Diagnostic `bad-setting`
 */
export const gauss = (from: Tensor, options: PointOptions = {}): Examples => {
  const { rows = standardRows, noise = Math.SQRT1_2 } = options;
  check("gauss", options);
  const cloud = (at: number): [number, number][] => Array.from({ length: rows }, () => [at, at]);
  return scattered(from, noise, [cloud(-2), cloud(2)]);
};

/**
 * Four quadrants, as "exclusive or" of the TensorFlow Playground: evenly spread over [-1, 1] in both directions, pushed
 * 0.06 away from the axes, class 1 where the signs are equal (there -5 to 5 and 0.3), class 0 where they differ; half of
 * each class lies in each of its quadrants. Plus noise * randn, 0 unless said.
 * @throws Diagnostic `bad-setting`
 */
export const xor = (from: Tensor, options: PointOptions = {}): Examples => {
  const { rows = standardRows, noise = 0 } = options;
  check("xor", options);
  const [place, stray] = split(from);
  const sizes = uniform(place!, [4 * rows]).dataSync();
  const away = (size: number): number => size + 0.06;
  const quadrants = (sign: number, offset: number): [number, number][] =>
    Array.from({ length: rows }, (_, i) => {
      const side = i % 2 === 0 ? 1 : -1;
      return [side * away(sizes[offset + 2 * i]!), side * sign * away(sizes[offset + 2 * i + 1]!)];
    });
  return scattered(stray!, noise, [quadrants(-1, 0), quadrants(1, 2 * rows)]);
};

const scattered = (from: Tensor, noise: number, classes: readonly (readonly (readonly [number, number])[])[]): Examples => {
  const exact = examples(classes);
  if (noise === 0) return exact;
  const stray = normals(from, exact.x.length);
  return { ...exact, x: exact.x.map((v, i) => v + noise * stray[i]!) };
};

/** The recipes by name. */
export const recipes = { spiral, xor, circles, moons, gauss } as const;

/** The key of the data sets that have a name: they are the same for everybody and every training seed. */
const dataKey = (): Tensor => key(231);

/**
 * A recipe with its standard options as a data set: training, validation and test rows are drawn apart from each other,
 * 100 of each class in each. The numbers go into a model as they are.
 * @example
 * const { train, test, schema } = generated("moons");
 * [train.y.length, test.y.length]; // [200, 200]
 * schema.label.kind; // "class"
 */
export const generated = (name: keyof typeof recipes): DataSet => {
  const [train, validation, test] = split(dataKey(), 3).map((from) => recipes[name](from));
  const classes = [...new Set(train!.y)].map(String);
  const raw = (column: string) => ({ kind: "number", name: column, mean: 0, deviation: 1 }) as const;
  return {
    name,
    schema: { inputs: [raw("x0"), raw("x1")], label: { kind: "class", name: "class", classes } },
    train: train!,
    validation: validation!,
    test: test!,
    remarks: [],
  };
};
