import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compile, concat, Diagnostic, gate, grad, grads, group, hessian, hvp, jvp, key, normal, tensor, type Tensor, uniform, vjp, zeros,
} from "../../src/index.ts";

// Mistakes are what the types would refuse: everything goes in as `never`.
const wrong = (x: unknown): never => x as never;

const fails = (f: () => unknown, code: string, sentence = /./): Diagnostic => {
  let caught: unknown;
  try {
    f();
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof Diagnostic, `expected a Diagnostic, got ${String(caught)}`);
  assert.equal(caught.code, code, caught.message);
  assert.match(caught.sentence, sentence);
  return caught;
};

test("what has no gradient never comes back as its own gradient", () => {
  const total = (x: Tensor) => x.sum();
  fails(() => grad(total)(wrong([1, 2, 3])), "not-a-tensor", /x is an array of numbers/);
  fails(() => grads(total)(wrong(new Float64Array(2))), "not-a-tensor", /x is a Float64Array/);
  fails(() => grad(total)(wrong(undefined)), "not-a-tensor", /undefined/);
  fails(() => grad(total)(wrong("x")), "not-a-tensor", /the text "x"/);
  fails(() => grad(total)(tensor([1, 2], { dtype: "int32", name: "counts" })), "not-differentiable", /"counts" holds int32/);
  assert.deepEqual(grad((_: object) => tensor(1))({}), {}, "a model of no parameters is a model");
  const [, labels] = grads((x: Tensor, label: Tensor) => x.mul(label).sum())(tensor([1, 2]), tensor([0, 1], { dtype: "int32" }));
  assert.deepEqual([labels.dtype, labels.toArraySync()], ["int32", [0, 0]]);
});

test("tensors that a tree would hide are named", () => {
  class Model {
    w = tensor([1, 2]);
  }
  const loss = (m: Model) => m.w.sum();
  fails(() => grad(loss)(new Model()), "not-a-tree", /in the Model/);
  fails(() => grad((m: { layers: Model[] }) => loss(m.layers[0]!))({ layers: [new Model()] }), "not-a-tree", /Model at m\.layers\[0\]|Model at \.layers\[0\]/);
  fails(() => compile((m: Map<string, Tensor>) => m.get("w")!)(new Map([["w", tensor(1)]])), "not-a-tree", /in the Map/);
  let deep: unknown = tensor(1);
  for (let i = 0; i < 20_000; i++) deep = { deep };
  fails(() => grad((_: unknown) => tensor(1))(deep), "too-deep");
});

test("each leaf of a tree has a gradient of its own, also where two leaves are one tensor", () => {
  const w = tensor([1, 2]);
  const g = grad((m: { a: Tensor; b: Tensor }) => m.a.mul(m.b).mul(m.a).sum())({ a: w, b: w });
  assert.deepEqual([g.a.toArraySync(), g.b.toArraySync()], [[2, 8], [1, 4]]);
});

test("functions that cannot be traced are said to be so", () => {
  const later = async (x: Tensor) => x.mul(2);
  for (const transform of [() => grad(wrong(later))(wrong(3)), () => vjp(later)(3), () => compile(later)(3)]) {
    fails(transform, "async-function");
  }
  fails(() => grad(wrong(async (x: Tensor) => tensor(await x.item())))(wrong(3)), "async-function");
  fails(() => grad(wrong(5))(wrong(3)), "not-a-function", /a number/);
  fails(() => compile(wrong(tensor(1))), "not-a-function", /a Tensor/);
  fails(() => grad(wrong((x: Tensor) => [x]))(wrong(3)), "not-a-tensor", /returned an array/);
  fails(() => grad(wrong(() => null))(wrong(3)), "not-a-tensor", /returned null/);
});

test("a value read while it is traced is reported at the line that reads it", () => {
  const error = fails(() => grad((x: Tensor) => {
    x.mul(2);
    return tensor(x.itemSync());
  })(3), "traced-value-read");
  const text = new Error().stack!.split("\n")[1]!;
  assert.equal(error.place?.line, Number(/:(\d+):\d+\)?$/.exec(text)![1]) - 2);
});

test("a number has a number as gradient, and where there is none yet this is said", () => {
  fails(() => grad((x: Tensor) => wrong(grad((y: Tensor) => y.mul(x))(3)))(2), "traced-value-read", /plain number/);
  fails(() => grad((x: Tensor) => wrong(hvp((y: Tensor) => y.mul(y).mul(x))(3, 1)))(2), "traced-value-read", /plain number/);
});

test("in JSON a tensor is its numbers", () => {
  const text = JSON.stringify({ w: tensor([[1, 2]]), b: tensor(3) });
  assert.equal(text, '{"w":[[1,2]],"b":3}');
  fails(() => grad((x: Tensor) => (JSON.stringify({ x }), x))(3), "traced-value-read");
});

test("compile inside a transform keeps the gradient of what it captures", () => {
  assert.equal(grad((x: Tensor) => compile((y: Tensor) => y.mul(x))(3))(2), 3);
  assert.equal(compile((x: Tensor) => compile((y: Tensor) => y.mul(x))(3))(2).itemSync(), 6);
});

test("compile never runs on numbers that have changed unseen", () => {
  const scaled = compile((x: Tensor, by: readonly number[]) => x.mul(by[0]!));
  assert.deepEqual([scaled(2, [3]).itemSync(), scaled(2, [4]).itemSync()], [6, 8]);
  fails(() => compile((x: Tensor, by: Float64Array) => x.mul(by[0]!))(2, Float64Array.of(1)), "array-argument");
});

test("compile tells plain values apart by what they are", () => {
  const kind = compile((x: Tensor, { v }: { readonly v: unknown }) => x.mul(typeof v === "bigint" ? 2 : typeof v === "string" ? 3 : v === undefined ? 4 : 5));
  assert.deepEqual([1n, "1", 1, undefined, "undefined", null].map((v) => kind(1, { v }).itemSync()), [2, 3, 5, 4, 3, 5]);
});

test("compile refuses results that differ from trace to trace, also outside the graph", () => {
  let calls = 0;
  for (const f of [
    (x: Tensor) => ({ x, dropped: Math.random() }),
    (x: Tensor) => (calls++ % 2 ? [x, x] : [x]),
    (x: Tensor) => ((y) => (calls++ % 2 ? [x, y] : [y, x]))(x.add(1)),
  ]) {
    fails(() => compile<[Tensor], unknown>(f)(1), "data-dependent");
  }
  assert.equal(compile((x: Tensor) => ({ x, at: () => 1, rate: 0.1 }))(1).rate, 0.1);
});

test("compile keeps a bounded number of programs", () => {
  const f = compile((x: Tensor, of: (x: Tensor) => Tensor) => of(x).sum());
  for (let i = 1; i < 60; i++) f(zeros([i]), (x) => x.add(i));
  assert.equal(f.programs, 16);
});

test("a group that needs what has no value yet is one clear error", () => {
  const inside = compile((y: Tensor) => group({ name: "inside", body: (x) => x!.mul(y) })(2));
  fails(() => inside(3), "no-value", /"y" has no value/);
});

test("a gate that is declared wrongly is one clear error", () => {
  const double = { forward: (x: number) => 2 * x };
  fails(() => gate({ name: "forgotten", ...double }), "wrong-gradient", /analytic 0/);
  fails(() => gate({ name: "surplus", ...double, local: () => [2, 3] }), "bad-rule", /2 gradients for 1 operand/);
  fails(() => gate({ name: "bare", ...double, local: wrong(() => 2) }), "bad-rule", /a number, not an array/);
  fails(() => gate({ name: "twofold", ...double, local: () => [3], gradient: (g) => [g.mul(2)] }), "two-rules");
  fails(() => gate({ name: "rest", forward: (...x) => x.length, local: () => [] }), "operand-count");
  fails(() => gate({ name: "nothing", forward: wrong((_: number) => undefined), local: () => [1] }), "not-a-number", /returned undefined/);
  fails(() => group({ name: "shapes", body: (x, y) => x.mul(y), gradient: (g, [x, y]) => [g.mul(y!), g.mul(x!).sum()] }), "bad-rule", /\[\] for operand 2/);
  fails(() => gate(wrong({ name: "empty", local: () => [1] })), "not-a-function", /forward/);
  fails(() => gate(wrong(undefined)), "bad-options");
  fails(() => group(wrong({ name: "typo", body: (x: Tensor) => x, gradeint: () => [] })), "bad-options", /"gradeint"/);
  fails(() => group(wrong({ body: (x: Tensor) => x })), "bad-name");
  fails(() => group({ name: "void", body: wrong((_: Tensor) => undefined) }), "not-a-tensor", /body returned undefined/);
  fails(() => group({ name: "other", body: (x) => x.mul(2), stable: (x) => x.sum(), samples: [{ operands: [[3]] }] }), "stable-differs", /\[3\].*\[\]/);
  const step = gate({ name: "my_floor", forward: (x) => Math.floor(x), branch: (x) => Math.floor(x) });
  assert.deepEqual(grads((x: Tensor) => step(x).mul(x))(2.5), [2], "no rule is right where the slope is 0");
});

test("an operand that is none is called what it is", () => {
  const t = tensor([1, 2]);
  fails(() => t.mul(wrong(new Float64Array(2))), "not-an-operand", /a Float64Array/);
  fails(() => t.add(wrong("1")), "not-an-operand", /the text "1"/);
  fails(() => concat(wrong(t)), "not-a-list", /concat/);
});

test("misspelt options and lists that are none are said, never taken for the default", () => {
  const x = tensor([[1, 2], [3, 4]]);
  fails(() => x.sum(wrong({ axis: 1 })), "bad-options", /sum: there is no option "axis"/);
  fails(() => x.mean(wrong({ axis: 1 })), "bad-options", /mean: there is no option "axis"/);
  fails(() => x.sum(wrong(1)), "bad-options", /a number/);
  fails(() => concat([x, x], wrong({ axes: 1 })), "bad-options", /concat/);
  fails(() => x.gather(0, wrong({ dim: 1 })), "bad-options", /gather/);
  fails(() => tensor([1], wrong({ dType: "float32" })), "bad-options", /"dType"/);
  fails(() => normal(key(1), [2], wrong({ std: 2 })), "bad-options", /"std"/);
  fails(() => x.reshape(wrong(4)), "not-a-list", /reshape/);
  fails(() => x.transpose(wrong(1)), "not-a-list", /transpose/);
  fails(() => x.slice(wrong(1)), "not-a-list", /slice/);
  fails(() => x.slice([wrong("a")]), "bad-range", /"a" on axis 0/);
  fails(() => x.slice([[0.5, 2]]), "bad-range");
  fails(() => x.pad(wrong(1)), "not-a-list", /pad/);
  fails(() => x.sum({ axes: wrong("1") }), "not-a-list", /sum/);
  fails(() => zeros(wrong(3)), "not-a-list");
  fails(() => x.broadcastTo([wrong(-1), 2]), "bad-shape");
  fails(() => x.cast(wrong("float16")), "bad-dtype", /float16/);
  fails(() => zeros([1], { dtype: wrong("f32") }), "bad-dtype");
  fails(() => x.gather(0.5), "index-type");
  fails(() => uniform(wrong([2]), []), "not-a-key", /an array/);
  fails(() => jvp((v: Tensor) => v.sum())(wrong(x), wrong(x)), "not-a-list");
  fails(() => hessian((m: Tensor) => m.sum())(wrong({ m: x })), "not-a-tensor");
});
