/** Phrases of a circuit: read from the first to the last they are its gates again, and what often follows is one of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Phrases, phrasesOf } from "../../../src/emit/program/phrases.ts";
import type { DType } from "../../../src/ir/dtype.ts";
import type { CircuitKernel, GateKind } from "../../../src/ir/kernel.ts";
import { linesOf } from "../../../src/ir/circuit-lines.ts";

const kindOf = (operands: number): GateKind => ({ name: `gate${operands}`, work: { kind: "convert" }, types: new Array<DType>(operands).fill("float64"), dtype: "float64" });
const kinds = [1, 2, 3, 4, 2].map(kindOf);

/** Gates by their kinds; operands point so far back, beyond the first gate to sources. */
const circuitOf = (list: readonly (readonly [kind: number, back: readonly number[]])[]): CircuitKernel => {
  const operands = list.flatMap(([kind, back], gate) => kinds[kind]!.types.map((_, i) => (back[i]! <= gate ? gate - back[i]! : -1 - (back[i]! % 3))));
  const sources = [0, 1, 2].map((value) => ({ kind: "constant", value, dtype: "float64" }) as const);
  return { kind: "circuit", sources, kinds, gates: Int32Array.from(list, ([kind]) => kind), operands: Int32Array.from(operands), sites: new Map(), stores: [] };
};

/** Whatever the phrases say about gates, put together again. */
const assertSame = ({ all, text }: Phrases, { gates, operands }: CircuitKernel): void => {
  let [gate, at] = [0, 0];
  for (const number of text) {
    const first = gate;
    const phrase = all[number]!;
    assert.ok(phrase.length >= 1 && phrase.length <= 8);
    for (const own of phrase) {
      assert.equal(own.kind, gates[gate]);
      for (const operand of own.operands) {
        const given = operands[at++]!;
        assert.equal(operand, given >= first ? given - first : -1);
      }
      gate++;
    }
  }
  assert.deepEqual([gate, at], [gates.length, operands.length]);
};

const gate = fc.tuple(fc.nat(kinds.length - 1), fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 4, maxLength: 4 }));

test("phrases are the circuit's gates, in order and with their operands", () => {
  fc.assert(
    fc.property(fc.array(gate, { maxLength: 12 }), fc.array(gate, { maxLength: 30 }), fc.nat(60), fc.nat(4), (often, before, times, apart) => {
      const circuit = circuitOf([...before, ...Array.from({ length: times }, () => often).flat(), ...before]);
      const phrases = phrasesOf(circuit, (kind) => kind !== apart);
      assertSame(phrases, circuit);
      for (const phrase of phrases.all) if (phrase.length > 1) assert.ok(phrase.every(({ kind }) => kind !== apart && kinds[kind]!.types.length <= 3));
      assert.deepEqual(phrasesOf(circuit, (kind) => kind !== apart), phrases);
    }),
    { numRuns: 60 },
  );
  const none = circuitOf([]);
  assertSame(phrasesOf(none, () => true), none);
});

test("what follows again and again is one phrase, also where the circuit is far longer than what is looked at", () => {
  const turn = [[0, [1]], [1, [1, 3]], [4, [2, 1]], [2, [1, 2, 9]]] as const;
  for (const times of [100, 20_000]) {
    const circuit = circuitOf(Array.from({ length: times }, () => turn).flat());
    const { all, text } = phrasesOf(circuit, () => true);
    assertSame({ all, text }, circuit);
    assert.ok(text.length < times, `${text.length} phrases for ${4 * times} gates`);
    assert.deepEqual([...new Set(text)].filter((number) => all[number]!.length === 8).length, 1);
  }
});

test("a circuit's lines are its gates, and what they read stands in front of the first that reads it", () => {
  const circuit = circuitOf([[0, [5]], [1, [1, 8]], [1, [2, 9]]]);
  const { lines, stores } = linesOf({ ...circuit, stores: [{ gate: 2, access: { buffer: undefined as never, offset: 0, strides: [], guards: [], fill: 0 } }] });
  const texts = lines.map((line) => (line.kind === "gate" ? `${line.name} ${line.operands.join(" ")}` : line.kind === "constant" ? String(line.value) : line.kind));
  assert.deepEqual(texts, ["2", "gate1 0", "gate2 1 0", "0", "gate2 1 3"]);
  assert.equal(stores[0]!.line, 4);
});
