import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { key } from "../../src/api/index.ts";
import { splitRows } from "../../src/data/index.ts";
import { sharesOf, splitKey } from "../../src/data/split.ts";
import { Diagnostic } from "../../src/ir/diagnostic.ts";

const fifths = { testShare: 0.2, validationShare: 0.2 };
const parts = ["train", "validation", "test"] as const;
const labelsOf = (...counts: number[]): Int32Array => Int32Array.from(counts.flatMap((count, label) => new Array<number>(count).fill(label)));

test("every row is in one part, every class has its share, and no class is tested without training", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0.05, max: 0.4, noNaN: true }), (counts, seed, share) => {
      const labels = labelsOf(...counts);
      if (labels.length < counts.length + 2) return;
      const split = splitRows(labels, { testShare: share, validationShare: share }, key(seed));
      const all = parts.flatMap((part) => [...split[part]]);
      assert.deepEqual(all.sort((a, b) => a - b), [...labels.keys()]);
      for (const part of parts) assert.deepEqual([...split[part]], [...split[part]].sort((a, b) => a - b));
      assert.ok(split.test.length > 0 && split.validation.length > 0);
      counts.forEach((count, label) => {
        const of = (part: "train" | "validation" | "test") => split[part].filter((row) => labels[row] === label).length;
        assert.ok(of("train") > 0);
        // What the first rows of other classes took from a part is given back to it in this one.
        for (const part of ["validation", "test"] as const) assert.ok(of(part) <= share * count + counts.length + 2 && of(part) >= share * count - counts.length - 2, `${of(part)} of ${count}`);
      });
    }),
  );
});

test("fifty of each of three classes: thirty, ten and ten of each, give or take one", () => {
  const labels = labelsOf(50, 50, 50);
  const split = splitRows(labels, fifths, splitKey());
  assert.deepEqual(parts.map((part) => split[part].length), [90, 30, 30]);
  for (const label of [0, 1, 2]) {
    const counts = parts.map((part) => split[part].filter((row) => labels[row] === label).length);
    [30, 10, 10].forEach((expected, i) => assert.ok(Math.abs(counts[i]! - expected) <= 1, counts.join()));
  }
});

test("the key decides, and the fixed one is always the same", () => {
  const labels = labelsOf(20, 20);
  assert.deepEqual(splitRows(labels, fifths, key(5)), splitRows(labels, fifths, key(5)));
  assert.notDeepEqual(splitRows(labels, fifths, key(5)), splitRows(labels, fifths, key(6)));
  // Written down: whoever changes the split of people's data must mean it.
  assert.deepEqual([...splitRows(labels, fifths, splitKey()).test], [1, 2, 13, 16, 25, 32, 34, 37]);
});

test("numbers to learn are dealt as one class", () => {
  const split = splitRows(Float64Array.from({ length: 100 }, (_, i) => i), fifths, key(1));
  assert.deepEqual(parts.map((part) => split[part].length), [60, 20, 20]);
});

test("a class of one row is for training; small parts are not empty", () => {
  const labels = labelsOf(1, 4, 4);
  const split = splitRows(labels, { testShare: 0.01, validationShare: 0.01 }, key(3));
  assert.ok(split.train.includes(0));
  assert.deepEqual([split.test.length, split.validation.length], [1, 1]);
});

test("too few rows for three parts are one diagnostic", () => {
  for (const labels of [labelsOf(), labelsOf(1), labelsOf(1, 1), labelsOf(2, 1), labelsOf(1, 1, 1, 1, 1, 1)]) {
    assert.throws(() => splitRows(labels, fifths, key(1)), (error) => error instanceof Diagnostic && error.code === "too-few-rows");
  }
  assert.deepEqual(parts.map((part) => splitRows(labelsOf(3), fifths, key(1))[part].length), [1, 1, 1]);
});

test("a part without a share stays empty", () => {
  assert.equal(splitRows(labelsOf(20, 20), { testShare: 0, validationShare: 0.25 }, key(1)).test.length, 0);
});

test("validation has the test's share, but at most half of what is left", () => {
  assert.deepEqual(sharesOf(), fifths);
  assert.deepEqual(sharesOf(0.5), { testShare: 0.5, validationShare: 0.25 });
  for (const share of [0, 1, -1, 2, NaN]) assert.throws(() => sharesOf(share), (error) => error instanceof Diagnostic && error.code === "bad-setting");
});
