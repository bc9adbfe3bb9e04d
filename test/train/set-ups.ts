/** Trainings that are broken in one known way, and trainings that are healthy: what the doctor is tried on. */
import assert from "node:assert/strict";
import { softmax, stopGradient } from "../../src/api/functions.ts";
import { key, normal, permutation, split } from "../../src/api/random.ts";
import type { DataSet } from "../../src/data/data-set.ts";
import { takeRows, type Examples } from "../../src/data/examples.ts";
import type { Network } from "../../src/train/network.ts";
import { settingsFor, type Settings } from "../../src/train/settings.ts";
import type { Task } from "../../src/train/task.ts";
import { planOf, type Plan } from "../../src/train/train.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { tensor } from "../../src/trace/tensor.ts";
import { mapTree } from "../../src/trace/tree.ts";
import { circles, fewDigits, flowers, gauss, moons, prices, regression, spiral } from "./sets.ts";

export type NetworkPlan = Plan<Network>;

/** A training as a function of a seed, which draws data, weights and the order of rows. */
export type SetUp = (seed: number) => Promise<NetworkPlan>;

const sets = { spiral, moons, circles, gauss, flowers, regression, prices, digits: () => fewDigits(300) } as const;
type SetName = keyof typeof sets;

/** Settings under which a small net learns each of them. */
const good: Readonly<Record<SetName, Partial<Settings>>> = {
  spiral: { hidden: [32], lr: 0.02, epochs: 40 },
  moons: { hidden: [16], lr: 0.02, epochs: 20 },
  circles: { hidden: [16], lr: 0.02, epochs: 20 },
  gauss: { model: "softmax", hidden: [], lr: 0.05, epochs: 15 },
  flowers: { hidden: [16], lr: 0.01, epochs: 30 },
  regression: { hidden: [32], lr: 0.01, epochs: 25 },
  prices: { hidden: [64], lr: 0.01, epochs: 40 },
  digits: { hidden: [32], epochs: 10, lr: 0.1, optimizer: "momentum", schedule: "constant", l2: 1e-3 },
};

/** A data set under its own good settings, or others. */
export const on = (set: SetName, other: Partial<Settings> = {}): SetUp => async (seed) =>
  planOf(await sets[set](seed), settingsFor(set, { seed, ...good[set], ...other }));

const isBias = (path: string): boolean => path.endsWith(".b");

type Change = (leaf: Tensor, path: string, seed: number) => Tensor;

const starting = (setUp: SetUp, change: Change): SetUp => async (seed) => {
  const plan = await setUp(seed);
  return { ...plan, start: mapTree(plan.start, (leaf, path) => change(leaf, path, seed)) as Network };
};

const filled = (leaf: Tensor, value: number): Tensor => tensor(new Float64Array(leaf.size).fill(value), { shape: leaf.shape });

/** Tensors whose path fits are all one number. */
export const filling = (setUp: SetUp, paths: RegExp, value: number): SetUp => starting(setUp, (leaf, path) => (paths.test(path) ? filled(leaf, value) : leaf));

/** Weights are normal with this deviation. */
export const drawnWith = (setUp: SetUp, deviation: number): SetUp =>
  starting(setUp, (leaf, path, seed) => {
    const layer = Number(/\d+/.exec(path)![0]);
    return isBias(path) ? leaf : normal(split(key(seed + 77), layer + 1)[layer]!, leaf.shape, { deviation }).realize();
  });

const inParts = (setUp: SetUp, change: (part: Examples, seed: number) => Examples): SetUp => async (seed) => {
  const plan = await setUp(seed);
  const { train, validation, test } = plan.data;
  return { ...plan, data: { ...plan.data, train: change(train, 3 * seed), validation: change(validation, 3 * seed + 1), test: change(test, 3 * seed + 2) } };
};

export const withInputs = (setUp: SetUp, change: (v: number, column: number) => number): SetUp =>
  inParts(setUp, (part) => ({ ...part, x: part.x.map((v, i) => change(v, i % part.columns)) }));

export const withShuffledLabels = (setUp: SetUp): SetUp =>
  inParts(setUp, (part, seed) => ({ ...part, y: takeRows(part, permutation(key(seed), part.y.length).dataSync()).y }));

const withTask = (setUp: SetUp, change: (task: Task<Network>) => Partial<Task<Network>>): SetUp => async (seed) => {
  const plan = await setUp(seed);
  return { ...plan, task: { ...plan.task, ...change(plan.task) } };
};

/** Layers whose index fits keep their biases out of the gradient. */
export const withoutBiasGradient = (setUp: SetUp, layers: (i: number) => boolean): SetUp =>
  withTask(setUp, ({ scores }) => ({
    scores: (net, x) => scores(mapTree(net, (leaf, path) => (isBias(path) && layers(Number(/\d+/.exec(path)![0])) ? stopGradient(leaf) : leaf)) as Network, x),
  }));

export const withSoftmax = (setUp: SetUp): SetUp => withTask(setUp, ({ scores }) => ({ scores: (net, x) => softmax(scores(net, x)) }));

/** As a file of the user's own that exports a model and a loss, and no scores. */
export const asLossAlone = (setUp: SetUp): SetUp =>
  withTask(setUp, ({ scores, loss }) => ({
    kind: "loss",
    scores: () => assert.fail("there are no scores"),
    lossOfModel: (net, { x, y }) => loss(scores(net, x), y),
    loss: () => assert.fail("there is no loss of scores"),
    trainingScores: undefined,
    hidden: undefined,
  }));

/** This share of the test rows are training rows. */
export const overlapping = (setUp: SetUp, share: number): SetUp => async (seed) => {
  const plan = await setUp(seed);
  const { train, test }: DataSet = plan.data;
  const count = Math.ceil(share * test.y.length);
  const copied = takeRows(train, Array.from({ length: count }, (_, i) => i));
  const [x, y] = [test.x.slice(), test.y.slice()];
  x.set(copied.x);
  y.set(copied.y);
  return { ...plan, data: { ...plan.data, test: { ...test, x, y } } };
};

const layers = (count: number, units: number): readonly number[] => new Array<number>(count).fill(units);
const deep = { epochs: 1, batch: 90 } as const;

/** What is broken, under the code by which the doctor must name it first. */
export const broken: Readonly<Record<string, Readonly<Record<string, SetUp>>>> = {
  "learning-rate-too-high": {
    "digits, 100 times": on("digits", { lr: 10, epochs: 3 }),
    "digits, 1,000 times": on("digits", { lr: 100, epochs: 3 }),
    "moons, 100 times": on("moons", { lr: 2, epochs: 10 }),
    "spiral, 1,000 times": on("spiral", { lr: 20, epochs: 10 }),
    "spiral, plain steps": on("spiral", { optimizer: "sgd", lr: 30, schedule: "constant", epochs: 10 }),
    "flowers with tanh, 1,000 times": on("flowers", { activation: "tanh", lr: 10 }),
    "digits, ten times, long enough to swing": on("digits", { lr: 1 }),
    "a linear classifier": on("gauss", { optimizer: "sgd", lr: 1000, schedule: "constant" }),
    "a linear SVM": on("gauss", { model: "svm", optimizer: "sgd", lr: 1000, schedule: "constant" }),
    "a regression, 100 times": on("regression", { lr: 1, epochs: 10 }),
    "a regression whose numbers are lost": on("regression", { optimizer: "sgd", lr: 1, epochs: 5 }),
  },
  "all-zero-initialisation": {
    "relu": filling(on("moons", { epochs: 5 }), /./, 0),
    "tanh": filling(on("flowers", { activation: "tanh", epochs: 5 }), /./, 0),
    "sigmoid": filling(on("digits", { activation: "sigmoid", epochs: 2 }), /./, 0),
    "a regression": filling(on("regression", { epochs: 5 }), /./, 0),
    "the first of three layers": filling(on("moons", { hidden: [16, 16], epochs: 5 }), /\[0\]/, 0),
    "the second of three layers": filling(on("spiral", { hidden: [16, 16], epochs: 5 }), /\[1\]/, 0),
    "the last layer": filling(on("digits", { epochs: 2 }), /\[1\]/, 0),
  },
  "equal-weights": {
    "relu": filling(on("flowers", { epochs: 5 }), /w$/, 0.1),
    "tanh": filling(on("circles", { activation: "tanh", hidden: [8, 8], epochs: 5 }), /w$/, 0.5),
  },
  "labels-shuffled": {
    "digits": withShuffledLabels(on("digits")),
    "moons": withShuffledLabels(on("moons")),
    "spiral": withShuffledLabels(on("spiral", { epochs: 20 })),
    "flowers": withShuffledLabels(on("flowers")),
    "a regression": withShuffledLabels(on("regression")),
    "a linear classifier": withShuffledLabels(on("gauss")),
  },
  "unscaled-inputs": {
    "digits, 1,000 times": withInputs(on("digits", { epochs: 3 }), (v) => 1000 * v),
    "digits, 0 to 255": withInputs(on("digits", { epochs: 3 }), (v) => 255 * v),
    "moons, 1,000 times": withInputs(on("moons", { epochs: 10 }), (v) => 1000 * v),
    "moons, 10,000 more": withInputs(on("moons", { epochs: 10 }), (v) => v + 1e4),
    "flowers with tanh, 10,000 more": withInputs(on("flowers", { activation: "tanh", epochs: 10 }), (v) => v + 1e4),
    "one column of flowers": withInputs(on("flowers", { epochs: 10 }), (v, column) => (column === 1 ? 1000 * v : v)),
    "a regression": withInputs(on("regression", { epochs: 5 }), (v) => 1000 * v),
    "a linear classifier": withInputs(on("gauss"), (v) => 1000 * v),
  },
  "saturated-units": {
    "spiral": drawnWith(on("spiral", { activation: "tanh", epochs: 5 }), 5),
    "moons, two layers": drawnWith(on("moons", { activation: "tanh", hidden: [16, 16], epochs: 5 }), 5),
    "digits": drawnWith(on("digits", { activation: "tanh", optimizer: "adam", lr: 0.003, epochs: 3 }), 5),
    "digits, three layers": drawnWith(on("digits", { activation: "tanh", hidden: [32, 32, 32], epochs: 3 }), 5),
    "sigmoid": drawnWith(on("flowers", { activation: "sigmoid", epochs: 10 }), 10),
    "a regression": drawnWith(on("regression", { activation: "tanh", epochs: 10 }), 5),
  },
  "dead-units": {
    "moons": filling(on("moons", { epochs: 5 }), /\[0\]\.b/, -10),
    "digits, two layers": filling(on("digits", { hidden: [32, 16], epochs: 2 }), /\[[01]\]\.b/, -10),
    "the second of two layers": filling(on("flowers", { hidden: [16, 16], epochs: 5 }), /\[1\]\.b/, -10),
    "a regression": filling(on("regression", { epochs: 5 }), /\[0\]\.b/, -10),
  },
  "no-bias-gradient": {
    "all biases": withoutBiasGradient(on("moons", { epochs: 10 }), () => true),
    "those of the scores": withoutBiasGradient(on("digits", { epochs: 3 }), (i) => i === 1),
    "those of a hidden layer": withoutBiasGradient(on("spiral", { epochs: 5, activation: "tanh" }), (i) => i === 0),
    "a regression": withoutBiasGradient(on("regression", { epochs: 5 }), () => true),
    "a linear classifier": withoutBiasGradient(on("gauss", { epochs: 5 }), () => true),
  },
  "double-softmax": {
    "digits": withSoftmax(on("digits", { epochs: 3 })),
    "moons": withSoftmax(on("moons", { epochs: 10 })),
    "flowers, a linear SVM": withSoftmax(on("flowers", { model: "svm", hidden: [], epochs: 10 })),
  },
  "exploding-gradients": {
    "20 layers of relu": drawnWith(on("moons", { ...deep, hidden: layers(20, 16) }), 2),
    "20 layers of tanh": drawnWith(on("moons", { ...deep, hidden: layers(20, 16), activation: "tanh" }), 2),
    "40 layers of relu": drawnWith(on("flowers", { ...deep, hidden: layers(40, 16) }), 2),
    "30 narrow layers of tanh": drawnWith(on("flowers", { ...deep, hidden: layers(30, 8), activation: "tanh" }), 2),
    "20 layers of leaky relu": drawnWith(on("spiral", { ...deep, hidden: layers(20, 8), activation: "leaky-relu" }), 2),
  },
  "test-rows-in-training": {
    "a tenth of moons": overlapping(on("moons", { epochs: 3 }), 0.1),
    "a tenth of flowers": overlapping(on("flowers", { epochs: 3 }), 0.1),
    "a third of a spiral": overlapping(on("spiral", { epochs: 3 }), 0.3),
    "half of a regression": overlapping(on("regression", { epochs: 3 }), 0.5),
    "all of digits": overlapping(on("digits", { epochs: 2 }), 1),
  },
};

/** A column more, made of the label. */
const withColumn = (setUp: SetUp, name: string, value: (y: number) => number): SetUp => async (seed) => {
  const plan = await setUp(seed);
  const { data, settings } = plan;
  const widen = ({ x, y, columns }: Examples): Examples => {
    const wide = new Float64Array(y.length * (columns + 1));
    y.forEach((label, i) => wide.set([...x.subarray(i * columns, (i + 1) * columns), value(label)], i * (columns + 1)));
    return { x: wide, y, columns: columns + 1 };
  };
  const schema = { ...data.schema, inputs: [...data.schema.inputs, { kind: "number", name, mean: 0, deviation: 1 } as const] };
  return planOf({ ...data, schema, train: widen(data.train), validation: widen(data.validation), test: widen(data.test) }, settings);
};

const withTargets = (setUp: SetUp, change: (y: number) => number): SetUp => inParts(setUp, (part) => ({ ...part, y: Float64Array.from(part.y, change) }));

/** Validation rows that are training rows. */
const validatedOnTraining = (setUp: SetUp): SetUp => async (seed) => {
  const plan = await setUp(seed);
  const rows = Array.from(plan.data.validation.y.keys());
  return { ...plan, data: { ...plan.data, validation: takeRows(plan.data.train, rows) } };
};

/** The other troubles the doctor knows. */
export const alsoBroken: Readonly<Record<string, Readonly<Record<string, SetUp>>>> = {
  "learning-rate-too-low": {
    "digits": on("digits", { lr: 1e-5, epochs: 3 }),
    "moons": on("moons", { lr: 1e-6, epochs: 5 }),
    "a regression": on("regression", { lr: 1e-6, epochs: 5 }),
    "a regression whose batches differ much": () => on("regression", { lr: 1e-6, epochs: 5 })(5),
  },
  "vanishing-gradients": {
    "ten layers of sigmoid": on("moons", { hidden: layers(10, 16), activation: "sigmoid", epochs: 3 }),
    "tiny weights": drawnWith(on("flowers", { hidden: layers(6, 16), activation: "tanh", epochs: 3, lr: 1e-3 }), 0.005),
  },
  "loss-at-start": {
    "digits": drawnWith(on("digits", { epochs: 1 }), 3),
    "a regression": drawnWith(on("regression", { epochs: 3 }), 8),
  },
  "cannot-overfit": {
    "a linear classifier on circles": on("circles", { model: "softmax", hidden: [], epochs: 20, lr: 0.1 }),
  },
  "validation-gap": {
    "a hundred digits under noise": async (seed) => {
      const plan = await on("digits", { epochs: 30, hidden: [64], lr: 0.05 })(seed);
      const noise = normal(key(seed + 5), [300 * 64], { deviation: 0.9 }).dataSync();
      const blurred = (part: Examples, from: number): Examples => ({ ...part, x: part.x.map((v, i) => v + noise[(i + from) % noise.length]!) });
      const { data } = plan;
      return { ...plan, data: { ...data, train: takeRows(blurred(data.train, 0), Array.from({ length: 100 }, (_, i) => i)), validation: blurred(data.validation, 7777) } };
    },
  },
  "leaked-label": {
    "a copy": withColumn(on("flowers", { epochs: 3 }), "answer", (y) => y - 1),
    "a line": withColumn(on("regression", { epochs: 3 }), "price", (y) => 2 * y + 1),
  },
  "constant-column": {
    "one": withColumn(on("moons"), "year", () => 1),
  },
  "validation-rows-in-training": {
    "all of moons": validatedOnTraining(on("moons", { epochs: 3 })),
  },
  "unscaled-targets": {
    "prices": withTargets(on("regression", { epochs: 3 }), (y) => 250_000 + 80_000 * y),
  },
  "wrong-gradient": {
    "weights that are half detached": withTask(on("moons", { epochs: 3 }), ({ scores }) => ({
      scores: (net, x) => scores(mapTree(net, (leaf, path) => (path === "[0].w" ? leaf.add(stopGradient(leaf)).div(2) : leaf)) as Network, x),
    })),
  },
  "no-gradient": {
    "weights that are detached": withTask(on("moons", { epochs: 3 }), ({ scores }) => ({
      scores: (net, x) => scores(mapTree(net, (leaf, path) => (path === "[0].w" ? stopGradient(leaf) : leaf)) as Network, x),
    })),
  },
};

/** Trainings in which nothing is wrong. */
export const healthy: Readonly<Record<string, SetUp>> = {
  "digits": on("digits"),
  "digits with adam": on("digits", { optimizer: "adam", lr: 3e-3, schedule: "cosine" }),
  "digits, a linear classifier": on("digits", { model: "softmax", hidden: [] }),
  "digits with dropout": on("digits", { dropout: 0.3 }),
  "digits, three epochs": on("digits", { epochs: 3 }),
  "spiral": on("spiral"),
  "spiral, two layers of tanh": on("spiral", { activation: "tanh", hidden: [16, 16] }),
  "spiral, all rows a step": on("spiral", { hidden: [64], optimizer: "sgd", lr: 1, schedule: "constant", batch: 180 }),
  "moons": on("moons"),
  "moons with momentum": on("moons", { optimizer: "momentum", lr: 0.05 }),
  "moons with tanh": on("moons", { activation: "tanh" }),
  "moons with maxout": on("moons", { activation: "maxout" }),
  "moons, five epochs": on("moons", { epochs: 5 }),
  "circles": on("circles"),
  "circles with gelu": on("circles", { activation: "gelu" }),
  "gauss, a linear classifier": on("gauss"),
  "gauss, a linear SVM": on("gauss", { model: "svm" }),
  "gauss, a linear classifier from 0": filling(on("gauss"), /./, 0),
  "gauss with plain steps": on("gauss", { optimizer: "sgd", lr: 0.1 }),
  "flowers": on("flowers"),
  "flowers with sigmoid": on("flowers", { activation: "sigmoid", lr: 0.05 }),
  "flowers, four layers": on("flowers", { hidden: [16, 16, 16, 16] }),
  "flowers under the standard settings": on("flowers", { hidden: [64], lr: 3e-3, epochs: 50 }),
  "moons, four rows a step": on("moons", { optimizer: "momentum", lr: 0.05, schedule: "constant", batch: 4, epochs: 5 }),
  "gauss, one row a step": on("gauss", { optimizer: "sgd", lr: 0.05, schedule: "constant", batch: 1, epochs: 2 }),
  "a regression": on("regression"),
  "a regression of eight units": on("regression", { hidden: [8], lr: 0.02 }),
  "a regression of few steps an epoch": on("prices"),
};
