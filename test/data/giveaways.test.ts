/** Columns that never change, columns that are the label, and how likely equal rows are by chance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { columnNameAt, constantColumns, leakingColumns } from "../../src/data/giveaways.ts";
import { chanceOfTwins } from "../../src/data/twins.ts";
import { loadIris } from "../../src/data/iris.ts";
import type { Examples } from "../../src/data/examples.ts";
import type { InputColumn, Label, Schema } from "../../src/data/schema.ts";

const number = (name: string): InputColumn => ({ kind: "number", name, mean: 0, deviation: 1 });
const kinds: Label = { kind: "class", name: "kind", classes: ["a", "b"] };
const price: Label = { kind: "number", name: "price", mean: 0, deviation: 1 };

const examples = (rows: readonly (readonly number[])[], y: Int32Array | Float64Array): Examples => ({ x: Float64Array.from(rows.flat()), y, columns: rows[0]!.length });

const schema = (inputs: readonly InputColumn[], label: Label): Schema => ({ inputs, label });

test("a copy of the label leaks it, in any order, and a measurement that separates classes does not", () => {
  const y = Int32Array.from({ length: 40 }, (_, i) => i % 2);
  const rows = Array.from(y, (label, i) => [label === 0 ? 7 : 3, Math.sin(i), (label === 0 ? 0 : 1.5) + Math.abs(Math.sin(i))]);
  assert.deepEqual(leakingColumns(examples(rows, y), schema([number("code"), number("noise"), number("size")], kinds)), ["code"]);
});

test("words that stand for one class each leak it; words that two classes share do not", () => {
  const y = Int32Array.from({ length: 30 }, (_, i) => i % 2);
  const words = (name: string): InputColumn => ({ kind: "category", name, values: ["p", "q"] });
  const rows = Array.from(y, (label, i) => [label, 1 - label, i % 3 === 0 ? 1 : 0, i % 3 === 0 ? 0 : 1]);
  assert.deepEqual(leakingColumns(examples(rows, y), schema([words("told"), words("shared")], kinds)), ["told"]);
});

test("a straight line of the number leaks it, unless it is the only column", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 10, maxLength: 20 }), fc.integer({ min: 1, max: 9 }), (values, slope) => {
      fc.pre(Math.max(...values) - Math.min(...values) > 0.1);
      const y = Float64Array.from(values);
      const other = (i: number): number => Math.cos(7 * i * i);
      assert.deepEqual(leakingColumns(examples(values.map((v, i) => [slope * v - 2, other(i)]), y), schema([number("cents"), number("size")], price)), ["cents"]);
      assert.deepEqual(leakingColumns(examples(values.map((v) => [slope * v - 2]), y), schema([number("cents")], price)), []);
    }),
  );
});

test("constant columns are named; pixels are no columns", () => {
  const y = new Int32Array(4);
  const rows = [[1, 5, 0, 0], [1, 6, 0, 0], [1, 7, 0, 0], [1, 5, 0, 0]];
  const image: InputColumn = { kind: "pixels", name: "image", shape: [1, 1, 2], shift: [0, 0], scale: 1 };
  const described = schema([number("year"), number("size"), image], kinds);
  assert.deepEqual(constantColumns(examples(rows, y), described), ["year"]);
  assert.deepEqual([0, 1, 2].map((i) => columnNameAt(described, 4, i)), ["year", "size", undefined]);
});

test("equal rows are likely among few words, and not among measurements", async () => {
  const words = Array.from({ length: 200 }, (_, i) => [i % 2, Math.floor(i / 2) % 2]);
  assert.ok(Math.abs(chanceOfTwins(examples(words, new Int32Array(200))) - 0.25) < 0.01);
  assert.ok(chanceOfTwins((await loadIris()).train) < 1e-4);
  assert.equal(chanceOfTwins(examples(words.map(([a], i) => [a!, Math.sqrt(i)]), new Int32Array(200))), 0);
});
