/** Networks that settings build for images: their sizes, their scores against plain loops, their layers as monitors see them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Diagnostic, key, normal, tensor, type Tensor } from "../../src/api/index.ts";
import { checkGradients } from "../../src/check/gradients.ts";
import type { DataSet } from "../../src/data/data-set.ts";
import type { Schema } from "../../src/data/schema.ts";
import type { Conv, Linear } from "../../src/nn/index.ts";
import { planOf, settingsFor, structureOf, type Network, type Settings } from "../../src/train/index.ts";
import { deadUnits, lookAt } from "../../src/train/look.ts";
import { layerMonitors } from "../../src/train/monitor.ts";
import { objective } from "../../src/train/task.ts";
import { randomData } from "./runs.ts";
import { fewDigits, moons } from "./sets.ts";

const imagesOf = (shape: readonly [number, number, number], label: Schema["label"] = { kind: "class", name: "kind", classes: ["a", "b", "c"] }): Schema => {
  const pixels = shape[0] * shape[1] * shape[2];
  return { inputs: [{ kind: "pixels", name: "image", shape, shift: new Array<number>(pixels).fill(0), scale: 1 }], label };
};

const planFor = (data: DataSet, chosen: Partial<Settings> = {}) => planOf(data, settingsFor("", { model: "cnn", dtype: "float64", ...chosen }));

/** [channels][height][width]. */
type Image = readonly (readonly (readonly number[])[])[];

const grid = (values: ArrayLike<number>, [channels, height, width]: readonly [number, number, number]): Image =>
  Array.from({ length: channels }, (_, c) => Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => values[(c * height + y) * width + x]!)));

/** A convolution of 3 x 3 with zeros around, relu, and the largest of 2 x 2, as one would write it down. */
const block = (image: Image, { w, b }: Conv): Image => {
  const [filters, channels] = w.shape as readonly [number, number];
  const [kernel, bias] = [w.dataSync(), b.dataSync()];
  const [height, width] = [image[0]!.length, image[0]![0]!.length];
  const at = (c: number, y: number, x: number): number => image[c]![y]?.[x] ?? 0;
  return Array.from({ length: filters }, (_, f) => {
    const sums = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => {
        let sum = bias[f]!;
        for (let c = 0; c < channels; c++) for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) sum += at(c, y + i - 1, x + j - 1) * kernel[((f * channels + c) * 3 + i) * 3 + j]!;
        return Math.max(0, sum);
      }),
    );
    const [high, wide] = [Math.min(2, height), Math.min(2, width)];
    return Array.from({ length: Math.floor(height / high) }, (_, y) =>
      Array.from({ length: Math.floor(width / wide) }, (_, x) => Math.max(...sums.slice(y * high, y * high + high).flatMap((row) => row.slice(x * wide, x * wide + wide)))),
    );
  });
};

const dense = (x: readonly number[], { w, b }: Linear): number[] => {
  const [weights, n] = [w.dataSync(), b.size];
  return Array.from(b.dataSync(), (bias, j) => x.reduce((sum, v, i) => sum + v * weights[i * n + j]!, bias));
};

const byHand = (net: Network, image: Image): number[] => {
  const [first, second, ...rest] = net as unknown as [Conv, Conv, ...Linear[]];
  const read = block(block(image, first), second).flat(2);
  return rest.reduce<number[]>((x, layer, i) => dense(i === 0 ? x : x.map((v) => Math.max(0, v)), layer), read);
};

test("the scores of a cnn are those of plain loops, for images of any size", () => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(shape, fc.constantFrom([], [4], [3, 2]), (size, hidden) => {
      const { task, start, data } = planFor(randomData(imagesOf(size)), { hidden });
      const rows = 3;
      const x = data.train.x.subarray(0, rows * data.train.columns);
      const scores = task.scores(start, tensor(x, { shape: [rows, data.train.columns] })).dataSync();
      const wanted = Array.from({ length: rows }, (_, i) => byHand(start, grid(x.subarray(i * data.train.columns), size))).flat();
      wanted.forEach((v, i) => assert.ok(Math.abs(scores[i]! - v) < 1e-10 * Math.max(1, Math.abs(v)), `${scores[i]}, not ${v}`));
    }),
    { numRuns: 25 },
  );
});

test("sizes follow the image, and what does not fill a window of the pooling is left out", () => {
  const sizes = (shape: readonly [number, number, number]) => structureOf(settingsFor("", { model: "cnn", hidden: [7] }), imagesOf(shape)).sizes;
  assert.deepEqual(sizes([1, 28, 28]), [32 * 7 * 7, 7, 3]);
  assert.deepEqual(sizes([3, 9, 5]), [32 * 2 * 1, 7, 3]);
  assert.deepEqual(sizes([1, 1, 4]), [32, 7, 3]);
});

test("images give numbers, too", () => {
  const { task, start, data } = planFor(randomData(imagesOf([1, 4, 4], { kind: "number", name: "age", mean: 40, deviation: 10 })));
  assert.deepEqual(task.scores(start, tensor(data.test.x, { shape: [6, 16] })).shape, [6, 1]);
});

const refused = (make: () => unknown, sentence: string, help: string): void =>
  assert.throws(make, (error) => error instanceof Diagnostic && error.code === "bad-setting" && error.sentence === sentence && error.help === help);

test("a table is no image, and maxout stands in no convolution", () => {
  refused(() => planFor(moons(1)), "model: cnn reads images, and these data are a table of columns", "take the model mlp");
  refused(
    () => settingsFor("", { model: "cnn", activation: "maxout" }),
    "activation: maxout is a layer of its own kind, and stands in no convolution",
    "take another activation, or the model mlp",
  );
});

test("the gradient of a cnn is that of its loss", async () => {
  const data = await fewDigits(20);
  const { task, start } = planFor(data, { hidden: [5], activation: "tanh", l2: 0.01 });
  const batch = { x: tensor(data.train.x.subarray(0, 128), { shape: [2, 64] }), y: tensor(data.train.y.subarray(0, 2)) };
  const { passed, text } = checkGradients((net: Network) => objective(task, net, batch) as Tensor, [start] as never, { samples: 4 });
  assert.ok(passed, text);
});

test("a channel is one unit at every place, and is dead if it gives nothing anywhere", async () => {
  const data = await fewDigits(40);
  const { task, start } = planFor(data, { hidden: [12] });
  const [first, second, ...rest] = start as unknown as [Conv, Conv, ...Linear[]];
  const deaf = { w: second.w, b: tensor(Array.from({ length: 32 }, (_, i) => (i % 8 === 0 ? -100 : 0))) };
  const net = [first, deaf, ...rest];
  const look = lookAt(task, net, { x: tensor(data.train.x, { shape: [40, 64] }), y: tensor(data.train.y) });
  assert.deepEqual(look.layers.map(({ name, units, places }) => [name, units, places]), [["[0]", 16, 64], ["[1]", 32, 16], ["[2]", 12, 1]]);
  assert.deepEqual(look.layers.map(({ flat }) => flat), ["one end", "one end", "one end"]);
  assert.deepEqual(look.layers.map(deadUnits).slice(0, 2), [0, 4]);
  assert.deepEqual(look.inputs.map(({ columns }) => columns).length, 1);
  const monitors = layerMonitors(look);
  assert.equal(monitors[1]!.dead, 4);
  assert.equal(monitors[0]!.activations.counts.reduce((sum, n) => sum + n, 0), 40 * 16 * 64);
});

test("a model of one's own with a convolution is seen in the same way", () => {
  const net = { kernel: normal(key(1), [4, 1, 3, 3]).realize(), out: normal(key(2), [4 * 3 * 3, 2]).realize() };
  const scores = ({ kernel, out }: typeof net, x: Tensor): Tensor => x.reshape([5, 1, 8, 8]).conv2d(kernel).relu().maxPool2d(2).reshape([5, 36]).matmul(out);
  const task = { kind: "class", scores, loss: (s: Tensor, y: Tensor) => s.softmaxCrossEntropy(y).mean(), penalty: () => tensor(0) } as const;
  const { layers } = lookAt(task, net, { x: normal(key(3), [5, 64]), y: tensor(Int32Array.of(0, 1, 0, 1, 1)) });
  assert.deepEqual(layers.map(({ name, units, places, flat }) => [name, units, places, flat]), [["kernel", 4, 36, "one end"]]);
});
