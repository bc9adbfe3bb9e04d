/** Whole training steps, compiled, beside the same steps in the interpreter, several in a row. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, key, normal, split, type Tensor, tensor, valueAndGrad } from "../../src/api/index.ts";
import type { DType } from "../../src/ir/dtype.ts";
import { applyLinear, applyMlp, dropout, linear, mlp, penalty, softmaxLoss, svmLoss, type Linear, type Mlp } from "../../src/nn/index.ts";
import { adam, momentum, sgd, type Optimizer } from "../../src/optim/index.ts";
import { leavesOf } from "../../src/trace/tree.ts";

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

const batchOf = (rows: number, columns: number, classes: number, dtype: DType): Batch => ({
  x: normal(key(3), [rows, columns], { dtype }),
  y: tensor(Int32Array.from({ length: rows }, (_, i) => (i * 7) % classes)),
});

/** A step as people write it: value, gradients and update. */
const stepOf = <M, O extends Optimizer>(loss: (model: M, batch: Batch, noise: Tensor) => Tensor, optimizer: O) =>
  (model: M, state: ReturnType<O["init"]>, batch: Batch, noise: Tensor) => {
    const { value, grad } = valueAndGrad((m: M) => loss(m, batch, noise))(model as never);
    return { loss: value, ...optimizer.update(model, grad as M, state as never) };
  };

const same = (got: unknown, want: unknown, tolerance: number, what: string): void => {
  const wanted = leavesOf(want);
  leavesOf(got).forEach(({ tensor: x, path }, i) => {
    const y = wanted[i]!.tensor;
    assert.deepEqual([x.dtype, x.shape], [y.dtype, y.shape]);
    const [a, b] = [x.dataSync(), y.dataSync()];
    const largest = Array.from(b).reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3);
    a.forEach((v: number, j: number) => assert.ok(Math.abs(v - b[j]!) <= tolerance * largest, `${what}${path}[${j}]: ${v}, not ${b[j]}`));
  });
};

const compare = <M>(what: string, model: M, optimizer: Optimizer, loss: (model: M, batch: Batch, noise: Tensor) => Tensor, batch: Batch): void => {
  const plain = stepOf(loss, optimizer);
  const fast = compile(plain) as typeof plain;
  const narrow = batch.x.dtype === "float32";
  let [a, b] = [{ params: model, state: optimizer.init(model) }, { params: model, state: optimizer.init(model) }];
  for (const [i, noise] of split(key(9), 3).entries()) {
    const [got, want] = [fast(a.params as never, a.state as never, batch, noise), plain(b.params, b.state as never, batch, noise)];
    same(got, want, narrow ? 3e-4 : 1e-9, `${what}, step ${i + 1}`);
    [a, b] = [got as typeof a, want as typeof b];
  }
};

for (const dtype of ["float64", "float32"] as const) {
  test(`softmax and SVM classifiers with a penalty, ${dtype}`, () => {
    const batch = batchOf(24, 130, 5, dtype);
    const model = linear(key(1), 130, 5, { dtype });
    for (const [name, loss] of [["softmax", softmaxLoss], ["svm", svmLoss]] as const) {
      compare(name, model, sgd({ lr: 0.05 }), (m: Linear, { x, y }) => loss(applyLinear(m, x), y).add(penalty(m, { halfL2: 1e-3 })), batch);
    }
  });

  test(`a net with Adam, and one with momentum and dropout from a key, ${dtype}`, () => {
    const batch = batchOf(17, 20, 4, dtype);
    const model = mlp(key(2), [20, 33, 18, 4], { dtype });
    compare("adam", model, adam({ lr: 0.01 }), (m: Mlp, { x, y }) => softmaxLoss(applyMlp(m, x), y), batch);
    const noisy = (m: Mlp, { x, y }: Batch, noise: Tensor): Tensor => {
      const hidden = dropout(noise, applyLinear(m[0]!, x).tanh(), 0.7);
      return softmaxLoss(applyLinear(m[2]!, applyLinear(m[1]!, hidden).relu()), y);
    };
    compare("dropout", model, momentum({ lr: 0.01 }), noisy, batch);
  });
}
