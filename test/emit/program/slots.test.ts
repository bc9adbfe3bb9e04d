/** Places of a circuit's values: whoever reads one finds what was put there for it, and what nobody reads takes no room. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Phrases, phrasesOf } from "../../../src/emit/program/phrases.ts";
import { slotsOf, variantsOf } from "../../../src/emit/program/slots.ts";
import type { DType } from "../../../src/ir/dtype.ts";
import type { CircuitKernel, GateKind } from "../../../src/ir/kernel.ts";

const kindOf = (operands: number): GateKind => ({ name: `gate${operands}`, work: { kind: "convert" }, types: new Array<DType>(operands).fill("float64"), dtype: "float64" });
const kinds = [1, 2, 3, 4, 2].map(kindOf);

/** Gates by their kinds; operands point so far back, beyond the first gate to sources. Some gates are results. */
const circuitOf = (list: readonly (readonly [kind: number, back: readonly number[]])[], results: readonly number[]): CircuitKernel => {
  const operands = list.flatMap(([kind, back], gate) => kinds[kind]!.types.map((_, i) => (back[i]! <= gate ? gate - back[i]! : -1 - (back[i]! % 3))));
  const sources = [0, 1, 2].map((value) => ({ kind: "constant", value, dtype: "float64" }) as const);
  const access = { buffer: undefined as never, offset: 0, strides: [], guards: [], fill: 0 };
  const stores = [...new Set(results.map((at) => at % Math.max(1, list.length)))].filter((gate) => gate < list.length).map((gate) => ({ gate, access }));
  return { kind: "circuit", sources, kinds, gates: Int32Array.from(list, ([kind]) => kind), operands: Int32Array.from(operands), sites: new Map(), stores };
};

/** Runs the phrases with the gates' own numbers as values: who reads a place must find the number of the gate that it reads. */
const assertSound = (circuit: CircuitKernel, phrases: Phrases): number => {
  const slots = slotsOf(circuit, phrases);
  const variants = variantsOf(phrases, slots);
  assert.deepEqual(Array.from(variants.text, (number) => variants.all[number]!.phrase), Array.from(phrases.text, (number) => phrases.all[number]!));
  const places = new Int32Array(slots.count).fill(-1);
  let [gate, at] = [0, 0];
  for (const number of variants.text) {
    const { phrase, stored } = variants.all[number]!;
    phrase.forEach(({ operands }, place) => {
      for (const inside of operands) {
        const operand = circuit.operands[at++]!;
        if (inside < 0 && operand >= 0) assert.equal(places[slots.of[operand]!], operand);
      }
      if (slots.of[gate]! >= 0) {
        assert.ok(stored[place], "what has a place is stored");
        places[slots.of[gate]!] = gate;
      }
      gate++;
    });
  }
  for (const store of circuit.stores) assert.equal(places[slots.of[store.gate]!], store.gate);
  return slots.count;
};

const gate = fc.tuple(fc.nat(kinds.length - 1), fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 90 })), { minLength: 4, maxLength: 4 }));

test("a value lies in its place until it was read for the last time", () => {
  fc.assert(
    fc.property(fc.array(gate, { maxLength: 12 }), fc.array(gate, { maxLength: 30 }), fc.nat(60), fc.array(fc.nat(900), { maxLength: 5 }), (often, before, times, results) => {
      const circuit = circuitOf([...before, ...Array.from({ length: times }, () => often).flat(), ...before], results);
      assertSound(circuit, phrasesOf(circuit, (kind) => kind !== 3));
    }),
    { numRuns: 100 },
  );
  const none = circuitOf([], []);
  assert.equal(assertSound(none, phrasesOf(none, () => true)), 0);
});

test("a long chain lies in a few places, and one value that all of it reads in one", () => {
  const turn = [[0, [1]], [1, [1, 3]], [4, [2, 1]], [2, [1, 2, 5]]] as const;
  const chain = circuitOf(Array.from({ length: 5000 }, () => turn).flat(), [19_999]);
  assert.ok(assertSound(chain, phrasesOf(chain, () => true)) <= 12);
  const first = circuitOf(Array.from({ length: 5000 }, (_, i) => [4, [1, Math.max(1, i)]] as const), [4999, 0]);
  const count = assertSound(first, phrasesOf(first, () => true));
  assert.ok(count <= 3, `${count} places`);
});

test("what happens rarely to a phrase makes no variant of it", () => {
  // Every gate of a pair is read once more from far behind, for each pair another one of many ways.
  const rare = circuitOf(Array.from({ length: 40_000 }, (_, i) => [i % 4 === 3 ? 1 : 0, [1, i % 97 === 0 ? 50 + (i % 13) : 2]] as const), [39_999]);
  const phrases = phrasesOf(rare, () => true);
  assertSound(rare, phrases);
  assert.ok(variantsOf(phrases, slotsOf(rare, phrases)).all.length <= 2 * phrases.all.length + 512);
});
