/** Small data sets for trainings in tests: real digits, and figures of the plane and of more columns drawn from a key. */
import { key, normal, permutation, split, uniform } from "../../src/api/random.ts";
import type { DataSet } from "../../src/data/data-set.ts";
import { loadDigits } from "../../src/data/digits.ts";
import { takeRows, type Examples } from "../../src/data/examples.ts";
import type { Label } from "../../src/data/schema.ts";

const numbers = (names: readonly string[]) => names.map((name) => ({ kind: "number", name, mean: 0, deviation: 1 }) as const);

export const classLabel = (classes: number): Label => ({ kind: "class", name: "kind", classes: Array.from({ length: classes }, (_, i) => String(i)) });

/** Rows in random order, 60% to train, 20% to validate, 20% to test. */
export const dataSet = (name: string, all: Examples, label: Label, seed: number): DataSet => {
  const order = permutation(key(seed), all.y.length).dataSync();
  const [a, b] = [Math.floor(0.6 * order.length), Math.floor(0.8 * order.length)];
  const part = (from: number, to: number): Examples => takeRows(all, order.subarray(from, to));
  return {
    name,
    schema: { inputs: numbers(Array.from({ length: all.columns }, (_, i) => `x${i + 1}`)), label },
    train: part(0, a),
    validation: part(a, b),
    test: part(b, order.length),
    remarks: [],
  };
};

type Point = (row: number, label: number, chance: () => number, noise: () => number) => readonly number[];

const classes = (name: string, count: number, columns: number, point: Point, rows = 300) => (seed: number): DataSet => {
  const [u, n] = split(key(seed));
  const flat = uniform(u!, [4 * rows]).dataSync();
  const bell = normal(n!, [(columns + 2) * rows]).dataSync();
  let [i, j] = [0, 0];
  const y = Int32Array.from({ length: rows }, (_, row) => row % count);
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) values.set(point(row, y[row]!, () => flat[i++]!, () => bell[j++]!), row * columns);
  return dataSet(name, { x: values, y, columns }, classLabel(count), seed + 1000);
};

/** Three arms, as in the case study of the course. */
export const spiral = classes("spiral", 3, 2, (row, label, _, noise) => {
  const r = (row % 100) / 100 + 0.01;
  const t = 4 * label + 4 * r + 0.2 * noise();
  return [r * Math.sin(t), r * Math.cos(t)];
});

export const moons = classes("moons", 2, 2, (_, label, chance, noise) => {
  const t = Math.PI * chance();
  const [x, y] = label === 0 ? [Math.cos(t), Math.sin(t)] : [1 - Math.cos(t), 0.5 - Math.sin(t)];
  return [x! - 0.5 + 0.1 * noise(), y! - 0.25 + 0.1 * noise()];
});

export const circles = classes("circles", 2, 2, (_, label, chance, noise) => {
  const [t, r] = [2 * Math.PI * chance(), label === 0 ? 0.5 : 1.2];
  return [r * Math.cos(t) + 0.1 * noise(), r * Math.sin(t) + 0.1 * noise()];
});

export const gauss = classes("gauss", 2, 2, (_, label, __, noise) => [2 * label - 1 + 0.7 * noise(), 2 * label - 1 + 0.7 * noise()]);

/** As the flowers: four columns, one class far from two that touch. */
export const flowers = classes("flowers", 3, 4, (_, label, __, noise) => {
  const size = 0.35 * noise();
  return [[-1.3, 0.8, -1.3, -1.25], [0.1, -0.65, 0.3, 0.2], [0.95, -0.1, 1, 1.1]][label]!.map((middle) => middle + size + 0.3 * noise());
}, 150);

/** A number of five columns, with noise. */
export const regression = (seed: number): DataSet => {
  const rows = 240;
  const x = normal(key(seed), [rows * 5]).dataSync() as Float64Array;
  const noise = normal(key(seed + 1), [rows]).dataSync();
  const y = Float64Array.from({ length: rows }, (_, i) => {
    const [a, b, c] = [x[5 * i]!, x[5 * i + 1]!, x[5 * i + 2]!];
    return (Math.sin(2 * a) + 0.5 * b * b - c - 0.5 + 0.1 * noise[i]!) / 1.4;
  });
  return dataSet("regression", { x, y, columns: 5 }, { kind: "number", name: "y", mean: 0, deviation: 1 }, seed + 1000);
};

/** A number that is nearly a sum of its columns, two of which say nearly the same; few rows. */
export const prices = (seed: number): DataSet => {
  const rows = 150;
  const [size, stray, noise, side] = [0, 1, 2, 3].map((i) => normal(key(10 * seed + i), [rows]).dataSync() as Float64Array);
  const town = side!.map((v) => (v > 0 ? 1 : 0));
  const x = Float64Array.from({ length: 4 * rows }, (_, at) => {
    const i = Math.floor(at / 4);
    return [size![i]!, size![i]! + 0.1 * stray![i]!, town[i]!, 1 - town[i]!][at % 4]!;
  });
  const y = Float64Array.from({ length: rows }, (_, i) => 0.95 * size![i]! + 0.3 * (town[i]! - 0.5) + 0.08 * noise![i]!);
  return dataSet("prices", { x, y, columns: 4 }, { kind: "number", name: "y", mean: 0, deviation: 1 }, seed + 1000);
};

/** The first rows of the digits: so many to train, and half as many to validate and to test. */
export const fewDigits = async (rows = 400): Promise<DataSet> => {
  const digits = await loadDigits();
  const first = (part: Examples, n: number): Examples => takeRows(part, Array.from({ length: Math.min(n, part.y.length) }, (_, i) => i));
  return { ...digits, train: first(digits.train, rows), validation: first(digits.validation, rows / 2), test: first(digits.test, rows / 2) };
};
