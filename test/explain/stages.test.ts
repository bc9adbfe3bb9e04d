/** Folding by stages: the same numbers in fewer boxes, and never more than a person can look at. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { Tensor } from "../../src/api/index.ts";
import { createCircuit, type LiveCircuit } from "../../src/explain/circuit.ts";
import { explain, explainProgram } from "../../src/explain/index.ts";
import { boxesAround, foldParts, partsOf, type FoldedPart, type Part } from "../../src/explain/stages.ts";
import { close } from "./cases.ts";
import { assertGolden } from "./golden.ts";
import { cases, circuitOf, circuitOfCase } from "./programs.ts";

const folded = ({ plan }: LiveCircuit, which: FoldedPart = () => true): LiveCircuit => createCircuit(foldParts(plan.draft, partsOf(plan.draft), which));

const namesOf = ({ nodes }: LiveCircuit): string => nodes.map(({ name, op, kind }) => (kind === "gate" ? `${name}:${op}` : name)).join(" ");

const source = readFileSync(new URL(import.meta.url), "utf8");
const layers = "h1 = tanh(w1 * x + b1)\nh2 = tanh(w2 * x + b2)\ny = v1 * h1 + v2 * h2 + c\nloss = (y - t)^2";
const layersAt = { w1: 0.5, x: 2, b1: -1, w2: -0.3, b2: 0.1, v1: 1.5, v2: -2, c: 0.2, t: 1 };

test("a small network by its stages, as text", () => {
  assertGolden("stages", explainProgram(layers, layersAt, { stages: true }).toText());
});

test("what goes back to an input of a stage is the sum over the wires inside of it", () => {
  const whole = circuitOf("a = x * w + x\nf = a * 3 + x", { x: 2, w: 5 });
  const stages = folded(whole);
  assert.equal(namesOf(stages), "x w a:stage f:stage");
  const [, , a] = stages.nodes;
  // d a / d x = w + 1, over two wires; a itself has the gradient 3.
  assert.deepEqual(a!.edges.map(({ input, local, upstream, contribution }) => [stages.nodes[input]!.name, local, upstream, contribution]), [["x", 6, 3, 18], ["w", 2, 3, 6]]);
  assert.equal(a!.expr, "((x * w) + x)");
  assert.deepEqual(stages.nodes[0]!.grad, 19);
});

test("in every case the values and gradients around the stages are those of the gates", () => {
  for (const id of cases.keys()) {
    const whole = circuitOfCase(id);
    const stages = folded(whole);
    const byName = new Map(whole.nodes.map((node) => [node.name, node] as const));
    for (const { name, value, grad } of stages.nodes) {
      const node = byName.get(name);
      if (node === undefined) continue;
      assert.ok(close(value as number, node.value as number, 1e-12, 0) && close(grad as number, node.grad as number, 1e-9, 1e-12), `${id} ${name}`);
    }
    assert.equal(stages.nodes[stages.output]!.name, whole.nodes[whole.output]!.name, id);
  }
});

test("whatever is folded, names, numbers and expressions of what is left stay", () => {
  const whole = circuitOf(`${layers}\nz = (loss > 0.5) * exp(y) + loss`, layersAt);
  const keys = partsOf(whole.plan.draft).filter(({ parts }) => parts.length > 0).map(({ key }) => key);
  assert.deepEqual(keys, ["stage h1", "stage h2", "stage y", "stage loss", "stage z"]);
  fc.assert(
    fc.property(fc.subarray(keys), (chosen) => {
      const some = folded(whole, ({ key }) => chosen.includes(key));
      for (const { name, value, grad, expr, named } of some.nodes) {
        const node = whole.nodes.find((one) => one.name === name)!;
        assert.deepEqual([value, expr, named], [node.value, node.expr, node.named], name);
        assert.ok(close(grad as number, node.grad as number, 1e-12, 0), name);
      }
      assert.equal(some.nodes.filter(({ op }) => op === "stage").length, chosen.length);
    }),
  );
  const { draft } = whole.plan;
  assert.equal(foldParts(draft, partsOf(draft), () => false), draft);
});

test("a comparison alone on its line is no box, and one that ends a stage gives its answer as a number", () => {
  const whole = circuitOf("p = x > 1\nq = x * 2 > y\nf = where(q, x * p, y)", { x: 3, y: 4 });
  const stages = folded(whole);
  const at = (name: string): number => stages.nodes.find((node) => node.name === name)!.value as number;
  assert.deepEqual([at("p"), at("q"), at("f")], [1, 1, 3]);
  assert.equal(stages.nodes[0]!.grad, whole.nodes[0]!.grad);
});

/** Every box that can be opened, with the number of parts. */
const boxesIn = (parts: readonly Part[]): Part[] => parts.flatMap((part) => (part.parts.length === 0 ? [] : [part, ...boxesIn(part.parts)]));

const chain = (count: number): string => Array.from({ length: count }, (_, i) => `s${i + 1} = tanh(w * ${i === 0 ? "x" : `s${i}`} + b)`).join("\n");
const large = {
  "a thousand stages in a row": `${chain(1000)}`,
  "one expression of a thousand gates": `f = ${Array.from({ length: 500 }, (_, i) => `x * ${i}`).join(" + ")}`,
  "a nest of a thousand gates": `f = ${"sin(x + ".repeat(90)}x${")".repeat(90)} + ${Array.from({ length: 400 }, () => "exp(x)").join(" + ")}`,
  "a loss over every state of a recurrence": `${chain(333)}\nloss = ${Array.from({ length: 333 }, (_, i) => `(s${i + 1} - y)^2`).join(" + ")}`,
  "many heads": `${Array.from({ length: 400 }, (_, i) => `h${i} = tanh(x * ${i} + b)`).join("\n")}\nf = ${Array.from({ length: 400 }, (_, i) => `h${i}`).join(" + ")}`,
};

test("however large a circuit is, no box opens into more than fifty, and every gate can be reached", () => {
  for (const [what, text] of Object.entries(large)) {
    const { draft } = circuitOf(text, { x: 0.5, w: 0.9, b: 0.1, y: 0.2 }).plan;
    const parts = partsOf(draft);
    assert.ok(parts.length > 1 && parts.length <= 50, `${what}: ${parts.length}`);
    const boxes = boxesIn(parts);
    for (const box of boxes) {
      assert.ok(box.parts.length > 1 && box.parts.length <= 50, `${what}: ${box.key} ${box.parts.length}`);
      assert.deepEqual(box.parts.flatMap(({ gates }) => gates).sort((a, b) => a - b), box.gates, what);
      assert.equal(box.parts.at(-1)!.root, box.root);
    }
    assert.equal(new Set(boxes.map(({ key }) => key)).size, boxes.length, what);
    const gates = draft.nodes.flatMap(({ kind }, i) => (kind === "gate" ? [i] : []));
    assert.deepEqual(parts.flatMap((part) => part.gates).sort((a, b) => a - b), gates, what);
  }
});

test("the boxes around a gate, the outermost first; opened one by one, the gate is drawn", () => {
  const whole = circuitOf(chain(1000), { x: 0.5, w: 0.9, b: 0.1 });
  const parts = partsOf(whole.plan.draft);
  const gate = whole.nodes.findIndex(({ name }) => name === "s999") - 1;
  const around = boxesAround(parts, gate);
  assert.deepEqual(around.map(({ key }) => key), ["20 stages s1000", "stage s999"]);
  const shown = (...open: readonly string[]): number => folded(whole, ({ key }) => !open.includes(key)).nodes.length;
  assert.equal(shown(), 3 + 50);
  assert.equal(shown(around[0]!.key), 3 + 49 + 20);
  assert.equal(shown(around[0]!.key, around[1]!.key), 3 + 49 + 19 + 3);
  const { nodes } = folded(whole, ({ key }) => key !== around[0]!.key && key !== around[1]!.key);
  assert.ok(nodes.some(({ name, op }) => name === whole.nodes[gate]!.name && op === "add"));
});

test("named lines of a function are stages, tensors as well", () => {
  const f = (W: Tensor, x: Tensor): Tensor => {
    const h = W.matmul(x).tanh();
    return h.mul(h).sum();
  };
  const readSource = (file: string): string | undefined => (file.includes("stages.test") ? source : undefined);
  const whole = explain(f, { W: [[1, -2], [0.5, 3]], x: [0.3, -0.1] }, { readSource });
  const stages = explain(f, { W: [[1, -2], [0.5, 3]], x: [0.3, -0.1] }, { readSource, stages: true });
  assert.deepEqual(stages.circuit.nodes.map(({ op }) => op), ["input", "input", "stage", "2 gates"]);
  for (const i of [0, 1]) {
    const [one, other] = [stages.circuit.nodes[i]!.grad as Float64Array, whole.circuit.nodes[i]!.grad as Float64Array];
    one.forEach((x, k) => assert.ok(close(x, other[k]!, 1e-12, 0)));
  }
});

test("folded circuits step, draw, print code and are checked as any other", () => {
  const explanation = explainProgram(layers, layersAt, { stages: true });
  assert.equal(explanation.check().verdict, "good");
  assert.match(explanation.toSVG(), /class="group"[^]*>stage</);
  assert.match(explanation.toHTML(), /stage\(w1, x, b1\)/);
  assert.match(explanation.toCode("python"), /def stage\(w1, x, b1\)/);
  assert.equal(explanation.steps().length, explanation.circuit.nodes.length + 1 + 4);
  const moved = explanation.withInputs({ x: -1 });
  const whole = explainProgram(layers, { ...layersAt, x: -1 });
  assert.equal(moved.circuit.nodes.at(-1)!.value, whole.circuit.nodes.at(-1)!.value);
});
