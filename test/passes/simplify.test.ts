/** Algebra on graphs, and what is computed twice rather than stored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerBuilder } from "../../src/api/lower-builder.ts";
import { lowered, planned } from "../../src/api/engine.ts";
import { formulaCost } from "../../src/ir/formula-cost.ts";
import type { Node } from "../../src/ir/node.ts";
import { chain } from "../../src/ops/forms/gate.ts";
import { input } from "../../src/ops/forms/source.ts";
import * as table from "../../src/ops/table.ts";
import { simplify } from "../../src/passes/simplify.ts";

const { abs, add, exp, log, matmul, mul, neg, relu, sq, where, gt, tanh } = table;

const x = input([3], "float32", "x");
const g = input([3], "float32", "g");

const simple = (root: Node): Node => simplify([root], lowerBuilder).get(root)!;

test("a sign that does not count goes", () => {
  for (const gate of [abs, sq]) {
    const { op, src } = simple(gate(neg(x)));
    assert.deepEqual([op, src], [gate.op, [x]]);
  }
  assert.notEqual(simple(exp(neg(x))).src[0], x);
});

test("a masked product is an ordinary one where nothing can be masked: beside a finite number, and for a gradient other than 0", () => {
  for (const product of [chain(3, g), chain(x, 3), chain(Infinity, 3)]) assert.equal(simple(product).op === chain.op, false, product.op.name);
  for (const product of [chain(x, g), chain(Infinity, g), chain(NaN, g), chain(x, 0)]) assert.equal(simple(product).op, chain.op);
});

test("a formula costs about what its operations do", () => {
  const cost = (gate: { readonly op?: Node["op"] | undefined }, operands: number): number => formulaCost(gate.op!.lanes!, operands);
  assert.deepEqual([cost(add, 2), cost(abs, 1), cost(where, 3)], [1, 1, 1]);
  for (const long of [exp, log, tanh]) assert.ok(cost(long, 1) > 20);
});

/** For each loop the gates that it computes, by itself or behind a product. */
const loops = (roots: readonly Node[]): readonly string[] =>
  planned(lowered(roots)).kernels.flatMap((kernel) => {
    const loop = kernel.kind === "loop" ? kernel : kernel.kind === "product" ? kernel.tail?.loop : undefined;
    return loop ? [loop.lines.flatMap((line) => (line.kind === "gate" ? [line.name] : [])).sort().join(" ")] : [];
  });

test("a bias is added again where the slope of a relu is needed, an exponential is stored", () => {
  const a = input([64, 64], "float32", "a");
  const w = input([64, 64], "float32", "w");
  const b = input([64], "float32", "b");
  const before = add(matmul(a, w), b);
  const forward = matmul(relu(before), w);
  const back = where(gt(before, 0), matmul(forward, w), 0);
  assert.deepEqual(loops([matmul(back, a)]), ["add relu", "add gt where"]);
  const e = exp(before);
  assert.deepEqual(loops([matmul(mul(e, matmul(e, w)), a)]), ["add exp", "mul"]);
});
