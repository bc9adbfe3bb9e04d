/** The pages of operations: there for every entry, up to date, and right where a number or a formula can be looked up. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { documented, operationPage, operationsIndex, operationsPage } from "../../src/explain/docs.ts";
import * as table from "../../src/ops/table.ts";

test("docs/operations.md is what the table says now", () => {
  const written = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
  assert.equal(written, operationsPage(), "run `npm run generate`");
});

test("every operation that can be called has a page and a row, the machinery has none", () => {
  const entries = documented();
  assert.ok(entries.length > 60);
  const index = operationsIndex();
  for (const entry of entries) {
    assert.ok(index.includes(`(#${entry.word})`), entry.word);
    const page = operationPage(entry);
    for (const text of [entry.says, entry.formula, "Example: at "]) assert.ok(page.includes(text), `${entry.word}: ${text}`);
    for (const { why } of entry.excluded) assert.ok(page.includes(why), `${entry.word}: ${why}`);
    assert.doesNotMatch(page, /undefined|\[object/, entry.word);
  }
  assert.ok(!entries.some(({ word }) => word === table.copy.word));
});

test("a gate: local gradients as formula and as code, and an example with numbers", () => {
  const page = operationPage(table.div);
  assert.ok(page.includes("| local gradient in y | `-x / y^2` | `-(x / y ** 2)` | `-(x / y ** 2)` |"), page);
  assert.ok(page.includes("Example: at x = -1.5, y = 0.5: `div(x, y) = -3`; dx = 2, dy = 6."), page);
  assert.ok(operationPage(table.sqrt).includes("| local gradient in x | `1 / (2 * y)` |"));
  assert.ok(operationPage(table.relu).includes("| gradient of x, when g arrives | `y > 0 ? g : 0` |"));
});

test("a group: gate by gate, what is run, and why it is recognised", () => {
  const page = operationPage(table.softmax);
  assert.ok(page.includes("y = exp(x) / sum(exp(x))"), page);
  assert.ok(page.includes("t2 = x - (abs(t1) < Infinity ? t1 : 0)\ny = exp(t2) / sum(exp(t2))"), page);
  assert.ok(page.includes("dx = y * (g - sum(g * y))"), page);
  assert.match(page, /Recognised in chains of gates by `compile` and `--group`: e\^x overflows/);
});

test("kinks are named where there are any: a smooth group has none, whatever it is run as", () => {
  assert.match(operationPage(table.relu), /Has kinks/);
  assert.match(operationPage(table.selu), /Has kinks/);
  assert.doesNotMatch(operationPage(table.sigmoid), /Has kinks/);
  assert.doesNotMatch(operationPage(table.softplus), /Has kinks/);
});

test("an operation on tensors: calls with their options and shapes", () => {
  const page = operationPage(table.sum);
  assert.ok(page.includes("| `sum(x, { axes: [0, -1], keepDims: true })` | x [2, 3, 2] | [1, 3, 1] |"), page);
  assert.ok(operationPage(table.concat).includes("Called as function `concat([x, y])`.\n"));
});
