/** Edges: ties, overflow, values that are not finite, and chains long enough to break whoever recurses. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { explainProgram } from "../../src/explain/index.ts";
import { close, edgeCases, inputsOf, numberOf, type EdgeCase, type Numbers } from "./cases.ts";

const defaultRtol = 1e-12;

const programOf = ({ expr, generator }: EdgeCase): string | undefined => {
  if (!generator) return expr;
  const { init, repeat, body, index } = generator;
  const line = (k: number): string => (index === undefined ? body : body.replace(new RegExp(`\\b${index}\\b`, "g"), String(k)));
  return [init, ...Array.from({ length: repeat }, (_, i) => line(i + 1))].join("\n");
};

const scalar = edgeCases.filter((one) => programOf(one) !== undefined);

describe("the edge cases of scalar circuits", () => {
  test("are all there", () => assert.equal(scalar.length, 29));

  for (const one of scalar) {
    test(one.id, () => {
      for (const { inputs, value, grads } of one.runs ?? [{ inputs: one.inputs!, value: one.value!, grads: one.grads }]) {
        const { circuit } = explainProgram(programOf(one)!, inputsOf(inputs), { file: "generated.txt" });
        const rtol = one.rtol ?? defaultRtol;
        const actual = circuit.nodes[circuit.output]!.value as number;
        // Informative cases say what only a better formula could reach.
        if (!one.informative) assert.ok(close(actual, numberOf(value), rtol, 0), `value ${actual}, expected ${value}`);
        const found = new Map(circuit.inputs.map((index) => [circuit.nodes[index]!.name, circuit.nodes[index]!.grad as number]));
        const fits = (expected: Numbers): boolean =>
          Object.entries(expected).every(([name, grad]) => close(found.get(name)!, numberOf(grad), rtol, 0));
        const shown = JSON.stringify([...found]);
        if (grads) assert.ok(fits(grads), `${shown}, expected ${JSON.stringify(grads)}`);
        if (one.accept) assert.ok(one.accept.some(fits), `${shown}, expected one of ${JSON.stringify(one.accept)}`);
        for (const wrong of one.reject ?? []) assert.ok(!fits(wrong), `${shown} is no subgradient`);
        if (one.sum_of_grads !== undefined) {
          const sum = [...found.values()].reduce((total, grad) => total + grad, 0);
          assert.ok(close(sum, one.sum_of_grads, defaultRtol, 0), `sum of gradients ${sum}`);
        }
      }
    });
  }
});

test("a chain of a million gates: values, gradients, text and JSON", () => {
  const gates = 1_000_000;
  const lines = ["y = x"];
  for (let i = 0; i < gates; i++) lines.push("y = y * 1.000001");
  const explanation = explainProgram(lines.join("\n"), { x: 2 }, { file: "generated.txt" });
  const { nodes, output } = explanation.circuit;
  assert.equal(nodes.length, gates + 2);
  assert.ok(close(nodes[output]!.value as number, 2 * 1.000001 ** gates, 1e-9, 0));
  assert.ok(close(nodes[0]!.grad as number, 1.000001 ** gates, 1e-9, 0));
  const text = explanation.toText();
  assert.ok(text.length < 10_000, `${text.length} characters`);
  assert.match(text, /999,982 more nodes/);
  let chunks = 0;
  for (const chunk of explanation.jsonChunks(() => ({ verdict: "good", worst: 0, entries: [] }))) {
    assert.ok(chunk.length < 1 << 18);
    if (++chunks === 20) break;
  }
  assert.equal(chunks, 20);
});
