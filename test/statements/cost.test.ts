/** Statement 7: a backward pass costs a constant factor of the forward pass. Counted in nodes, never in seconds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { builder } from "../../src/api/builder.ts";
import { topological } from "../../src/ir/graph.ts";
import type { Node } from "../../src/ir/node.ts";
import { constant, input } from "../../src/ops/forms/source.ts";
import { add, exp, max, mul, sigmoid, sin } from "../../src/ops/table.ts";
import { differentiate } from "../../src/passes/differentiate.ts";

/** Nodes of the forward graph, and those that the gradients of all of them add to it. */
const costOf = (out: Node): { forward: number; backward: number } => {
  const forward = topological([out]);
  const { of } = differentiate(new Map([[out, constant(1, [], "float64")]]), forward, builder);
  const all = topological([out, ...forward.flatMap((node) => of.get(node) ?? [])]);
  return { forward: forward.length, backward: all.length - forward.length };
};

const repeated = (times: number, step: (y: Node, x: Node) => Node): Node => {
  const x = input([], "float64", "x");
  let y = x;
  for (let i = 0; i < times; i++) y = step(y, x);
  return y;
};

const steps: readonly [name: string, (y: Node, x: Node) => Node][] = [
  ["a chain", (y) => sin(y)],
  ["diamonds, 2^n paths", (y) => add(y, y)],
  ["squares, 2^n paths", (y) => mul(y, y)],
  ["a fan", (y, x) => add(y, x)],
  ["groups", (y, x) => mul(sigmoid(y), exp(x))],
  ["a router that everything goes through", (y, x) => max(y, x)],
];

for (const [name, step] of steps) {
  test(`the backward pass is linear in the nodes: ${name}`, () => {
    const [small, large] = [costOf(repeated(50, step)), costOf(repeated(500, step))];
    assert.ok(large.backward <= 20 * large.forward, `${large.backward} for ${large.forward}`);
    // Ten times the nodes, ten times the work: to the very node, apart from what stands at the ends.
    const perStep = (large.backward - small.backward) / (large.forward - small.forward);
    assert.ok(Math.abs(small.backward - perStep * small.forward) <= 4 * perStep, `${small.backward} for ${small.forward}, then ${perStep} each`);
  });
}

test("the backward pass is linear in the nodes: any graph, also one that shares everything", () => {
  const gates = [(a: Node, b: Node) => add(a, b), (a: Node, b: Node) => mul(a, b), (a: Node) => sin(a), (a: Node) => exp(a)];
  const choice = fc.record({ gate: fc.nat(gates.length - 1), a: fc.nat(), b: fc.nat() });
  fc.assert(
    fc.property(fc.array(choice, { minLength: 1, maxLength: 60 }), (choices) => {
      const nodes: Node[] = [input([], "float64", "x"), input([], "float64", "y")];
      for (const { gate, a, b } of choices) nodes.push(gates[gate]!(nodes[a % nodes.length]!, nodes[b % nodes.length]!));
      const { forward, backward } = costOf(nodes.at(-1)!);
      // Each operand costs its product and its sum, each gate at most a handful of nodes for its local gradients.
      assert.ok(backward <= 8 * forward, `${backward} for ${forward}`);
    }),
  );
});
