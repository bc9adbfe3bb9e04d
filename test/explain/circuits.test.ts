/** Every circuit of the cases: values and gradients of all nodes, named or not, and the three numbers on every edge. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Diagnostic } from "../../src/api/index.ts";
import { explainProgram } from "../../src/explain/index.ts";
import { circuitCases, close, inputsOf, numberOf, type CircuitCase } from "./cases.ts";

const near = ({ rtol, atol }: CircuitCase, actual: unknown, expected: number | string, what: string): void =>
  assert.ok(close(actual as number, numberOf(expected), rtol, atol), `${what}: ${String(actual)}, expected ${expected}`);

describe("the cases of circuits", () => {
  test("are all there", () => assert.equal(circuitCases.length, 28));

  for (const one of circuitCases) {
    test(one.id, () => {
      const { circuit } = explainProgram(one.stages.join("\n"), inputsOf(one.inputs));
      const byName = new Map(circuit.nodes.map((node) => [node.name, node]));
      assert.equal(circuit.nodes[circuit.output]!.name, one.output);
      for (const [name, value] of Object.entries(one.values)) near(one, byName.get(name)!.value, value, `value of ${name}`);
      for (const [name, grad] of Object.entries(one.grads)) near(one, byName.get(name)!.grad, grad, `gradient of ${name}`);

      const unnamed = circuit.nodes.filter(({ named }) => !named);
      const expected = one.unnamed_nodes ?? [];
      assert.deepEqual(unnamed.map(({ expr, op, name }) => [expr, op, name]), expected.map(({ expr, op }, i) => [expr, op, `%${i + 1}`]));
      expected.forEach(({ value, grad, expr }, i) => {
        near(one, unnamed[i]!.value, value, `value of ${expr}`);
        near(one, unnamed[i]!.grad, grad, `gradient of ${expr}`);
      });

      const nameOf = (index: number): string => {
        const { named, name, expr } = circuit.nodes[index]!;
        return named ? name : expr;
      };
      const edges = circuit.nodes.flatMap((node) => node.edges);
      assert.deepEqual(
        edges.map(({ gate, input }) => [nameOf(gate), circuit.nodes[gate]!.op, nameOf(input)]),
        one.edges.map(({ gate, op, input }) => [gate, op, input]),
      );
      one.edges.forEach((edge, i) => {
        for (const key of ["local", "upstream", "contribution"] as const) near(one, edges[i]![key], edge[key], `${key} of ${edge.gate} <- ${edge.input}`);
      });
      if (one.expr !== undefined) {
        const whole = explainProgram(one.expr, inputsOf(one.inputs)).circuit;
        near(one, whole.nodes[whole.output]!.value, one.values[one.output]!, "value of the expression");
        for (const index of whole.inputs) near(one, whole.nodes[index]!.grad, one.grads[whole.nodes[index]!.name]!, whole.nodes[index]!.name);
      }
    });
  }
});

test("what flows over the edges that leave a node adds up to its gradient", () => {
  for (const one of circuitCases) {
    const { nodes, output } = explainProgram(one.stages.join("\n"), inputsOf(one.inputs)).circuit;
    for (const { index, uses, grad, name } of nodes) {
      if (index === output) continue;
      const sum = uses.reduce((total, { contribution }) => total + (contribution as number), 0);
      assert.ok(close(sum, grad as number, 1e-12, 1e-14), `${one.id}: ${name}`);
      for (const { local, upstream, contribution } of uses) {
        assert.ok(close(local! * (upstream as number), contribution as number, 1e-12, 1e-14), `${one.id}: ${name}`);
      }
    }
  }
});

test("names are unique: the last of a name assigned again has it, earlier ones are numbered", () => {
  const { nodes } = explainProgram("y = x + 1\ny = y * y\nx = y - 2 * y\ny = x * 2 + (y - 1)", { x: 3 }).circuit;
  assert.deepEqual(nodes.map(({ name }) => name), ["x@1", "y@1", "y@2", "%1", "x", "%2", "%3", "y"]);
  assert.equal(new Set(nodes.map(({ name }) => name)).size, nodes.length);
  assert.deepEqual(nodes.map(({ value }) => value), [3, 4, 16, 32, -16, -32, 15, -17]);
});

test("a literal is no node, a named number is, with its true derivative; y = x is a copy gate", () => {
  const { nodes, inputs } = explainProgram("c = 3\ny = x\nf = c * y + pi * 2", { x: 5 }).circuit;
  const shape = nodes.map(({ name, kind, op, expr, grad }) => [name, kind, op, expr, grad]);
  assert.deepEqual(shape, [
    ["x", "input", "input", "x", 3],
    ["c", "constant", "constant", "3", 5],
    ["y", "gate", "copy", "x", 3],
    ["%1", "gate", "mul", "(c * y)", 1],
    ["%2", "gate", "mul", "(pi * 2)", 1],
    ["f", "gate", "add", "((c * y) + (pi * 2))", 1],
  ]);
  assert.deepEqual(inputs, [0]);
  assert.deepEqual(nodes[4]!.edges, []);
  assert.deepEqual(nodes[4]!.operands, [{ literal: Math.PI, text: "pi" }, { literal: 2, text: "2" }]);
});

test("a program that is a number, an input or a comparison", () => {
  const output = (text: string) => {
    const { nodes, output: at } = explainProgram(text, { x: 2 }).circuit;
    const { name, kind, value, grad } = nodes[at]!;
    return [name, kind, value, grad];
  };
  assert.deepEqual(output("7"), ["%1", "constant", 7, 1]);
  assert.deepEqual(output("x"), ["x", "input", 2, 1]);
  assert.deepEqual(output("x > 1"), ["%1", "gate", 1, 1]);
});

test("a comparison is a number with a gradient of its own, and passes none on", () => {
  const { nodes } = explainProgram("t = x > 0\nf = t * y + where(t, x, 2 * x)", { x: 3, y: 5 }).circuit;
  const grads = new Map(nodes.map(({ name, grad }) => [name, grad]));
  assert.equal(grads.get("t"), 5);
  assert.equal(grads.get("x"), 1);
  assert.equal(grads.get("y"), 1);
});

test("inputs that nothing uses, and stages that do not lead to the output, have gradient 0", () => {
  const { nodes, unused } = explainProgram("a = x * 2\nf = y", { x: 1, y: 2, u: 3 }).circuit;
  assert.deepEqual(unused, ["u"]);
  assert.deepEqual(nodes.map(({ name, grad }) => [name, grad]), [["x", 0], ["y", 1], ["u", 0], ["a", 0], ["f", 1]]);
});

test("the backward pass starts with the given gradient", () => {
  const { circuit } = explainProgram("(x + y) * z", { x: -2, y: 5, z: -4 }, { seed: 2.5 });
  assert.deepEqual(circuit.nodes.map(({ grad }) => grad), [-10, -10, 7.5, -10, 2.5]);
});

test("a missing input is one error with its place", () => {
  assert.throws(() => explainProgram("x + y", { x: 1 }), (error: Diagnostic) => error.code === "missing-input" && error.place?.column === 5);
});
