/** Penalties, max-norm, dropout, maxout and the summary. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, grads, key, ones, tensor, type Tensor } from "../../src/api/index.ts";
import { checkGradients } from "../../src/check/index.ts";
import { applyMaxout, dropout, maxNorm, maxout, mlp, penalty, summary, weightsOf } from "../../src/nn/index.ts";

const model = { w: tensor([[3, -1], [4, 0.5]]), b: tensor([2, -2]) };
const both = { halfL2: 0.3, l2: 0.2, l1: 0.1 };

test("penalties: both conventions of L2, L1, and their sum; biases only when asked", () => {
  const close = (options: Parameters<typeof penalty>[1], expected: number): void => {
    const found = penalty(model, options).itemSync();
    assert.ok(Math.abs(found - expected) < 1e-12, `${JSON.stringify(options)}: ${found}, not ${expected}`);
  };
  close({ halfL2: 0.3 }, 0.15 * 26.25);
  close({ l2: 0.2 }, 0.2 * 26.25);
  close({ l1: 0.1 }, 0.1 * 8.5);
  close(both, 0.35 * 26.25 + 0.85);
  close({ ...both, biases: true }, 0.35 * 34.25 + 0.1 * 12.5);
  assert.equal(weightsOf(model, { biases: true }).length, 2);
});

test("penalties: the gradient is the measured one, and 0 for biases", () => {
  const check = checkGradients((m: typeof model) => penalty(m, both), [model]);
  assert.equal(check.verdict, "good", check.text);
  assert.deepEqual(grads((m: typeof model) => penalty(m, both))(model)[0].b.toArraySync(), [0, 0]);
  assert.deepEqual(grads((w: Tensor) => penalty(w, { l1: 1 }))(tensor([0, 2, -2]))[0].toArraySync(), [0, 1, -1]);
});

test("penalties: strengths that are none, and misspelt ones, are refused", () => {
  for (const lambda of [-1, NaN, Infinity]) assert.throws(() => penalty(model, { l1: lambda }), { code: "bad-strength" });
  assert.throws(() => penalty(model, { L2: 1 } as never), { code: "bad-options" });
});

test("max-norm: each neuron's weights shrink to the limit, shorter ones stay to the bit, zeros stay zeros", () => {
  const net = { w: tensor([[3, 0.1, 0], [4, 0.2, 0]]), b: tensor([9, 9, 9]), steps: tensor([7], { dtype: "int32" }) };
  const bound = maxNorm(net, 2.5);
  assert.deepEqual(bound.w.toArraySync(), [[1.5, 0.1, 0], [2, 0.2, 0]]);
  assert.deepEqual(bound.b.toArraySync(), [9, 9, 9]);
  assert.equal(bound.steps, net.steps);
  assert.deepEqual(maxNorm(tensor([3, 4]), 1).toArraySync(), [0.6000000000000001, 0.8]);
  assert.deepEqual(maxNorm({ b: tensor([3, 4]) }, 2.5, { biases: true }).b.toArraySync(), [1.5, 2]);
  for (const limit of [0, -1, NaN]) assert.throws(() => maxNorm(net, limit), { code: "bad-limit" });
});

test("dropout: the mean stays, what is kept is divided by the share that is kept", () => {
  for (const keep of [0.2, 0.5, 0.9]) {
    const values = dropout(key(3), ones([40_000]), keep).dataSync();
    const kept = values.filter((v) => v !== 0);
    assert.ok(kept.every((v) => v === 1 / keep));
    // The deviation of the mean is sqrt((1 - keep) / keep / 40000), at most 0.01.
    const mean = (kept.length * (1 / keep)) / values.length;
    assert.ok(Math.abs(mean - 1) < 0.04, `mean ${mean} at ${keep}`);
  }
});

test("dropout: the same key gives the same mask, another key another", () => {
  const mask = (seed: number): unknown => dropout(key(seed), ones([4, 8])).toArraySync();
  assert.deepEqual(mask(1), mask(1));
  assert.notDeepEqual(mask(1), mask(2));
});

test("dropout: what is dropped gets no gradient, and the rest is the measured one", () => {
  const x = tensor([1, 2, 3, 4, 5, 6]);
  const f = (x: Tensor): Tensor => dropout(key(5), x, 0.5).sq().sum();
  assert.equal(checkGradients(f, [x]).verdict, "good");
  const out = dropout(key(5), x, 0.5).dataSync();
  const d = grads(f)(x)[0].dataSync();
  assert.ok(out.includes(0) && out.some((v) => v !== 0));
  out.forEach((v, i) => assert.equal(d[i], 4 * v));
});

test("dropout: inside compile the mask follows the key that is passed", () => {
  const step = compile((k: Tensor, x: Tensor) => dropout(k, x));
  for (const seed of [1, 2]) assert.deepEqual(step(key(seed), ones([16])).toArraySync(), dropout(key(seed), ones([16])).toArraySync());
});

test("dropout: shares outside (0, 1] are refused; type and infinities are kept apart", () => {
  for (const keep of [0, 1.5, -1, NaN]) assert.throws(() => dropout(key(0), ones([2]), keep), { code: "bad-probability" });
  assert.equal(dropout(key(0), ones([2], { dtype: "float32" })).dtype, "float32");
  assert.ok(dropout(key(3), ones([100]).mul(Infinity)).dataSync().every((v) => v === 0 || v === Infinity));
});

test("maxout: twice the parameters of a linear layer, and the gradient is the measured one", () => {
  const layer = maxout(key(1), 3, 4);
  assert.equal(summary(layer).parameters, 2 * (3 * 4 + 4));
  assert.equal(summary(maxout(key(1), 3, 4, { pieces: 3 })).parameters, 3 * (3 * 4 + 4));
  assert.notDeepEqual(layer.pieces[0]!.w.toArraySync(), layer.pieces[1]!.w.toArraySync());
  const x = tensor([[1, -2, 0.5], [0.3, 0.1, -1]]);
  const check = checkGradients((l: typeof layer) => applyMaxout(l, x).sq().sum(), [layer]);
  assert.equal(check.verdict, "good", check.text);
  assert.equal(weightsOf(layer).length, 2);
  for (const pieces of [1, 2.5]) assert.throws(() => maxout(key(0), 1, 1, { pieces }), { code: "bad-pieces" });
});

test("summary: the notes' nets have 26 and 41 parameters", () => {
  const { rows, parameters, text } = summary(mlp(key(0), [3, 4, 2]));
  assert.equal(parameters, 26);
  assert.deepEqual(rows[0], { path: "[0].w", shape: [3, 4], parameters: 12 });
  assert.equal(
    text,
    [
      "tensor  shape   parameters",
      "[0].w   [3, 4]          12",
      "[0].b   [4]              4",
      "[1].w   [4, 2]           8",
      "[1].b   [2]              2",
      "total                   26",
    ].join("\n"),
  );
  assert.equal(summary(mlp(key(0), [3, 4, 4, 1])).parameters, 41);
});

test("summary: whole numbers are shown, not counted; a model may be one tensor or nothing", () => {
  assert.deepEqual(summary({ head: { w: tensor([1, 2]) }, steps: tensor([7], { dtype: "int32" }) }).rows, [
    { path: "head.w", shape: [2], parameters: 2 },
    { path: "steps", shape: [1], parameters: 0 },
  ]);
  assert.match(summary(tensor([1, 2])).text, /^\(model\) {2}\[2\] +2$/m);
  assert.equal(summary({}).parameters, 0);
});
