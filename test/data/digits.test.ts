import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deal, rule } from "../../scripts/deal.ts";
import { key } from "../../src/api/index.ts";
import { asBatch, batches, columnMeans, loadDigits, shiftAndScale, takeRows, type Examples } from "../../src/data/index.ts";
import type { PixelColumns } from "../../src/data/schema.ts";

const json = (name: string) => JSON.parse(readFileSync(new URL(`../../src/data/${name}`, import.meta.url), "utf8"));
const split = json("digits-split.json");
const table: { rows: readonly string[]; notice: string } = json("digits.json");
const labels = table.rows.map((row) => Number(row.at(-1)));
const parts = ["train", "validation", "test"] as const;

test("the stated rule draws the stored split", () => {
  assert.equal(split.rule, rule);
  assert.deepEqual(deal(labels), { train: split.train, validation: split.validation, test: split.test });
});

test("1,077, 360 and 360 rows; every row of the table once", () => {
  assert.deepEqual(parts.map((part) => split[part].length), [1077, 360, 360]);
  const all: number[] = parts.flatMap((part) => split[part]);
  assert.deepEqual(all.sort((a, b) => a - b), Array.from({ length: 1797 }, (_, i) => i));
});

test("every digit has its share of each part, to one row (two in train)", () => {
  const count = (rows: readonly number[], digit: number): number => rows.filter((row) => labels[row] === digit).length;
  const everything = labels.map((_, row) => row);
  for (let digit = 0; digit < 10; digit++) {
    const total = count(everything, digit);
    assert.ok(total >= 174 && total <= 183, `${total} rows of ${digit}`);
    for (const [part, share] of [["train", 3 / 5], ["validation", 1 / 5], ["test", 1 / 5]] as const) {
      const found = count(split[part], digit);
      assert.ok(Math.abs(found - total * share) < (part === "train" ? 2 : 1), `${found} of ${total} rows of ${digit} in ${part}`);
    }
  }
});

test("a class with other labels changes the deal: the split is stratified, not cut by row", () => {
  const rotated = [...labels.slice(1), labels[0]!];
  assert.notDeepEqual(deal(rotated).test, split.test);
});

test("the images are those of the set: sums of pixels, first rows", async () => {
  // The sum was taken from the original table by another program.
  const values = table.rows.map((row) => [...row.slice(0, -1)].map((c) => parseInt(c, 17)));
  assert.ok(values.every((row) => row.length === 64 && row.every((v) => v >= 0 && v <= 16)));
  assert.deepEqual(values[0]!.slice(0, 8), [0, 0, 5, 13, 9, 1, 0, 0]);
  assert.equal(values.flat().reduce((sum, v) => sum + v, 0), 561718);
  assert.deepEqual(labels.slice(0, 10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("pixels are (value - mean of the training rows) / 16; nothing is learned from the other rows", async () => {
  const digits = await loadDigits();
  const [{ shift: means, scale }] = digits.schema.inputs as [PixelColumns];
  assert.equal(scale, 1 / 16);
  for (const mean of columnMeans(digits.train)) assert.ok(Math.abs(mean) < 1e-15);
  assert.ok(columnMeans(digits.test).some((mean) => Math.abs(mean) > 1e-3));
  const row: string = table.rows[split.validation[7]]!;
  const pixel = 20;
  const expected = (parseInt(row[pixel]!, 17) - means[pixel]!) / 16;
  assert.equal(digits.validation.x[7 * 64 + pixel], expected);
  assert.equal(digits.validation.y[7], Number(row.at(-1)));
});

test("source and licence come with the data", async () => {
  const { notice } = await loadDigits();
  for (const word of ["Alpaydin", "Kaynak", "UCI", "CC BY 4.0", "scikit-learn"]) assert.ok(notice!.includes(word), word);
});

const small: Examples = { x: Float64Array.of(1, 10, 2, 20, 3, 30), y: Int32Array.of(5, 6, 7), columns: 2 };

test("rows are taken in the order given, and become tensors", () => {
  const taken = takeRows(small, [2, 0]);
  const { x, y } = asBatch(taken);
  assert.deepEqual(x.toArraySync(), [[3, 30], [1, 10]]);
  assert.deepEqual(y.toArraySync(), [7, 5]);
  assert.equal(y.dtype, "int32");
});

test("means, shift and scale go by column", () => {
  assert.deepEqual([...columnMeans(small)], [2, 20]);
  assert.deepEqual([...shiftAndScale(small, columnMeans(small), 0.5).x], [-0.5, -5, 0, 0, 0.5, 5]);
});

test("batches hold every row once, in an order that the key decides; the last is short", () => {
  const many: Examples = { x: Float64Array.from({ length: 10 }, (_, i) => i), y: new Int32Array(10), columns: 1 };
  const rows = (seed: number): number[][] => [...batches(key(seed), many, 4)].map(({ x }) => [...x.dataSync()]);
  assert.deepEqual(rows(1).map((batch) => batch.length), [4, 4, 2]);
  assert.deepEqual(rows(1).flat().sort((a, b) => a - b), [...many.x]);
  assert.deepEqual(rows(1), rows(1));
  assert.notDeepEqual(rows(1), rows(2));
});
