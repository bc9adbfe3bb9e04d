/** What a gradient check does around its numbers: sampling, restoring, warnings, witnesses, the gate behind a fault. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { amax, concat, logsumexp, max, softmaxCrossEntropy, stopGradient, tensor, type Tensor } from "../../src/api/index.ts";
import { checkGradients, checkGraph, checkNode, passes, sweepH, verdicts } from "../../src/check/index.ts";
import type { Node, Op } from "../../src/ir/node.ts";
import { input } from "../../src/ops/forms/source.ts";
import * as table from "../../src/ops/table.ts";

/** Runs with a wrong backward rule in one operation. */
const withRule = <T>(op: Op, rule: (right: readonly (Node | undefined)[]) => readonly (Node | undefined)[], body: () => T): T => {
  const original = op.gradient!;
  op.gradient = (node, g) => rule(original.call(op, node, g));
  try {
    return body();
  } finally {
    op.gradient = original;
  }
};

test("the lecture's circuit is good, with all its witnesses", () => {
  const check = checkGradients((x: Tensor, y: Tensor, z: Tensor) => x.add(y).mul(z), [-2, 5, -4]);
  assert.deepEqual(check.entries.map((e) => [e.name, e.analytic, e.verdict]), [["x", -4, "good"], ["y", -4, "good"], ["z", 3, "good"]]);
  assert.equal(check.value, -12);
  assert.ok(check.worst < 1e-9);
  assert.deepEqual(check.witnesses.map((w) => [w.name, w.agrees]), [["forward mode", true]]);
  assert.match(check.text, /^gradient check: good \(worst relative error \d\.\de-1\d, 3 entries of 3 parameters\)/);
});

test("what is passed in is not changed by a single bit", () => {
  const numbers = Float64Array.from([-0, 0.1, 5e-324, 1 / 3, -1e300, 1e-300]);
  const before = numbers.slice();
  const x = tensor(numbers, { shape: [2, 3] });
  const narrow = tensor([0.1, 0.2, 0.3], { dtype: "float32" });
  const f = (v: Tensor, n: Tensor) => v.mul(n).mul(1e-290).reshape([6]).slice([[1, 4]]).tanh().sum().add(v.reshape([3, 2]).transpose().sin().mean());
  checkGradients(f, [x, narrow], { samples: 100 });
  sweepH(f, [x, narrow]);
  assert.deepEqual(new BigUint64Array(x.dataSync().slice().buffer as ArrayBuffer), new BigUint64Array(before.buffer));
  assert.deepEqual(new BigUint64Array(numbers.buffer), new BigUint64Array(before.buffer));
  assert.equal(narrow.dtype, "float32");
  assert.deepEqual(narrow.dataSync(), Float32Array.of(0.1, 0.2, 0.3));
});

test("the graph's own inputs are put back before the next entry, views of them too", () => {
  const x = input([4], "float64", "x");
  const values = Float64Array.of(1, 2, 3, 4);
  // A reshape hands on the very array that is being moved.
  const out = table.sum(table.mul(table.reshape(x, [2, 2]), table.reshape(x, [2, 2])));
  const check = checkGraph(out, [{ name: "x", node: x, values }]);
  assert.deepEqual([...values], [1, 2, 3, 4]);
  assert.deepEqual(check.entries.map((e) => e.analytic), [2, 4, 6, 8]);
  assert.equal(check.verdict, "good");
});

test("samples: so many of every parameter, all of a small one, the same for the same seed", () => {
  const params = { w: tensor(new Float64Array(300).fill(0.1), { shape: [30, 10] }), b: tensor([1, 2]), frozen: tensor([1, 0], { dtype: "int32" }), rate: 3 };
  const f = (p: typeof params) => p.w.sum().sin().add(p.b.sq().sum());
  const names = (options: { samples?: number; seed?: number }) => checkGradients(f, [params], options).entries.map((e) => e.name);
  const first = names({ samples: 4 });
  assert.equal(first.length, 4 + 2);
  assert.equal(new Set(first).size, 6);
  assert.match(first[0]!, /^p\.w\[\d+, \d\]$/);
  assert.deepEqual(names({ samples: 4 }), first);
  assert.notDeepEqual(names({ samples: 4, seed: 1 }), first);
  assert.equal(names({ samples: Infinity }).length, 302);
});

test("float32 arguments are checked on a float64 copy, and that is said", () => {
  const w = tensor([0.3, -0.4], { dtype: "float32" });
  const check = checkGradients((p: { w: Tensor }) => p.w.mul(3).sigmoid().sum(), [{ w }]);
  assert.equal(check.verdict, "good");
  assert.deepEqual(check.warnings, ["p.w is float32: checked on a float64 copy, since float32 differences are good to about 1e-3 only"]);
  const inside = checkGradients((x: Tensor) => x.cast("float32").exp().cast("float64").sum(), [1]);
  assert.match(inside.warnings.join(), /part of the function computes in float32, from cast .*check\.test\.ts:\d+/);
});

test("what is not finite is named with its gate and line", () => {
  const check = checkGradients((x: Tensor) => x.sub(3).log().mul(2), [1]);
  assert.equal(check.verdict, "not finite");
  assert.equal(check.passed, false);
  assert.match(check.warnings.join("\n"), /the function is NaN here; the first value that is not finite comes from log \(.*check\.test\.ts:\d+:\d+\)/);
  const infinite = checkGradients((x: Tensor) => x.sqrt(), [0]);
  assert.match(infinite.warnings.join(), /the gradient at x is Infinity/);
});

test("where the value is infinite there is no slope to compare with, and no largest error", () => {
  const product = checkGradients((x: Tensor, y: Tensor) => x.mul(y), [1e300, 1e300]);
  assert.deepEqual(product.entries.map((e) => e.verdict), ["not finite", "not finite"]);
  assert.match(product.text, /^gradient check: not finite - FAILED \(worst relative error NaN, 2 entries of 2 parameters\)/);
  assert.equal(checkGradients((x: Tensor) => x.mul(1), [Infinity]).verdict, "not finite");
  assert.ok(Number.isNaN(checkGradients((x: Tensor) => x.log(), [-1]).worst));
});

test("bad input is one clear diagnostic", () => {
  const x = tensor([1, 2]);
  assert.throws(() => checkGradients((v: Tensor) => v, [x]), { code: "not-a-scalar" });
  assert.throws(() => checkGradients((v: Tensor) => v.cast("float64").sum(), [tensor([1], { dtype: "int32" })]), { code: "nothing-to-check" });
  assert.throws(() => checkGradients((v: Tensor) => v.sum(), [x], { analytic: [tensor([1, 2, 3])] }), {
    code: "gradients-do-not-fit",
    message: /shapes \[3\] were given for arguments of shapes \[2\]/,
  });
  assert.throws(() => checkGradients((v: Tensor) => v.mul(Math.random()).sum(), [x]), { code: "not-deterministic" });
});

test("a wrong rule is found, and its gate named with line, operand and both numbers", () => {
  const f = (a: Tensor, b: Tensor) => {
    const product = a.exp().matmul(b).named("product");
    return product.tanh().sum();
  };
  const check = withRule(table.tanh.op!, ([g]) => [table.mul(g!, 0.9)], () => checkGradients(f, [tensor([[0.1, 0.2]]), tensor([[0.3], [0.4]])]));
  assert.equal(check.verdict, "wrong");
  assert.equal(check.culprit?.gate, "tanh");
  assert.match(check.culprit!.place!.file!, /check\.test\.ts$/);
  assert.equal(check.culprit!.operand, 1);
  assert.ok(Math.abs(check.culprit!.analytic / check.culprit!.numeric - 0.9) < 1e-6);
  assert.match(check.text, /a\[0, 0\]: analytic .*, numeric .*, relative error 1\.0e-1: wrong; it is 0\.9 times what it should be/);
  assert.match(check.text, /the gate: tanh at .*check\.test\.ts:\d+:\d+/);
});

test("a wrong rule of a group is found, and one inside a group that has no rule of its own", () => {
  const scores = tensor([[0.2, -0.3, 0.5]]);
  const f = (s: Tensor) => softmaxCrossEntropy(s, tensor([1], { dtype: "int32" })).sum();
  const group = withRule(table.softmaxCrossEntropy.op!, ([g, none]) => [table.neg(g!), none], () => checkGradients(f, [scores]));
  assert.equal(group.culprit?.gate, "softmax_cross_entropy");
  assert.deepEqual(group.witnesses.map((w) => [w.name, w.agrees]), [["gate by gate", false], ["forward mode", true]]);
  const inner = withRule(table.elu.op!, ([g, alpha]) => [table.mul(g!, 2), alpha], () => checkGradients((x: Tensor) => x.selu(), [-0.3]));
  assert.equal(inner.culprit?.gate, "elu");
});

test("a wrong rule of the machinery is found as well", () => {
  const f = (x: Tensor) => concat([x.slice([[0, 2]]), x.slice([[1, 3]])]).sq().sum();
  const x = input([3], "float64");
  const { op } = table.slice(x, [[0, 2]]);
  const check = withRule(op, ([g]) => [table.mul(g!, 3)], () => checkGradients(f, [tensor([1, 2, 3])]));
  assert.deepEqual([check.passed, check.culprit?.gate], [false, "read"]);
});

test("a stopped gradient is named as such", () => {
  const check = checkGradients((x: Tensor) => stopGradient(x).mul(x), [2]);
  assert.equal(check.verdict, "wrong");
  assert.equal(check.culprit?.gate, "stop_gradient");
  assert.match(check.culprit!.note, /stopped here/);
});

test("gate by gate, grouped and numeric agree; where the plain gates overflow that is said", () => {
  const near = checkGradients((x: Tensor) => x.softplus().add(x.sigmoid()), [0.4]);
  assert.deepEqual(near.witnesses.map((w) => [w.name, w.agrees, w.compared]), [["gate by gate", true, 1], ["forward mode", true, 1]]);
  const far = checkGradients((x: Tensor) => x.softplus(), [800]);
  assert.equal(far.passed, true);
  assert.match(far.witnesses[0]!.note, /gate by gate exp is not finite here; grouped, nothing is lost/);
});

test("a smooth group is not accused of the kinks in its stable form", () => {
  const check = checkGradients((x: Tensor) => x.softplus(), [0]);
  assert.deepEqual(check.entries.map((e) => [e.kink, e.verdict]), [[false, "good"]]);
});

test("comparisons and positions are kinks too", () => {
  const jump = checkGradients((x: Tensor) => x.mul(x.gt(1)), [1]);
  assert.equal(jump.entries[0]!.kink, true);
  const pooled = checkGradients((x: Tensor) => amax(x.mul(x)), [tensor([1, 1.000001, 0.2])]);
  assert.deepEqual(pooled.entries.map((e) => e.kink), [true, true, false]);
  assert.equal(pooled.passed, true);
});

test("a tie of three: one third each lies between the slopes of both sides", () => {
  const check = checkGradients((x: Tensor, y: Tensor, z: Tensor) => max(x, y, z), [2, 2, 2]);
  assert.deepEqual(check.entries.map((e) => [e.analytic, e.verdict]), [[1 / 3, "kink crossed"], [1 / 3, "kink crossed"], [1 / 3, "kink crossed"]]);
  assert.match(check.entries[0]!.note!, /slope 0 on the left, 1 on the right/);
});

test("a step that does not suit an entry is no reason to call its gradient wrong", () => {
  for (const [f, x] of [
    [(v: Tensor) => v.mul(1e4).sin(), 0.3],
    [(v: Tensor) => v.sq(), 1e9],
    [(v: Tensor) => v.log(), 3e-5],
    [(v: Tensor) => v.mul(1e-9).add(1e3), 1],
  ] as const) {
    assert.equal(checkGradients(f, [x]).passed, true, f.toString());
    const [own] = checkGradients(f, [x]).entries;
    assert.equal(checkGradients(f, [x], { analytic: [own!.analytic * 1.01] }).passed, f.toString().includes("1e-9"), `${f} with a fault`);
  }
});

test("forward, centred and extrapolated differences, each with its accuracy", () => {
  const error = (difference: "forward" | "centred" | "extrapolated", h?: number) =>
    Math.abs(checkGradients((x: Tensor) => x.exp(), [1], { difference, ...(h !== undefined && { h }) }).entries[0]!.numeric - Math.E);
  assert.ok(error("centred") < 1e-10);
  assert.ok(error("extrapolated") < 1e-11);
  const [sweep] = sweepH((x: Tensor) => x.exp(), [1], { steps: [1e-2] }).rows;
  assert.ok(sweep!.forward.absolute > 1e-2 && sweep!.centred.absolute < 1e-4 && sweep!.extrapolated.absolute < 1e-9);
});

test("parts that are not all of the function are reported", () => {
  const check = checkGradients((w: Tensor) => w.sq().sum().add(w.sum()), [tensor([1, 2])], { parts: { data: (w: Tensor) => w.sum() } });
  assert.match(check.warnings.join(), /the parts add up to 3, the function is 8/);
  assert.equal(check.parts["data"]!.verdict, "good");
  assert.match(check.text, /data alone:\n {2}gradient check: good/);
});

test("depth is counted in matrix products, and softens the verdict", () => {
  const w = tensor([[0.3, 0.1], [-0.2, 0.5]]);
  const net = (layers: number) => (v: Tensor) => Array.from({ length: layers }).reduce<Tensor>((h) => h.matmul(w).tanh(), v).sum();
  const claim = (layers: number, factor: number) => {
    const x = tensor([[1, 2]]);
    const own = checkGradients(net(layers), [x]);
    return checkGradients(net(layers), [x], { analytic: [tensor([own.entries.map((e) => e.analytic * factor)])] }).verdict;
  };
  assert.equal(claim(2, 1.005), "suspicious");
  assert.equal(claim(10, 1.005), "may be fine: errors build up with depth");
  assert.equal(claim(10, 1.05), "wrong");
});

test("one node alone: its rule against its numbers", () => {
  const [x, y] = [input([2, 3], "float64"), input([3], "float64")];
  const node = table.mul(x, y);
  const values = [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 2, 3, 1, 2, 3)];
  assert.deepEqual(checkNode(node, values, 6), { compared: 12, kinks: 0, wrong: undefined });
  const swapped = withRule(node.op, ([a, b]) => [b, a], () => checkNode(node, values, 6));
  assert.equal(swapped.wrong?.operand, 0);
});

test("verdicts are ordered, and the first four pass", () => {
  assert.deepEqual(verdicts.filter(passes), ["good", "ok", "kink crossed", "may be fine: errors build up with depth"]);
});

test("property: random smooth functions pass, and fail with one entry off by a hundredth", () => {
  const unary = ["sin", "cos", "tanh", "sigmoid", "softplus", "erf", "silu"] as const;
  const numbers = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(numbers, fc.array(fc.constantFrom(...unary), { minLength: 1, maxLength: 4 }), fc.nat(), (xs, chain, at) => {
      const x = tensor(xs);
      const f = (v: Tensor) => logsumexp(chain.reduce<Tensor>((h, word) => h[word]().add(h.mul(0.5)), v).mul(v));
      const own = checkGradients(f, [x]);
      assert.equal(own.passed, true, own.text);
      const numbersOff = own.entries.map((e, i) => (i === at % xs.length ? e.analytic * 1.03 + 1e-3 : e.analytic));
      assert.equal(checkGradients(f, [x], { analytic: [tensor(numbersOff)] }).passed, false);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("a tiny slope behind large numbers that cancel is not called wrong for the rounding of its differences, and a wrong one is", () => {
  for (let i = 0; i < 60; i++) {
    // Scores of a row that is learned by heart: the loss is 3e-4, made of numbers that are known to 1e-15.
    const score = 8 + (i % 17) / 10;
    const steepness = 0.01 + i / 600;
    const loss = (w: Tensor): Tensor => softmaxCrossEntropy(concat([tensor([score, 0.5]), w.mul(steepness).sub(7).reshape([1])]), 0);
    const check = checkGradients(loss, [0.3]);
    assert.ok(check.passed, `${score} ${steepness}\n${check.text}`);
    const wrong = checkGradients((w: Tensor) => loss(w).add(stopGradient(w.mul(steepness * 1e-8))), [0.3]);
    assert.ok(!wrong.passed, `${score} ${steepness}\n${wrong.text}`);
  }
});
