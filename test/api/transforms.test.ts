import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compile, concat, einsum, grad, grads, hessian, hvp, jvp, Diagnostic, key, max, normal, tensor, Tensor, valueAndGrad, vjp, where, zeros, type Nested,
} from "../../src/api/index.ts";

const close = (a: number, b: number, rtol = 1e-12): void =>
  assert.ok(Object.is(a, b) || Math.abs(a - b) <= rtol * Math.max(Math.abs(a), Math.abs(b)), `${a} is not ${b}`);

const fails = (f: () => unknown, code: string): Diagnostic => {
  let caught: unknown;
  try {
    f();
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof Diagnostic, `expected a Diagnostic, got ${String(caught)}`);
  assert.equal(caught.code, code, caught.message);
  return caught;
};

test("gradients of the lecture's first circuit, numbers for numbers", () => {
  const f = (x: Tensor, y: Tensor, z: Tensor) => x.add(y).mul(z);
  assert.deepEqual(grads(f)(-2, 5, -4), [-4, -4, 3]);
  const value: number = grad((x: Tensor) => x.mul(x))(3);
  assert.equal(value, 6);
});

test("what a function computes beside its loss comes back as values, and takes no part in the gradient", () => {
  let calls = 0;
  const f = (x: Tensor, y: Tensor) => {
    calls++;
    const scores = x.mul(y);
    return { loss: scores.sum(), aux: { scores, doubled: [x.mul(2)], note: "kept", n: 3 } };
  };
  const { value, grad: g, aux } = valueAndGrad(f)(tensor([1, 2]), tensor([3, 4]));
  assert.equal(calls, 1);
  assert.equal(value.itemSync(), 11);
  assert.deepEqual(g.toArraySync(), [3, 4]);
  assert.deepEqual([aux.scores.toArraySync(), aux.doubled[0]!.toArraySync(), aux.note, aux.n], [[3, 8], [2, 4], "kept", 3]);
  assert.ok(!aux.scores.isTraced && aux.scores.held !== undefined, "a value, not a graph");
  const compiled = compile((x: Tensor, y: Tensor) => valueAndGrad(f)(x, y).aux.scores)(tensor([1, 2]), tensor([3, 4]));
  assert.deepEqual(compiled.toArraySync(), [3, 8]);
  const outer = grad((x: Tensor) => valueAndGrad(f)(x, tensor([3, 4])).aux.scores.sq().sum())(tensor([1, 2]));
  assert.deepEqual(outer.toArraySync(), [18, 64]);
  fails(() => valueAndGrad((x: Tensor) => ({ loss: x, aux: x }))(tensor([1, 2])), "not-a-scalar");
  assert.deepEqual(valueAndGrad((x: Tensor) => ({ loss: x.sum(), aux: undefined }))(tensor([1])).grad.toArraySync(), [1]);
});

test("gradients keep the shape of a tree and leave its other fields alone", () => {
  const model = { layers: [{ w: tensor([[1, 2], [3, 4]]), b: tensor([0, 1]) }], alpha: 0.5, name: "net" };
  const loss = (m: typeof model, x: Tensor) => x.matmul(m.layers[0]!.w).add(m.layers[0]!.b).mul(m.alpha).sum();
  const { value, grad: g } = valueAndGrad(loss)(model, tensor([[1, 1]]));
  assert.equal(value.itemSync(), 0.5 * (4 + 7));
  assert.deepEqual(g.layers[0]!.w.toArraySync(), [[0.5, 0.5], [0.5, 0.5]]);
  assert.deepEqual(g.layers[0]!.b.toArraySync(), [0.5, 0.5]);
  assert.equal(g.alpha, 0.5);
  assert.equal(g.name, "net");
});

test("an argument that is not used has a gradient of zeros", () => {
  const [, gy] = grads((x: Tensor, y: Tensor) => x.mul(y.mul(0).add(1)).sum().add(x.sum()))(tensor([1, 2]), tensor([3, 4]));
  assert.deepEqual(gy.toArraySync(), [0, 0]);
  const [, unused] = grads((x: Tensor, _y: Tensor) => x.sum())(tensor([1]), tensor([[1, 2]]));
  assert.deepEqual(unused.toArraySync(), [[0, 0]]);
});

test("transforms nest to any order, in both directions", () => {
  const cube = (x: Tensor) => x.mul(x).mul(x);
  assert.equal(hvp(cube)(2, 1), 12);
  const third = grad((x: Tensor) => grad((y: Tensor) => grad(cube)(y))(x))(2);
  assert.equal(third, 6);
  const powers = (x: Tensor) => x.pow(5);
  let f: (x: Tensor) => Tensor = powers;
  const expected = [5 * 16, 20 * 8, 60 * 4, 120 * 2, 120, 0];
  for (const want of expected) {
    const before = f;
    f = (x) => grad(before)(x);
    close(f(tensor(2)).itemSync(), want);
  }
  assert.deepEqual(hessian((x: Tensor) => x.mul(x).mul(x).sum())(tensor([1, 2])).toArraySync(), [[6, 0], [0, 12]]);
});

test("the Hessian is a transform like the others: inside grad and compile too", () => {
  const cubes = (x: Tensor) => x.mul(x).mul(x).sum();
  assert.deepEqual(grad((x: Tensor) => hessian(cubes)(x).sum())(tensor([1, 2])).toArraySync(), [6, 6]);
  assert.deepEqual(compile((x: Tensor) => hessian(cubes)(x))(tensor([1, 2])).toArraySync(), [[6, 0], [0, 12]]);
  assert.deepEqual(hessian(cubes)(tensor([])).shape, [0, 0]);
  const single = hessian(cubes)(tensor([[1]], { dtype: "float32" }));
  assert.deepEqual([single.shape, single.dtype], [[1, 1, 1, 1], "float32"]);
});

test("a value captured from an outer trace is differentiated, not frozen", () => {
  // d/dy [ d/dx (x^2 y) at x = 3 ] = 2x = 6.
  const outer = (y: Tensor) => grad((x: Tensor) => x.mul(x).mul(y))(tensor(3));
  assert.equal(grad(outer)(5), 6);
});

test("perturbations of different levels are not confused", () => {
  // d/dx [ x * d/dy (x + y) ] = 1, the classic trap of nested differentiation.
  assert.equal(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(tensor(1))))(1), 1);
});

test("forward mode agrees with reverse mode on every form", () => {
  const cases: ((x: Tensor) => Tensor)[] = [
    (x) => x.mul(x).sin().sum(),
    (x) => x.matmul(x.transpose()).exp().sum(),
    (x) => x.amax({ axes: 1 }).mul(3).sum(),
    (x) => x.logsumexp({ axes: 0 }).sum(),
    (x) => x.softmax().mul([[1, 2, 3]]).sum(),
    (x) => concat([x, x.mul(2)], { axis: 1 }).pad([[1, 0], [0, 2]]).slice([null, [1, 6]]).sq().sum(),
    (x) => x.gather(tensor([1, 0, 1], { dtype: "int32" })).sigmoid().sum(),
    (x) => einsum("ij,kj->ik", x, x).tanh().sum(),
    (x) => where(x.gt(0), x.sq(), x.neg()).sum(),
    (x) => max(x, x.neg(), 0.1).mean(),
  ];
  const x = normal(key(1), [2, 3]);
  const v = normal(key(2), [2, 3]);
  for (const f of cases) {
    const { tangent } = jvp(f)([x], [v]);
    close(tangent.itemSync(), (grad(f)(x)).mul(v).sum().itemSync(), 1e-11);
  }
});

test("vjp pulls back any gradient of any result", () => {
  const { value, pullback } = vjp((x: Tensor, w: Tensor) => ({ y: x.matmul(w), s: x.sum() }))(tensor([[1, 2]]), tensor([[3], [4]]));
  assert.deepEqual(value.y.toArraySync(), [[11]]);
  const [gx, gw] = pullback({ y: tensor([[1]]), s: tensor(10) });
  assert.deepEqual(gx.toArraySync(), [[13, 14]]);
  assert.deepEqual(gw.toArraySync(), [[1], [2]]);
  const [again] = pullback({ y: tensor([[0]]), s: tensor(1) });
  assert.deepEqual(again.toArraySync(), [[1, 1]]);
  fails(() => pullback({ y: tensor([1, 2]), s: tensor(1) }), "does-not-fit");
});

test("gradients and tangents take the type of what they belong to, whatever is handed in", () => {
  const x = tensor([1, 2], { dtype: "float32" });
  const double = (v: Tensor) => v.mul(2);
  assert.equal(vjp(double)(x).pullback(tensor([1, 1]))[0].dtype, "float32");
  assert.equal(jvp(double)([x], [tensor([1, 1])]).tangent.dtype, "float32");
  const { tangent } = jvp((v: Tensor) => v.mul(0.5))([tensor([1, 2])], [tensor([1, 1], { dtype: "int32" })]);
  assert.deepEqual([tangent.dtype, tangent.toArraySync()], ["float64", [0.5, 0.5]]);
});

test("a traced value used as a plain JavaScript value throws at the user's line", () => {
  for (const use of [(x: Tensor) => Number(x) > 0, (x: Tensor) => (x as unknown as number) > 0, (x: Tensor) => `${x}`, (x: Tensor) => +x]) {
    const error = fails(() => grad((x: Tensor) => (use(x) ? x : x.neg()))(3), "traced-value-as-primitive");
    assert.match(error.place?.file ?? "", /transforms\.test\.ts$/);
    assert.match(error.sentence, /"x" is being traced/);
  }
  fails(() => grad((x: Tensor) => tensor(x.itemSync()))(3), "traced-value-read");
  assert.equal(Number(tensor(3).mul(2)), 6, "a value is a number where it has one");
});

test("what cannot be differentiated is one clear error", () => {
  fails(() => grad((x: Tensor) => x)(tensor([1, 2, 3])), "not-a-scalar");
  fails(() => grad(() => undefined as unknown as Tensor)(1), "not-a-tensor");
  fails(() => grad((x: Tensor) => x.gt(0))(1), "not-differentiable");
  const circle: { self?: unknown } = {};
  circle.self = circle;
  fails(() => grad((_: unknown) => tensor(1))(circle), "circular-tree");
});

test("shape errors name both shapes, the user's line and what to write", () => {
  const error = fails(() => tensor([[1, 2, 3, 4]]).matmul(tensor([[1, 2], [3, 4]])), "matmul-shapes");
  assert.match(error.message, /\[1, 4\] x \[2, 2\]/);
  assert.match(error.place?.file ?? "", /transforms\.test\.ts$/);
  const transposed = fails(() => tensor([[1, 2, 3]]).matmul(tensor([[1, 2, 3]])), "matmul-shapes");
  assert.match(transposed.help ?? "", /transpose/);
  fails(() => tensor([1, 2]).add(tensor([1, 2, 3])), "cannot-broadcast");
  fails(() => tensor([1, 2]).reshape([3]), "cannot-reshape");
  fails(() => tensor([1, 2]).sum({ axes: 1 }), "axis-out-of-range");
  fails(() => tensor([[1, 2], [3]] as Nested), "ragged");
  fails(() => tensor([1, "2"] as unknown as Nested), "not-a-number");
  fails(() => einsum("ij,jk->ik", tensor([[1, 2]]), tensor([[1, 2, 3]])), "bad-equation");
  fails(() => tensor([1, 2]).gather(tensor([0.5])), "index-type");
});

test("arrays given in are copied, arrays read out are the caller's own", () => {
  const given = Float64Array.of(1, 2);
  const t = tensor(given);
  given[0] = 99;
  assert.deepEqual(t.toArraySync(), [1, 2]);
  const read = t.dataSync();
  read[0] = 99;
  assert.deepEqual(t.toArraySync(), [1, 2]);
  const lazy = t.mul(2);
  t.dataSync()[1] = 7;
  assert.deepEqual(lazy.toArraySync(), [2, 4], "an unread result cannot be changed from outside");
});

test("shapes given in are copied too", () => {
  const shape = [2, 1];
  const made = [tensor([1, 2], { shape }), zeros(shape), tensor([1, 2]).reshape(shape), tensor([[1]]).broadcastTo(shape), normal(key(1), shape)];
  shape[0] = 7;
  for (const x of made) assert.deepEqual([x.shape, x.add(1).dataSync().length], [[2, 1], 2]);
});

test("in-place change of a saved value is not possible: y = exp(x), then y + 1 is another tensor", () => {
  const f = (x: Tensor) => {
    let y = x.exp();
    y = y.add(1);
    return y;
  };
  close(grad(f)(2), Math.exp(2));
});
