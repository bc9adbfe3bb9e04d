/** Statement 33: what is not meant to have a gradient has none, and needs neither a mode nor a word of releasing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { grad, grads, stopGradient, tensor, valueAndGrad, type Tensor } from "../../src/api/index.ts";

test("stopGradient detaches a value: it counts, and no gradient passes", () => {
  const f = (x: Tensor) => x.mul(stopGradient(x.sq()));
  const { value, grad: slope } = valueAndGrad(f)(3);
  assert.equal(value.itemSync(), 27);
  assert.equal(slope, 9);
  assert.equal(grad((x: Tensor) => grad(f)(x))(3), 0, "and none at the second order");
  assert.equal(grad((x: Tensor) => x.stopGradient().exp())(2), 0);
});

test("outside a transform nothing is recorded for gradients: a result is a value like any other", () => {
  const w = tensor([1, 2]);
  const made = w.mul(3);
  assert.deepEqual(grad((x: Tensor) => x.mul(made).sum())(tensor([1, 1])).toArraySync(), [3, 6]);
  // What a transform returned is detached too: a step of descent does not remember the steps before it.
  let x: Tensor = tensor([1, 2]);
  for (let i = 0; i < 3; i++) x = x.sub(grad((v: Tensor) => v.sq().sum())(x).mul(0.1));
  const [gradient] = grads((v: Tensor) => v.sum())(x);
  assert.deepEqual(gradient.toArraySync(), [1, 1]);
  assert.deepEqual(Array.from(x.dataSync(), (v) => Math.round(v * 1e12) / 1e12), [0.512, 1.024]);
});
