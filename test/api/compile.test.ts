import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../src/api/compile.ts";
import { Diagnostic, grad, grads, jvp, max, tensor, Tensor, valueAndGrad, vjp, zeros } from "../../src/api/index.ts";

test("a compiled function gives what the plain one gives, for numbers, tensors and trees", () => {
  const f = (model: { w: Tensor; b: Tensor }, x: Tensor, scale: Tensor) => ({ y: x.matmul(model.w).add(model.b).mul(scale), n: x.sum() });
  const model = { w: tensor([[1, 2], [3, 4]]), b: tensor([1, -1]) };
  const fast = compile(f);
  const got = fast(model, tensor([[1, 1]]), 2);
  assert.deepEqual(got.y.toArraySync(), [[10, 10]]);
  assert.equal(got.n.itemSync(), 2);
  assert.deepEqual(fast(model, tensor([[0, 1]]), 3).y.toArraySync(), [[12, 9]]);
  assert.equal(fast.programs, 1, "the same shapes use the same program");
  fast(model, tensor([[0, 1], [1, 0]]), 3);
  assert.equal(fast.programs, 2, "another shape is another program");
});

test("the function is traced once for each set of shapes, and the number of programs is bounded", () => {
  let traced = 0;
  const f = compile((x: Tensor) => {
    traced++;
    return x.mul(2);
  });
  for (let i = 0; i < 5; i++) f(tensor([i]));
  assert.equal(traced, 2, "once, and once more to see that it is the same graph");
  for (let n = 1; n < 50; n++) f(zeros([n]));
  assert.ok(f.programs <= 16);
});

test("a training step with gradients inside compiles", () => {
  const step = compile((w: Tensor, x: Tensor) => {
    const { value, grad: g } = valueAndGrad((v: Tensor) => v.mul(x).sub(1).sq().sum())(w);
    return { loss: value, w: w.sub(g.mul(0.1)) };
  });
  let w: Tensor = tensor([0, 0]);
  const x = tensor([1, 2]);
  let loss = Infinity;
  for (let i = 0; i < 50; i++) ({ w } = step(w, x)), (loss = step(w, x).loss.itemSync());
  assert.ok(loss < 1e-6, `${loss}`);
  const plain = grad((v: Tensor) => v.mul(x).sub(1).sq().sum())(tensor([0, 0]));
  assert.deepEqual(step(tensor([0, 0]), x).w.toArraySync(), plain.mul(-0.1).toArraySync());
});

test("known chains run in their stable form, and the user can see which and why", () => {
  const naive = (x: Tensor) => x.exp().add(1).log();
  assert.equal(naive(tensor(1000)).itemSync(), Infinity);
  const stable = compile(naive);
  assert.equal(stable(1000).itemSync(), 1000);
  assert.equal(stable.grouped.length, 1);
  assert.equal(stable.grouped[0]!.word, "softplus");
  assert.match(stable.grouped[0]!.why, /overflow/);
});

test("chains are grouped before they are differentiated, so their gradients are stable too", () => {
  const naive = (x: Tensor) => x.exp().add(1).log();
  const slope = compile((x: Tensor) => grad(naive)(x));
  assert.equal(slope(800).itemSync(), 1);
  assert.deepEqual(slope.grouped.map((found) => found.word), ["softplus"]);
  const curve = compile((x: Tensor) => jvp(naive)([x], [tensor(1)]).tangent);
  assert.equal(curve(800).itemSync(), 1);
  const back = compile((x: Tensor) => vjp(naive)(x).pullback(tensor(2))[0]);
  assert.equal(back(800).itemSync(), 2);
});

test("a value never changes at a tie: max(0, x) is not taken for relu", () => {
  const f = compile((x: Tensor) => grads((v: Tensor) => max(0, v).sum())(x)[0]);
  assert.deepEqual(f(tensor([0, 1, -1])).toArraySync(), [0.5, 1, 0]);
});

test("a graph that depends on something that is not an argument is reported", () => {
  let count = 0;
  const counting = compile((x: Tensor) => x.mul(++count));
  assert.throws(() => counting(1), (e) => e instanceof Diagnostic && e.code === "data-dependent" && /compile\.test\.ts/.test(e.place?.file ?? ""));
  const random = compile((x: Tensor) => x.add(Math.random()));
  assert.throws(() => random(1), (e) => e instanceof Diagnostic && e.code === "data-dependent");
  const branch = compile((x: Tensor) => ((x as unknown as number) > 0 ? x : x.neg()));
  assert.throws(() => branch(1), (e) => e instanceof Diagnostic && e.code === "traced-value-as-primitive");
});

test("inside another trace a compiled function is an ordinary one", () => {
  const square = compile((x: Tensor) => x.mul(x));
  assert.equal(grad((x: Tensor) => square(x).mul(3))(2), 12);
});
