/** Other inputs, small steps, and the passes one step at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "../../src/api/index.ts";
import { explain, explainProgram, stateAfter } from "../../src/explain/index.ts";
import type { Node } from "../../src/ir/node.ts";
import { circuitCase, inputsOf } from "./cases.ts";

const numbersOf = (explanation: ReturnType<typeof explainProgram>): unknown =>
  explanation.circuit.nodes.map(({ name, value, grad, edges }) => [name, value, grad, edges.map(({ local, upstream, contribution }) => [local, upstream, contribution])]);

const program = "a = exp(x)\nb = sin(y)\nc = a * 2\nd = b * b\nf = c + d";

test("other inputs: only what depends on them is computed, the rest is the very same number", () => {
  const before = explainProgram(program, { x: 1, y: 2 });
  const seen: Node[] = [];
  const after = before.withInputs({ x: 3 }, (node) => seen.push(node));
  const shown = new Map(before.circuit.nodes.map(({ node, name }) => [node, name]));
  assert.deepEqual(seen.map((node) => shown.get(node)).filter((name) => name !== undefined), ["a", "c", "f"]);
  // Of the gradients only that of x changes: exp passes its own output back.
  assert.equal(seen.filter(({ src }) => src.length > 0).length, 4);
  assert.deepEqual(numbersOf(after), numbersOf(explainProgram(program, { x: 3, y: 2 })));
  assert.equal(before.circuit.nodes[0]!.value, 1);
});

test("an input set to what it was computes nothing", () => {
  let computed = 0;
  const same = explainProgram(program, { x: 1, y: 2 }).withInputs({ x: 1, y: 2 }, () => computed++);
  assert.equal(computed, 0);
  assert.equal(same.circuit.nodes.at(-1)!.grad, 1);
});

test("in a program of a thousand stages a change at the end computes the end", () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `a${i + 1} = sin(a${i})`);
  const long = explainProgram(`a0 = x\n${lines.join("\n")}\nf = a1000 + z * z`, { x: 1, z: 2 });
  let computed = 0;
  const moved = long.withInputs({ z: 3 }, () => computed++);
  assert.ok(computed < 10, `${computed} nodes were computed`);
  assert.equal(moved.circuit.nodes.find(({ name }) => name === "z")!.grad, 6);
});

test("new values must fit, and unknown inputs are named", () => {
  const explanation = explainProgram("alpha * 2", { alpha: 1 });
  assert.throws(() => explanation.withInputs({ alhpa: 2 }), { code: "unknown-input", help: 'did you mean "alpha"?' });
  assert.throws(() => explanation.withInputs({ alpha: Float64Array.of(1, 2) }), { code: "does-not-fit" });
});

test("the same circuit again with other inputs, as the case `reuse`", () => {
  const first = explainProgram("(x + y) * z", { x: -2, y: 5, z: -4 });
  const second = first.withInputs({ x: 1, y: 1, z: 1 });
  assert.deepEqual(second.circuit.nodes.map(({ value, grad }) => [value, grad]), [[1, 1], [1, 1], [1, 2], [2, 1], [2, 1]]);
});

test("slide 9: increase x by h, and f changes by -3h", () => {
  const { gradient, before, predicted, actual, sentence } = explainProgram("f = x * y", { x: 4, y: -3 }).nudge("x", 0.01);
  assert.equal(gradient, -3);
  assert.equal(before, -12);
  assert.ok(Math.abs(predicted - -12.03) < 1e-12 && Math.abs(actual - -12.03) < 1e-12);
  assert.match(sentence, /^Increase x by 0\.01: f changes by -3 h = -0\.03, says the gradient, from -12 to -12\.03\. It becomes -12\.03/);
});

test("a nudge shows where the gradient is only the beginning", () => {
  const { predicted, actual, sentence } = explainProgram("x^2", { x: 3 }).nudge("x", -0.5);
  assert.equal(predicted, 6);
  assert.equal(actual, 6.25);
  assert.match(sentence, /^Decrease x by 0\.5: .* off by 0\.25\.$/);
});

test("a nudge and a step do not depend on the gradient that the output was given", () => {
  const explanation = explainProgram("x * y", { x: 4, y: -3 }, { seed: 10 });
  assert.equal(explanation.nudge("x", 1).gradient, -3);
  assert.equal(explanation.withInputs({ y: 2 }).nudge("x", 1).gradient, 2);
  assert.ok(Math.abs(explanation.follow(0.1).predicted - (-12 + 0.1 * 25)) < 1e-12);
});

test("one entry of a tensor can be nudged", () => {
  const explanation = explain((W: Tensor) => W.mul(W).sum(), { W: [[1, 2], [3, 4]] });
  const { input, gradient, actual } = explanation.nudge("W[1,0]", 1);
  assert.deepEqual([input, gradient, actual], ["W[1,0]", 6, 37]);
  assert.throws(() => explanation.nudge("W[2,0]", 1), { code: "bad-entry", help: "the entries are W[0,0] to W[1,1]" });
});

test("statement 16: one step of 0.01 along the gradient of (x + y) z", () => {
  const { before, predicted, after, inputs, sentence } = explainProgram("f = (x + y) * z", { x: -2, y: 5, z: -4 }).follow(0.01);
  assert.equal(before, -12);
  assert.ok(Math.abs(predicted - -11.59) < 1e-12);
  assert.ok(Math.abs(after - -11.5924) < 1e-12);
  assert.deepEqual(inputs.map(({ name, after: to }) => [name, Number((to as number).toFixed(10))]), [["x", -2.04], ["y", 4.96], ["z", -3.97]]);
  assert.match(sentence, /f was -12; the gradient predicts -11\.59; it becomes -11\.5924\.$/);
});

test("steps: every sentence of slides 14 to 20, and nothing is known before it is computed", () => {
  const { stages, inputs } = circuitCase("s14-sigmoid-neuron-gates");
  const explanation = explainProgram(stages.join("\n"), inputsOf(inputs));
  const { circuit } = explanation;
  const steps = explanation.steps({ digits: 2 });
  assert.equal(steps.length, 13 + 1 + 8);
  const backward = steps.filter(({ phase }) => phase === "backward").map(({ sentence }) => sentence);
  assert.equal(backward[0], "f starts with the gradient 1.00");
  assert.equal(backward[1], "f = inv(d): d gets [-1 / d^2 = -0.53] x [1.00] = -0.53");
  const start = stateAfter(circuit, steps, 0);
  assert.ok(start.values.every((value) => value === undefined) && start.gradients.every((gradient) => gradient === undefined));
  const forward = stateAfter(circuit, steps, 13);
  assert.deepEqual(forward.values, circuit.nodes.map(({ value }) => value));
  assert.ok(forward.gradients.every((gradient) => gradient === undefined));
  const end = stateAfter(circuit, steps, steps.length);
  assert.deepEqual(end.gradients, circuit.nodes.map(({ grad }) => grad));
  assert.ok(end.complete.every((complete) => complete));
});

test("steps: a gradient at a fork is known but not complete until its last branch arrives", () => {
  const explanation = explainProgram("a = x * 3\nf = a + x", { x: 2, u: 1 });
  const steps = explanation.steps();
  const gradientsOfX = steps.flatMap(({ changed }) => changed.filter(({ node, wire }) => node === 0 && wire === "gradient"));
  assert.deepEqual(gradientsOfX.map(({ number, complete }) => [number, complete]), [[1, false], [4, true]]);
  assert.match(steps.find(({ sentence }) => sentence.startsWith("a = "))!.sentence, /a = x \* 3 = 6, with x = 2/);
  assert.match(steps.at(-1)!.sentence, /u does not lead to f: its gradient is 0/);
});
