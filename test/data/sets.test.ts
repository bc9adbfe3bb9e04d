import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { columnMeans, dataSets, inputsOf, loadIris } from "../../src/data/index.ts";

const table: { rows: readonly string[]; header: string } = JSON.parse(readFileSync(new URL("../../src/data/iris.json", import.meta.url), "utf8"));

test("every set with a name has three parts, classes from 0, and finite numbers", async () => {
  assert.deepEqual([...dataSets.keys()], ["spiral", "xor", "circles", "moons", "gauss", "digits", "iris"]);
  for (const [name, { says, load }] of dataSets) {
    const set = await load();
    assert.equal(set.name, name);
    assert.ok(says.length > 0);
    const { label } = set.schema;
    assert.ok(label.kind === "class");
    for (const { x, y, columns } of [set.train, set.validation, set.test]) {
      assert.deepEqual([columns, x.length], [inputsOf(set.schema), y.length * columns]);
      assert.ok(x.every(Number.isFinite));
      assert.deepEqual([...new Set(y)].sort((a, b) => a - b), label.classes.map((_, i) => i), name);
    }
  }
});

test("iris is Fisher's: fifty of each species, the sums of its columns", () => {
  const rows = table.rows.map((row) => row.split(","));
  for (const species of ["setosa", "versicolor", "virginica"]) assert.equal(rows.filter((row) => row[4] === species).length, 50);
  // The means that the data set's own description states: 5.84, 3.05, 3.76, 1.20 (cm); two rows differ between copies.
  const means = [0, 1, 2, 3].map((j) => rows.reduce((sum, row) => sum + Number(row[j]), 0) / 150);
  [5.84, 3.05, 3.76, 1.2].forEach((mean, j) => assert.ok(Math.abs(means[j]! - mean) < 0.01, `${means[j]}`));
});

test("iris goes the way of every table: 90, 30 and 30 rows, standardised by training rows, with its notice", async () => {
  const iris = await loadIris();
  assert.deepEqual([iris.train, iris.validation, iris.test].map(({ y }) => [0, 1, 2].map((species) => y.filter((label) => label === species).length)), [[30, 30, 30], [10, 10, 10], [10, 10, 10]]);
  for (const mean of columnMeans(iris.train)) assert.ok(Math.abs(mean) < 1e-12);
  for (const word of ["Fisher", "UCI", "CC BY 4.0", "scikit-learn"]) assert.ok(iris.notice!.includes(word), word);
  assert.deepEqual(iris.remarks.map(({ code }) => code), ["label"]);
});
