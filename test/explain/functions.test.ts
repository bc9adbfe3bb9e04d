/** Circuits of plain functions: arguments by name, names from the source, groups folded and opened, entries. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { grads, sigmoid, softmaxCrossEntropy, tensor, type Tensor } from "../../src/api/index.ts";
import { explain, explainProgram } from "../../src/explain/index.ts";
import type { Explanation } from "../../src/explain/index.ts";

const readSource = (file: string): string => readFileSync(file, "utf8");
const namesOf = ({ circuit }: Explanation): string[] => circuit.nodes.map(({ name }) => name);
const numberOf = ({ circuit }: Explanation, name: string, wire: "value" | "grad"): unknown =>
  circuit.nodes.find((node) => node.name === name)![wire];

const product = (x: Tensor, y: Tensor, z: Tensor): Tensor => x.add(y).mul(z);

test("inputs by name, in order, and as a map", () => {
  for (const inputs of [{ z: -4, x: -2, y: 5 }, [-2, 5, -4], new Map([["x", -2], ["y", 5], ["z", -4]])]) {
    const { circuit } = explain(product, inputs);
    assert.deepEqual(circuit.nodes.map(({ name, op, expr, value, grad }) => [name, op, expr, value, grad]), [
      ["x", "input", "x", -2, -4],
      ["y", "input", "y", 5, -4],
      ["z", "input", "z", -4, 3],
      ["%1", "add", "(x + y)", 3, -4],
      ["%2", "mul", "((x + y) * z)", -12, 1],
    ]);
  }
});

test("inputs that do not fit the parameters are one clear error", () => {
  assert.throws(() => explain(product, { x: 1, y: 2 }), { code: "missing-input", help: "give it as z=1" });
  assert.throws(() => explain(product, { x: 1, y: 2, z: 3, Z: 4 }), { code: "unknown-input", help: 'did you mean "z"?' });
  assert.throws(() => explain(product, [1]), { code: "missing-input" });
  assert.throws(() => explain(({ x }: { x: Tensor }) => x, { x: 1 }), { code: "unnamed-parameters", help: /^give every parameter a name/ });
  assert.throws(() => explain(() => undefined, {}), { code: "not-a-tensor" });
  assert.throws(() => explain((x: Tensor) => ({ x }), { x: 1 }), { code: "not-a-tensor", sentence: "The function returned an object, not a tensor." });
  assert.throws(() => explain((...xs: Tensor[]) => xs[0]!, { x: 1 }), { code: "unknown-input", help: "it has no parameters with names" });
  assert.throws(() => explain((x: Tensor) => x.gt(0), { x: 1 }), { code: "not-differentiable" });
});

const staged = (x: Tensor, y: Tensor): Tensor => {
  const q = x.mul(y).add(1);
  let h = q;
  for (let i = 0; i < 3; i++) {
    const step = h.sin();
    h = step;
  }
  const named = h.mul(2).named("doubled");
  return named.add(q);
};

test("nodes are called as in the source: const NAME, .named, a loop's names numbered", () => {
  const explanation = explain(staged, { x: 1, y: 2 }, { readSource });
  assert.deepEqual(namesOf(explanation), ["x", "y", "%1", "q", "step@1", "step@2", "step", "doubled", "%2"]);
  assert.ok(explanation.circuit.nodes.filter(({ named }) => named).length === 7);
  assert.match(explanation.circuit.nodes[3]!.place!.file!, /functions\.test\.ts$/);
  assert.deepEqual(namesOf(explain(staged, { x: 1, y: 2 })), ["x", "y", "%1", "%2", "%3", "%4", "%5", "doubled", "%6"]);
});

test("a statement that goes on over several lines names its last call", () => {
  const f = (x: Tensor, w: Tensor): Tensor => {
    const hidden = x
      .mul(w)
      .add(1)
      .tanh();
    return hidden.mul(2);
  };
  assert.deepEqual(namesOf(explain(f, { x: 1, w: 2 }, { readSource })), ["x", "w", "%1", "%2", "hidden", "%3"]);
});

test("several statements on one line each name their own, and a function is no name for what it returns", () => {
  const f = (x: Tensor, w: Tensor): Tensor => { const y = x.mul(w).add(1); let z = y.tanh(); return z.mul(y.neg()); };
  assert.deepEqual(namesOf(explain(f, { x: 1, w: 2 }, { readSource })), ["x", "w", "%1", "y", "z", "%2", "%3"]);
  const half = 0.5; const g = (x: Tensor): Tensor => x.mul(half);
  assert.deepEqual(namesOf(explain(g, { x: 1 }, { readSource })), ["x", "%1"]);
});

test("a tensor times or over a written number gets that number, not the words for it", () => {
  const text = explain((x: Tensor) => x.mul(3).div(4).sub(x.pow(2)), { x: [1, 2] }).toText();
  for (const factor of ["[3] x d%1 [2]", "[0.25] x d%2 [2]", "[2 * x] x d%3 [2]"]) assert.ok(text.includes(`= ${factor}`), `${factor} in ${text}`);
  assert.doesNotMatch(text.split("\n\n")[3]!, /\[local gradient\]/);
});

test("trees of tensors are inputs by their paths, and what is unused is listed", () => {
  const model = { w: tensor([1, 2]), layers: [{ b: tensor(3) }], rate: 0.1 };
  const f = (m: typeof model, x: Tensor): Tensor => m.w.mul(x).sum();
  const { circuit } = explain(f, { m: model, x: [3, 4] });
  assert.deepEqual(circuit.inputs.map((index) => circuit.nodes[index]!.name), ["m.w", "m.layers[0].b", "x"]);
  assert.deepEqual(circuit.unused, ["m.layers[0].b"]);
  assert.equal(circuit.nodes[1]!.grad, 0);
});

test("plumbing stays in the data and is marked; a transpose is something to see", () => {
  const { circuit } = explain((A: Tensor, b: Tensor) => A.transpose().add(b).reshape([6]).sum(), { A: [[1, 2, 3], [4, 5, 6]], b: [1, 2] });
  const gates = circuit.nodes.filter(({ kind }) => kind === "gate");
  assert.deepEqual(gates.map(({ op, plumbing }) => [op, plumbing]), [["transpose", false], ["broadcast", true], ["add", false], ["reshape", true], ["sum", false]]);
  const text = explain((A: Tensor, b: Tensor) => A.transpose().add(b).reshape([6]).sum(), { A: [[1, 2, 3], [4, 5, 6]], b: [1, 2] }).toText();
  assert.ok(!text.includes("broadcast") && !text.includes("reshape(") && text.includes("transpose(A)"));
});

test("gradients of a tensor function are those of grads, also through groups", () => {
  const scores = [[1, 2, 3], [0.5, -1, 2]];
  const f = (s: Tensor, w: Tensor): Tensor => softmaxCrossEntropy(sigmoid(s.mul(w)).mul(3), [2, 0]).mean();
  const explanation = explain(f, { s: scores, w: [1, -1, 0.5] });
  const [ds, dw] = grads(f)(tensor(scores), tensor([1, -1, 0.5])) as unknown as [Tensor, Tensor];
  assert.deepEqual(numberOf(explanation, "s", "grad"), ds.dataSync());
  assert.deepEqual(numberOf(explanation, "w", "grad"), dw.dataSync());
});

test("a tensor as output starts with the given gradient in every entry", () => {
  const { circuit } = explain((x: Tensor) => x.mul(x), { x: [1, 2] }, { seed: 3 });
  assert.deepEqual([...(circuit.nodes[0]!.grad as Float64Array)], [6, 12]);
});

const neuron = "m = w * x\nf = 1 / (1 + exp(-(m + b)))";

test("group: a recognised chain becomes one gate, says what it stands for, and changes no input gradient", () => {
  const inputs = { w: 2, x: -1, b: 0.5 };
  const plain = explainProgram(neuron, inputs);
  const grouped = explainProgram(neuron, inputs, { group: true });
  assert.deepEqual(namesOf(grouped), ["w", "x", "b", "m", "%1", "f"]);
  const [found] = grouped.circuit.grouped;
  assert.deepEqual([found!.word, found!.name, found!.expr], ["sigmoid", "f", "(1 / (1 + exp((-(m + b)))))"]);
  assert.match(grouped.toText(), /f is sigmoid, written as \(1 \/ \(1 \+ exp\(\(-\(m \+ b\)\)\)\)\): /);
  for (const name of ["w", "x", "b", "m"]) {
    const [a, b] = [numberOf(plain, name, "grad") as number, numberOf(grouped, name, "grad") as number];
    assert.ok(Math.abs(a - b) <= 1e-14, name);
  }
});

test("group: a node that the user named never disappears", () => {
  const grouped = explainProgram("e1 = exp(-x)\nf = 1 / (1 + e1)", { x: 2 }, { group: true });
  assert.deepEqual(namesOf(grouped), ["x", "%1", "e1", "%2", "f"]);
  assert.deepEqual(grouped.circuit.grouped, []);
  const inFunction = (x: Tensor): Tensor => {
    const e1 = x.neg().exp();
    return e1.add(1).inv();
  };
  assert.ok(namesOf(explain(inFunction, { x: 2 }, { group: true, readSource })).includes("e1"));
  assert.deepEqual(explain(inFunction, { x: 2 }, { group: true }).circuit.grouped.map(({ word }) => word), ["sigmoid"]);
});

test("ungroup: written groups open into their gates, names and gradients stay", () => {
  const written = explainProgram("s = sigmoid(w * x)\nf = s * s", { w: 1, x: 2 });
  const opened = explainProgram("s = sigmoid(w * x)\nf = s * s", { w: 1, x: 2 }, { ungroup: true });
  assert.deepEqual(opened.circuit.nodes.map(({ name, op }) => [name, op]), [
    ["w", "input"], ["x", "input"], ["%1", "mul"], ["%2", "neg"], ["%3", "exp"], ["%4", "add"], ["s", "inv"], ["f", "mul"],
  ]);
  for (const name of ["w", "x", "s"]) {
    assert.ok(Math.abs((numberOf(opened, name, "grad") as number) - (numberOf(written, name, "grad") as number)) < 1e-14);
  }
  assert.throws(() => explainProgram("x", { x: 1 }, { group: true, ungroup: true }), { code: "contradiction" });
});

test("ungroup and back: stages that do not lead to the output stay as well", () => {
  const { circuit } = explainProgram("dead = x * 3\ns = sigmoid(x)", { x: 1, u: 2 }, { ungroup: true });
  assert.deepEqual(circuit.nodes.filter(({ named }) => named).map(({ name }) => name), ["x", "u", "dead", "s"]);
  assert.deepEqual(circuit.unused, ["u"]);
});

const layer = (W: Tensor, X: Tensor, b: Tensor): Tensor => {
  const D = W.matmul(X);
  const H = D.add(b).tanh();
  return H.mul(H).sum();
};
const rows = (count: number, width: number): number[][] =>
  Array.from({ length: count }, (_, i) => Array.from({ length: width }, (_, j) => Math.sin(i * width + j + 1)));
const given = { W: rows(5, 4), X: rows(4, 3), b: [1, 2, 3] };

test("one entry of a value or of a gradient as a scalar circuit with the same number", () => {
  const whole = explain(layer, given, { readSource });
  const entries: [string, string, "value" | "grad", number][] = [
    ["W[1,2]", "W", "grad", 6], ["dW[4,3]", "W", "grad", 19], ["dX[0,0]", "X", "grad", 0], ["b[1]", "b", "grad", 1],
    ["D[0,1]", "D", "value", 1], ["dD[1,1]", "D", "grad", 4], ["H[4,2]", "H", "value", 14], ["dH[2,2]", "H", "grad", 8],
  ];
  for (const [entry, name, wire, at] of entries) {
    const { circuit } = explain(layer, given, { readSource, entry });
    const output = circuit.nodes[circuit.output]!;
    const expected = (numberOf(whole, name, wire) as Float64Array)[at]!;
    assert.ok(Math.abs((output.value as number) - expected) <= 1e-14, `${entry}: ${String(output.value)}, expected ${expected}`);
    assert.ok(circuit.nodes.every(({ shape }) => shape.length === 0), entry);
    assert.equal(output.name, entry.startsWith("W") || entry.startsWith("b") ? `d${entry}` : entry);
  }
});

test("an entry of a product is its sum of products, with every factor by name", () => {
  const { circuit } = explain(layer, given, { readSource, entry: "D[0,1]" });
  const gates = circuit.nodes.filter(({ kind }) => kind === "gate");
  assert.deepEqual(gates.slice(0, 4).map(({ expr }) => expr), ["(W[0,0] * X[0,1])", "(W[0,1] * X[1,1])", "(W[0,2] * X[2,1])", "(W[0,3] * X[3,1])"]);
  assert.deepEqual(gates.map(({ op }) => op), ["mul", "mul", "mul", "mul", "add", "add", "add"]);
});

test("entries through folds, groups and slices carry the same number", () => {
  const f = (x: Tensor): Tensor => {
    const p = x.softmax();
    const m = p.slice([[0, 1]]).mean({ axes: 1 });
    return m.sum();
  };
  const x = [[1, 2, 3], [0, 1, -1]];
  const whole = explain(f, { x }, { readSource });
  for (const [entry, name, wire, at] of [["p[1,2]", "p", "value", 5], ["m[0]", "m", "value", 0], ["dp[0,1]", "p", "grad", 1], ["dx[0,2]", "x", "grad", 2], ["dx[1,0]", "x", "grad", 3]] as const) {
    const { circuit } = explain(f, { x }, { readSource, entry });
    const expected = (numberOf(whole, name, wire) as Float64Array)[at]!;
    assert.ok(Math.abs((circuit.nodes[circuit.output]!.value as number) - expected) <= 1e-14, entry);
  }
});

test("entries that are not there, or too large to read", () => {
  assert.throws(() => explain(layer, given, { readSource, entry: "E[0]" }), { code: "unknown-entry" });
  assert.throws(() => explain(layer, given, { readSource, entry: "D[5,0]" }), { code: "bad-entry", help: "the entries are D[0,0] to D[4,2]" });
  assert.throws(() => explain((a: Tensor, b: Tensor) => a.matmul(b).sum(), { a: rows(1, 1500), b: rows(1500, 1) }, { entry: "%1[0,0]" }), { code: "entry-too-large" });
});

test("one object for every form: text, data, drawing, page and code", () => {
  const explanation = explainProgram(neuron, { w: 2, x: -1, b: 0.5 });
  assert.match(explanation.toText(), /^Forward: /);
  assert.match(explanation.toSVG(), /^<svg /);
  assert.match(explanation.toHTML(), /^<!doctype html>/i);
  assert.match(explanation.toCode("ts"), /exp\(/);
  assert.match(explanation.toCode("python"), /exp\(/);
  assert.equal(explanation.toJSON().schema, 1);
});
