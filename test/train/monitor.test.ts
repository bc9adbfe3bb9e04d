/** The monitors: sizes of updates, spreads of gradients and activations, dead and saturated units. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { elu, gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from "../../src/api/functions.ts";
import { key, normal } from "../../src/api/random.ts";
import { asBatch } from "../../src/data/examples.ts";
import { applyLinear, linear, type Linear } from "../../src/nn/linear.ts";
import { softmaxLoss } from "../../src/nn/losses.ts";
import { deadUnits, lookAt, lookAtRows, saturatedShare } from "../../src/train/look.ts";
import { histogramOf, monitor, monitorLine, monitorText, positionOf, ratiosOf, sparkline, train, type Task } from "../../src/train/index.ts";
import type { StepEvent } from "../../src/train/fit.ts";
import type { Network } from "../../src/train/network.ts";
import { tensor, type Tensor } from "../../src/trace/tensor.ts";
import { load } from "../nn/cases.ts";
import { drawnWith, filling, on } from "./set-ups.ts";

const cases = load("networks");

interface Net {
  readonly first: Linear;
  readonly second: Linear;
  readonly last: Linear;
}

/** A model as a user writes it: nothing but functions says what its layers are. */
const taskWith = (activation: (x: Tensor) => Tensor): Task<Net> => ({
  kind: "class",
  scores: ({ first, second, last }, x) => applyLinear(last, activation(applyLinear(second, activation(applyLinear(first, x))))),
  loss: softmaxLoss,
  penalty: () => tensor(0),
});

const net: Net = { first: linear(key(1), 5, 8), second: linear(key(2), 8, 6), last: linear(key(3), 6, 3) };
const batch = asBatch({ x: normal(key(4), [320]).dataSync() as Float64Array, y: Int32Array.from({ length: 64 }, (_, i) => i % 3), columns: 5 });

const layerNorm = (x: Tensor): Tensor => {
  const centred = x.sub(x.mean({ axes: -1, keepDims: true }));
  return relu(centred.div(centred.sq().mean({ axes: -1, keepDims: true }).add(1e-5).sqrt()));
};

test("the layers of a model that is only a function are found, with where their activations are flat", () => {
  const flat = {
    relu, max: (x: Tensor) => x.max(0), where: (x: Tensor) => x.gt(0).where(x, 0), elu: (x: Tensor) => elu(x), gelu, silu, softplus, layerNorm,
    tanh, sigmoid,
    leaky: (x: Tensor) => leakyRelu(x), none: (x: Tensor) => x, residual: (x: Tensor) => x.add(relu(x)),
  };
  const found = Object.entries(flat).map(([name, activation]) => {
    const { layers } = lookAt(taskWith(activation), net, batch);
    assert.deepEqual(layers.map(({ name: layer, units }) => [layer, units]), [["first", 8], ["second", 6]], name);
    assert.equal(layers[0]!.flat, layers[1]!.flat, name);
    return [name, layers[0]!.flat];
  });
  const ends = new Map(found as [string, string][]);
  assert.deepEqual([...ends].filter(([, end]) => end === "one end").map(([name]) => name), ["relu", "max", "where", "elu", "gelu", "silu", "softplus", "layerNorm"]);
  assert.deepEqual([...ends].filter(([, end]) => end === "both ends").map(([name]) => name), ["tanh", "sigmoid"]);
});

test("slopes and gradients of a layer are those of its activation and of the loss", () => {
  const { layers, parameters, inputs } = lookAt(taskWith(tanh), net, batch);
  for (const { activations, slopes } of layers) activations.forEach((y, i) => assert.ok(Math.abs(slopes[i]! - (1 - y * y)) < 1e-12));
  // The gradient of the last weights is made of what the last hidden layer gives.
  const last = parameters.find(({ path }) => path === "last.w")!;
  assert.ok(last.gradient.some((g) => g !== 0));
  assert.deepEqual(inputs.map(({ columns }) => columns), [5]);
});

test("dead-relu: units whose sums are negative for all rows have no gradient, and are counted, whatever their kind", () => {
  assert.match(String(cases.of("dead-relu")["text"]), /a monitor counts such units/);
  for (const [activation, bias] of [[relu, -20], [gelu, -20], [(x: Tensor) => elu(x), -20], [(x: Tensor) => silu(x), -30]] as const) {
    const b = new Float64Array(8);
    b.fill(bias, 0, 3);
    const dead = { ...net, first: { ...net.first, b: tensor(b) } };
    const { layers, parameters } = lookAt(taskWith(activation), dead, batch);
    assert.deepEqual(layers.map(deadUnits), [3, 0]);
    const gradient = parameters.find(({ path }) => path === "first.b")!.gradient;
    assert.ok(Array.from(gradient.slice(0, 3)).every((g) => Math.abs(g) < 1e-6), "dead units have no gradient");
    assert.ok(Array.from(gradient.slice(3)).every((g) => Math.abs(g) > 1e-6), "the others have one");
  }
});

test("dead-relu: a dead unit stays as it is through a whole training", async () => {
  const plan = await filling(on("moons", { epochs: 3, l2: 0 }), /\[0\]\.b/, -10)(1);
  let last: Network = plan.start;
  for await (const event of train(plan)) if (event.event === "step") last = event.position.model;
  assert.deepEqual(lookAtRows(plan.task, last, plan.data.train, 180).layers.map(deadUnits), [16]);
  assert.deepEqual((last[0] as Linear).w.toArraySync(), (plan.start[0] as Linear).w.toArraySync());
});

test("saturated: the share near either end of a tanh or a sigmoid, and none of a relu", async () => {
  const shareOf = async (activation: "tanh" | "sigmoid" | "relu", deviation: number): Promise<number> => {
    const { task, start, data } = await drawnWith(on("moons", { activation }), deviation)(1);
    return saturatedShare(lookAtRows(task, start, data.train, 64).layers[0]!);
  };
  assert.ok((await shareOf("tanh", 0.5)) < 0.05);
  assert.ok((await shareOf("tanh", 20)) > 0.7);
  assert.ok((await shareOf("sigmoid", 20)) > 0.6);
  assert.equal(await shareOf("relu", 20), 0);
});

const firstStep = async (): Promise<StepEvent<Network>> => {
  const plan = await on("moons", { optimizer: "sgd", lr: 0.25, schedule: "constant", epochs: 1, dtype: "float64" })(1);
  for await (const event of train(plan, positionOf(plan), () => true)) if (event.event === "step") return event;
  throw new Error("no step");
};

test("update-ratio: |lr dW| / |W| of every parameter", async () => {
  assert.match(String(cases.of("update-ratio")["text"]), /\|lr\*dW\| \/ \|W\|/);
  const step = await firstStep();
  const ratios = ratiosOf(step);
  assert.deepEqual([...ratios.keys()], ["[0].w", "[0].b", "[1].w", "[1].b"]);
  const length = (x: Tensor): number => Math.hypot(...(x.dataSync() as Float64Array));
  for (const layer of [0, 1] as const) {
    const wanted = (0.25 * length((step.gradient[layer] as Linear).w)) / length((step.before![layer] as Linear).w);
    assert.ok(Math.abs(ratios.get(`[${layer}].w`)! - wanted) < 1e-12, `${ratios.get(`[${layer}].w`)} is not ${wanted}`);
    assert.equal(ratios.get(`[${layer}].b`), undefined, "biases start at 0, beside which everything is infinitely large");
  }
});

test("a monitor event is plain data", async () => {
  const { task, data } = await on("moons")(1);
  const event = monitor(task, await firstStep(), data.train);
  assert.deepEqual(JSON.parse(JSON.stringify(event)), event);
  assert.equal(event.layers[0]!.activations.counts.reduce((sum, n) => sum + n, 0), 64 * 16);
  assert.equal(event.parameters[0]!.gradient.counts.reduce((sum, n) => sum + n, 0), 2 * 16);
});

test("monitors as text", async () => {
  const { task, data } = await on("moons")(1);
  const event = monitor(task, await firstStep(), data.train);
  const text = monitorText(event, { ascii: true });
  assert.match(text, /^layer +units +from +activations +to +from +gradient +to +dead +saturated\n\[0\] +16 +0 +\|[ .:=+*#@-]{20}\| +[\d.]+ /);
  assert.match(text, /\ntensor +\|update\|\/\|w\| +from +gradient +to\n\[0\]\.w +0\.\d+ +-/);
  assert.match(text, /\n\[0\]\.b +- +/);
  assert.match(monitorLine(event), /^updates 0\.\d+, dead 0%, saturated 0%$/);
  assert.match(monitorLine({ ...event, layers: [] }), /^updates 0\.\d+$/);
});

test("histograms: bins of equal width, nothing lost, what is not finite left out", () => {
  assert.deepEqual(histogramOf([0, 1, 1, 4], 2), { low: 0, high: 4, counts: [3, 1] });
  assert.deepEqual(histogramOf([2, 2], 3), { low: 2, high: 2, counts: [2, 0, 0] });
  assert.deepEqual(histogramOf([NaN, 1, Infinity, 3], 2), { low: 1, high: 3, counts: [1, 1] });
  assert.deepEqual(histogramOf([], 2), { low: 0, high: 0, counts: [0, 0] });
  assert.deepEqual(histogramOf([-Number.MAX_VALUE, Number.MAX_VALUE], 2).counts, [1, 1]);
  assert.equal(sparkline({ low: 0, high: 1, counts: [0, 1, 80, 40] }), " ▁█▄");
  assert.equal(sparkline({ low: 0, high: 1, counts: [0, 1, 80, 40] }, { ascii: true }), " .@=");
});
