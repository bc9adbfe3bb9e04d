import assert from "node:assert/strict";
import { test } from "node:test";
import { key, tensor, type Tensor } from "../../src/api/index.ts";
import { applyMlp, he, linear, mlp, penalty, softmaxLoss, svmLoss, weightsOf, xavier } from "../../src/nn/index.ts";

const deviation = (x: Tensor): number => {
  const values = Float64Array.from(x.dataSync());
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
};

test("the same key gives the same layer, another key another; biases are 0", () => {
  const w = (seed: number) => linear(key(seed), 7, 3).w.toArraySync();
  assert.deepEqual(w(1), w(1));
  assert.notDeepEqual(w(1), w(2));
  assert.deepEqual(linear(key(1), 7, 3).b.toArraySync(), [0, 0, 0]);
});

test("layers of one net start apart", () => {
  const [first, second] = mlp(key(3), [4, 4, 4]);
  assert.notDeepEqual(first!.w.toArraySync(), second!.w.toArraySync());
});

test("starting weights have the deviation that He or Xavier say", () => {
  // 60,000 draws: the deviation of the deviation is 0.3%.
  for (const [spread, expected] of [[he, Math.sqrt(2 / 200)], [xavier, Math.sqrt(2 / 500)]] as const) {
    const found = deviation(linear(key(11), 200, 300, { spread }).w);
    assert.ok(Math.abs(found / expected - 1) < 0.015, `${found} for ${expected}`);
  }
});

test("float32 layers stay float32 through loss and penalty", () => {
  const net = mlp(key(0), [3, 4, 2], { dtype: "float32" });
  const scores = applyMlp(net, tensor(Float32Array.of(1, 2, 3), { shape: [1, 3] }));
  assert.equal(scores.dtype, "float32");
  for (const loss of [softmaxLoss, svmLoss]) assert.equal(loss(scores, [1]).add(penalty(net, { halfL2: 0.1 })).dtype, "float32");
});

test("a penalty leaves out biases by their names, and takes everything else", () => {
  const model = { w: tensor([3, 4]), b: tensor([100]), inner: [{ W1: tensor([1]), b1: tensor([100]), bias: tensor(100) }], blur: tensor([2]) };
  assert.equal(weightsOf(model).length, 3);
  assert.equal(penalty(model, { halfL2: 0.1 }).itemSync(), 0.05 * (25 + 1 + 4));
  assert.equal(penalty({ b: tensor([1]) }, { halfL2: 1 }).itemSync(), 0);
});
