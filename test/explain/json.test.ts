/** The contract of `--json`, schema 1. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "../../src/api/index.ts";
import { explain, explainProgram, type CheckPart } from "../../src/explain/index.ts";

const check = (): CheckPart => ({
  verdict: "wrong",
  worst: NaN,
  entries: [{ name: "x", analytic: -0, numeric: Infinity, relativeError: 0.5, verdict: "wrong", kink: true }],
});

test("exactly the keys of the contract, in full precision", () => {
  const json = explainProgram("q = x + y\n(q + 0.1) * z", { x: -2, y: 5, z: -4 }).toJSON();
  assert.deepEqual(Object.keys(json), ["schema", "output", "value", "nodes", "edges", "check"]);
  assert.equal(json.schema, 1);
  assert.equal(json.output, "%2");
  assert.equal(json.value, -12.4);
  assert.deepEqual(json.nodes[3], { name: "q", op: "add", expr: "(x + y)", value: 3, grad: -4 });
  assert.deepEqual(json.nodes[4], { name: "%1", op: "add", expr: "(q + 0.1)", value: 3.1, grad: -4 });
  assert.deepEqual(json.edges.map(({ gate, input }) => [gate, input]), [["q", "x"], ["q", "y"], ["%1", "q"], ["%2", "%1"], ["%2", "z"]]);
  assert.deepEqual(json.edges[4], { gate: "%2", op: "mul", input: "z", local: 3.1, upstream: 1, contribution: 3.1 });
  assert.deepEqual(Object.keys(json.check), ["verdict", "worst", "entries"]);
  assert.deepEqual(json.check.entries.map(({ name, verdict }) => [name, verdict]), [["x", "good"], ["y", "good"], ["z", "good"]]);
  assert.deepEqual(Object.keys(json.check.entries[0]!), ["name", "analytic", "numeric", "relativeError", "verdict", "kink"]);
});

test("what JSON cannot say is a string", () => {
  const explanation = explainProgram("f = 1 / x + 0 * y", { x: -0, y: Infinity });
  const json = JSON.parse([...explanation.jsonChunks(check)].join("")) as ReturnType<typeof explanation.toJSON>;
  const values = json.nodes.map(({ name, value }) => [name, value]);
  assert.deepEqual(values, [["x", "-0"], ["y", "Infinity"], ["%1", "-Infinity"], ["%2", "NaN"], ["f", "NaN"]]);
  assert.equal(json.edges[0]!.local, "-Infinity");
  assert.deepEqual(json.check, {
    verdict: "wrong",
    worst: "NaN",
    entries: [{ name: "x", analytic: "-0", numeric: "Infinity", relativeError: 0.5, verdict: "wrong", kink: true }],
  });
});

test("tensors are nested arrays with their shape beside", () => {
  const json = explain((W: Tensor, x: Tensor) => W.matmul(x).sum(), { W: [[1, 2, 3], [4, 5, 6]], x: [1, 0, 2] }).toJSON();
  assert.deepEqual(json.nodes[0], { name: "W", op: "input", expr: "W", value: [[1, 2, 3], [4, 5, 6]], grad: [[1, 0, 2], [1, 0, 2]], shape: [2, 3] });
  assert.deepEqual(json.edges[0], {
    gate: "%1", op: "einsum", input: "W", local: null, upstream: [1, 1], contribution: [[1, 0, 2], [1, 0, 2]], shape: [2, 3],
  });
  assert.equal(json.value, 1 + 2 * 3 + 4 + 2 * 6);
  const vector = explain((x: Tensor) => x.mul(2), { x: [[], []] }).toJSON();
  assert.deepEqual([vector.value, vector.shape], [[[], []], [2, 0]]);
});

test("a number without inputs is still a whole document", () => {
  const json = explainProgram("3 + 4", {}).toJSON();
  assert.deepEqual([json.value, json.edges, json.check], [7, [], { verdict: "good", worst: 0, entries: [] }]);
  assert.equal(JSON.stringify(explainProgram("3 + 4", {})), JSON.stringify(json));
});

test("names of the user that are special to JavaScript are only names", () => {
  const json = explainProgram("constructor = __proto__ + 1\ntoString = constructor * 2", new Map([["__proto__", 3]])).toJSON();
  assert.deepEqual(json.nodes.map(({ name, value }) => [name, value]), [["__proto__", 3], ["constructor", 4], ["toString", 8]]);
});
