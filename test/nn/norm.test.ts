/** Standardising, batch norm and layer norm against plain loops; statistics and parameters stay apart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile, Diagnostic, key, normal, tensor, valueAndGrad, variance, type Tensor } from "../../src/api/index.ts";
import { checkGradients } from "../../src/check/index.ts";
import { applyBatchNorm, applyLayerNorm, applyLinear, batchNorm, layerNorm, linear, loadModel, penalty, runningStatistics, saveModel, softmaxLoss, summary, trainBatchNorm, weightsOf } from "../../src/nn/index.ts";
import { adamW, sgd } from "../../src/optim/index.ts";
import { near } from "./cases.ts";

const exact = { rtol: 1e-12, atol: 1e-12 };
const mean = (x: readonly number[]): number => x.reduce((sum, v) => sum + v, 0) / x.length;
const spread = (x: readonly number[]): number => mean(x.map((v) => (v - mean(x)) ** 2));
const flat = (x: Tensor): number[] => Array.from(x.dataSync());

/** The numbers of each group that belongs together: those that agree in every other axis. */
const groups = (x: Tensor, axes: readonly number[]): number[][] => {
  const found = new Map<string, number[]>();
  const shape: readonly number[] = x.shape;
  flat(x).forEach((_, i) => {
    let rest = i;
    const at = shape.toReversed().map((n) => [rest % n, (rest = Math.floor(rest / n))][0]!).reverse();
    const name = at.filter((_, axis) => !axes.includes(axis)).join();
    found.set(name, [...(found.get(name) ?? []), i]);
  });
  return [...found.values()];
};

const drawn = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }))
  .map(([shape, chosen, seed]) => ({ x: normal(key(seed), shape, { deviation: 3 }), axes: shape.map((_, i) => i).filter((i) => chosen[i]) }));

test("variance and standardize are the plain loops, over any axes and shapes", () => {
  fc.assert(
    fc.property(drawn, ({ x, axes }) => {
      const numbers = flat(x);
      const expected = new Array<number>(numbers.length);
      for (const group of groups(x, axes)) {
        const own = group.map((i) => numbers[i]!);
        for (const i of group) expected[i] = (numbers[i]! - mean(own)) / Math.sqrt(spread(own) + 0.01);
      }
      const y = x.standardize({ axes, epsilon: 0.01 });
      assert.deepEqual(y.shape, x.shape);
      flat(y).forEach((v, i) => assert.ok(Math.abs(v - expected[i]!) < 1e-11, `${v} for ${expected[i]}`));
      if (x.size > 0) near(flat(x.variance({ axes })), groups(x, axes).map((group) => spread(group.map((i) => numbers[i]!))), exact, "variance");
    }),
  );
});

test("a variance keeps its digits far from 0, and is NaN over no numbers", () => {
  near(variance(tensor([1e9 + 1, 1e9 + 2, 1e9 + 3])), 2 / 3, exact, "far from 0");
  assert.equal(variance(tensor([5])).itemSync(), 0);
  assert.ok(Number.isNaN(variance(tensor([])).itemSync()));
  assert.ok(Number.isNaN(variance(tensor([1, Infinity])).itemSync()));
  assert.deepEqual(tensor([3, 3, 3]).standardize().toArraySync(), [0, 0, 0]);
});

const x2 = normal(key(1), [5, 3], { deviation: 2 }).add(tensor([10, -5, 0])).realize();
const x4 = normal(key(2), [2, 3, 2, 2]).realize();
const layer = { scale: tensor([1, 2, 3]), shift: tensor([11, 12, 13]) };

test("batch norm in training: each channel has the shift as its mean and the scale as its deviation", () => {
  for (const x of [x2, x4]) {
    const { y } = trainBatchNorm(layer, runningStatistics(3), x, { epsilon: 1e-12 });
    assert.deepEqual(y.shape, x.shape);
    const channels = groups(y, x.shape.map((_: number, i: number) => i).filter((i: number) => i !== 1)).map((group) => group.map((i) => flat(y)[i]!));
    near(channels.map(mean), [11, 12, 13], { rtol: 1e-9, atol: 0 }, "means");
    near(channels.map((c) => Math.sqrt(spread(c))), [1, 2, 3], { rtol: 1e-9, atol: 0 }, "deviations");
  }
});

test("batch norm in training: all gradients are the measured ones", () => {
  for (const x of [x2, x4]) {
    const f = (l: typeof layer, x: Tensor): Tensor => trainBatchNorm(l, runningStatistics(3), x).y.sin().sum();
    const check = checkGradients(f, [layer, x], { samples: 20 });
    assert.equal(check.verdict, "good", check.text);
  }
});

test("running statistics: momentum times the old ones and the rest of the batch's, the variance unbiased", () => {
  const old = { runningMean: tensor([1, 2, 3]), runningVariance: tensor([4, 5, 6]) };
  const columns = [0, 1, 2].map((c) => (x2.toArraySync() as number[][]).map((row) => row[c]!));
  const { statistics } = trainBatchNorm(layer, old, x2, { momentum: 0.8 });
  near(statistics.runningMean, columns.map((c, i) => 0.8 * (i + 1) + 0.2 * mean(c)), exact, "mean");
  near(statistics.runningVariance, columns.map((c, i) => 0.8 * (i + 4) + 0.2 * spread(c) * (5 / 4)), exact, "variance");
  assert.deepEqual(old.runningMean.toArraySync(), [1, 2, 3], "the old ones stay as they were");
  const fresh = trainBatchNorm(layer, runningStatistics(3), x2).statistics;
  near(fresh.runningMean, columns.map((c) => 0.1 * mean(c)), exact, "0.9 by default");
});

test("prediction: a row's result does not depend on the others, and is the training's for statistics of the batch", () => {
  let running = runningStatistics(3);
  for (let i = 0; i < 400; i++) running = trainBatchNorm(layer, running, x2).statistics;
  const whole = applyBatchNorm(layer, running, x2);
  near(whole.slice([[2, 3]]), applyBatchNorm(layer, running, x2.slice([[2, 3]])).toArraySync() as number[][], exact, "a row alone");
  const biased = { ...running, runningVariance: running.runningVariance.mul(4 / 5) };
  near(applyBatchNorm(layer, biased, x2), trainBatchNorm(layer, running, x2).y.toArraySync() as number[][], { rtol: 1e-9, atol: 1e-9 }, "as in training");
  assert.deepEqual(applyBatchNorm(layer, running, x2.slice([[0, 0]])).shape, [0, 3]);
  assert.deepEqual(applyBatchNorm(layer, running, x4).shape, x4.shape);
});

test("layer norm: rows by themselves, the gradients are the measured ones", () => {
  const y = applyLayerNorm(layer, x2, { epsilon: 1e-12 });
  (x2.toArraySync() as number[][]).forEach((row, i) => {
    near(y.slice([i]), row.map((v, c) => ((v - mean(row)) / Math.sqrt(spread(row))) * (c + 1) + 11 + c), { rtol: 1e-9, atol: 1e-9 }, `row ${i}`);
  });
  const check = checkGradients((l: typeof layer, x: Tensor) => applyLayerNorm(l, x).sin().sum(), [layer, x2], { samples: 20 });
  assert.equal(check.verdict, "good", check.text);
  assert.equal(applyLayerNorm(layerNorm(3, { dtype: "float32" }), x2.cast("float32")).dtype, "float32");
});

const net = { hidden: linear(key(4), 3, 4), norm: batchNorm(4), out: linear(key(5), 4, 2) };
const labels = [0, 1, 1, 0, 1];
const forward = (m: typeof net, running: ReturnType<typeof runningStatistics>, x: Tensor) => {
  const { y, statistics } = trainBatchNorm(m.norm, running, applyLinear(m.hidden, x));
  return { loss: softmaxLoss(applyLinear(m.out, y.relu()), labels), aux: statistics };
};

test("a training step hands the new statistics on beside the gradient, the same inside compile", () => {
  const running = runningStatistics(4);
  const step = (m: typeof net, r: typeof running, x: Tensor) => {
    const { value, grad, aux } = valueAndGrad(forward)(m, r, x);
    return { value, aux, model: sgd({ lr: 0.1 }).update(m, grad, {}).params };
  };
  const plain = step(net, running, x2);
  const compiled = compile(step)(net, running, x2);
  near(plain.aux.runningMean, trainBatchNorm(net.norm, running, applyLinear(net.hidden, x2)).statistics.runningMean.toArraySync() as number[], exact, "statistics");
  assert.deepEqual(compiled.aux.runningVariance.toArraySync(), plain.aux.runningVariance.toArraySync());
  assert.deepEqual(compiled.model.norm.scale.toArraySync(), plain.model.norm.scale.toArraySync());
  assert.deepEqual(step(net, running, x2).value.itemSync(), plain.value.itemSync(), "no step leaves anything behind");
  let [model, statistics, loss] = [net, running, Infinity];
  for (let i = 0; i < 60; i++) {
    const next = step(model, statistics, x2);
    [model, statistics, loss] = [next.model, next.aux, next.value.itemSync()];
  }
  assert.ok(loss < plain.value.itemSync() / 2, `${loss}`);
});

test("statistics are no parameters: not counted, not penalised, not changed by any step", () => {
  const all = { ...net, running: { runningMean: tensor([1, 2, 3, 4]), runningVariance: tensor([5, 6, 7, 8]) } };
  assert.equal(summary(all).parameters, summary(net).parameters);
  assert.equal(summary(net).parameters, 3 * 4 + 4 + 2 * 4 + 4 * 2 + 2);
  assert.match(summary(all).text, /^running\.runningMean +\[4\] +0$/m);
  assert.equal(weightsOf(all).length, 2);
  assert.equal(weightsOf(all, { biases: true }).length, 6);
  assert.equal(penalty(all, { l2: 1 }).itemSync(), penalty(net, { l2: 1 }).itemSync());
  const { grad } = valueAndGrad((m: typeof all) => forward(m, m.running, x2))(all);
  const optimizer = adamW({ lr: 0.1, decay: 0.5 });
  const { params } = optimizer.update(all, grad, optimizer.init(all));
  assert.deepEqual(params.running.runningMean.toArraySync(), [1, 2, 3, 4]);
  assert.deepEqual(params.running.runningVariance.toArraySync(), [5, 6, 7, 8]);
  assert.notDeepEqual(params.norm.shift.toArraySync(), net.norm.shift.toArraySync());
  const saved = loadModel(saveModel(all), all);
  assert.deepEqual(saved.running.runningMean.toArraySync(), [1, 2, 3, 4]);
});

test("what does not fit is said with the shapes", () => {
  const fails = (f: () => unknown, code: string, ...words: string[]): void => {
    assert.throws(f, (error) => error instanceof Diagnostic && error.code === code && words.every((word) => error.message.includes(word)), code);
  };
  const running = runningStatistics(3);
  fails(() => applyLayerNorm(layerNorm(4), x2), "norm-does-not-fit", "[4]", "[5, 3]");
  fails(() => applyLayerNorm(layerNorm(1), x2), "norm-does-not-fit", "[1]", "[5, 3]");
  fails(() => applyLayerNorm(layerNorm(1), tensor(3)), "norm-does-not-fit", "missing");
  fails(() => trainBatchNorm(batchNorm(5), running, x2), "norm-does-not-fit", "scale [5]", "[5, 3]", "axis of channels has 3");
  fails(() => trainBatchNorm(layer, runningStatistics(2), x2), "norm-does-not-fit", "runningMean [2]");
  fails(() => trainBatchNorm(layer, running, x2.slice([0])), "norm-does-not-fit", "[3]");
  fails(() => trainBatchNorm(layer, running, x2.slice([[0, 1]])), "batch-too-small", "[1, 3]", "1 number for");
  for (const momentum of [-0.1, 1.1, NaN]) fails(() => trainBatchNorm(layer, running, x2, { momentum }), "bad-momentum");
  for (const epsilon of [0, -1, NaN]) fails(() => trainBatchNorm(layer, running, x2, { epsilon }), "bad-epsilon");
  fails(() => applyBatchNorm(layer, running, x2, { epsilon: 0 }), "bad-epsilon");
  fails(() => applyBatchNorm(layer, running, x2, { momentum: 0.5 } as never), "bad-options", "momentum");
  fails(() => x2.standardize({ axis: 0 } as never), "bad-options", "axis");
  fails(() => x2.standardize({ axes: 2 }), "axis-out-of-range");
});
