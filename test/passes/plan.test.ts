/** The memory plan: nothing lies where something else is still needed, and what can be is stored over its operand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { planned, lowered } from "../../src/api/engine.ts";
import { bytesOf } from "../../src/ir/dtype.ts";
import { type Buffer, type Plan, readsOf, writesOf } from "../../src/ir/kernel.ts";
import type { Node } from "../../src/ir/node.ts";
import { input } from "../../src/ops/forms/source.ts";
import * as table from "../../src/ops/table.ts";

const { add, exp, matmul, mul, sum, transpose } = table;

/** Runs a plan on the names of buffers instead of numbers: every kernel must find in the arena what was put there. */
const simulate = (plan: Plan, donated?: Node): void => {
  const owner = new Map<number, Buffer>();
  const end = (buffer: Buffer): number => plan.offsets[buffer.id]! + Math.max(1, buffer.size * bytesOf(buffer.dtype));
  const put = (buffer: Buffer): void => {
    for (let at = plan.offsets[buffer.id]!; at < end(buffer); at++) owner.set(at, buffer);
    assert.ok(end(buffer) <= plan.bytes, "inside the arena");
  };
  const find = (buffer: Buffer, what: string): void => {
    for (let at = plan.offsets[buffer.id]!; at < end(buffer); at++) assert.equal(owner.get(at), buffer, what);
  };
  for (const buffer of plan.buffers) if (buffer.origin !== "made") put(buffer);
  plan.kernels.forEach((kernel, i) => {
    for (const buffer of readsOf(kernel)) find(buffer, `what kernel ${i} reads`);
    for (const buffer of writesOf(kernel)) put(buffer);
    // All that one kernel writes lies apart.
    for (const buffer of writesOf(kernel)) find(buffer, `what kernel ${i} writes`);
  });
  for (const buffer of plan.results) find(buffer, "results");
  for (const buffer of plan.buffers) if (buffer.origin === "fed" && buffer.node !== donated) find(buffer, "what was given is there for the next run");
};

/** A graph of few kinds of nodes from numbers: each picks its operands among those before it. */
const graphOf = (numbers: readonly (readonly [number, number, number])[]): { roots: Node[]; inputs: Node[] } => {
  const inputs = [input([8, 8], "float32", "a"), input([8, 8], "float32", "b"), input([8], "float64", "c")];
  const nodes: Node[] = [...inputs];
  const square = (i: number): Node => {
    const node = nodes[i % nodes.length]!;
    return node.shape.length === 2 ? node : inputs[i % 2]!;
  };
  for (const [kind, i, j] of numbers) {
    const [x, y] = [square(i), square(j)];
    nodes.push([() => add(x, y), () => exp(x), () => matmul(x, y), () => transpose(x), () => sum(x, { axes: 0 }), () => mul(x, nodes[j % nodes.length]!)][kind % 6]!());
  }
  return { roots: nodes.slice(-3), inputs };
};

test("no buffer lies where another is still needed, donated or not", () => {
  const step = fc.tuple(fc.nat(5), fc.nat(50), fc.nat(50));
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 25 }), fc.nat(2), fc.nat(2), (numbers, from, to) => {
      const { roots, inputs } = graphOf(numbers);
      const graph = lowered(roots);
      simulate(planned(graph));
      simulate(planned(graph, new Map([[inputs[from]!, to]])), inputs[from]);
    }),
    { numRuns: 200 },
  );
});

test("a chain of gates takes no more room than its operand", () => {
  const x = input([1000], "float32", "x");
  const plan = planned(lowered([add(exp(exp(x)), 1)]));
  assert.equal(plan.bytes, planned(lowered([exp(x)])).bytes);
  assert.equal(plan.kernels.length, 1);
});

test("parameters and their successors share a place where the last reader stores", () => {
  const w = input([100], "float32", "w");
  const g = input([100], "float32", "g");
  const graph = lowered([sum(w), add(w, mul(g, -0.1))]);
  const plan = planned(graph, new Map([[w, 1]]));
  const before = plan.buffers.find(({ node }) => node === w)!;
  assert.equal(plan.offsets[plan.results[1]!.id], plan.offsets[before.id]);
});

test("what is stored while it is folded goes over its operand, but not where the fold comes to a number twice", () => {
  const w = input([10, 20], "float32", "w");
  const g = input([10, 20], "float32", "g");
  const moved = add(w, mul(g, -0.1));
  const placeOf = (plan: Plan, node: Node): number => plan.offsets[plan.buffers.find((buffer) => buffer.node === node)!.id]!;
  for (const fold of [sum(moved, { axes: 1 }), sum(moved, { axes: 0 }), sum(moved)]) {
    const plan = planned(lowered([fold, moved]), new Map([[w, 1]]));
    assert.equal(plan.offsets[plan.results[1]!.id], placeOf(plan, w));
  }
  const row = input([20], "float32", "row");
  const twice = add(row, 1);
  const plan = planned(lowered([sum(mul(twice, g), { axes: 0 }), twice]), new Map([[row, 1]]));
  simulate(plan, row);
  const stored = plan.kernels.findIndex((kernel) => writesOf(kernel).includes(plan.results[1]!));
  const reads = plan.kernels.flatMap((kernel, i) => (readsOf(kernel).some(({ node }) => node === row) ? [i] : []));
  if (plan.offsets[plan.results[1]!.id] === placeOf(plan, row)) assert.ok(reads.every((i) => i <= stored));
});

test("thousands of single numbers lie side by side, and are found in no longer than that takes", () => {
  const x = Array.from({ length: 30_000 }, (_, i) => input([], "float64", `x${i}`));
  const plan = planned(lowered(x.map((node) => mul(node, 2))));
  assert.equal(new Set(plan.offsets).size, 60_000);
  assert.ok(plan.bytes < 9 * 60_000);
  simulate(plan);
});
