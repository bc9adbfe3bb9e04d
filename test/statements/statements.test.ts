/** The list of statements is whole, and what it says of tests and of the source is so. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/entries.ts";
import { statementsPage } from "../../scripts/statements-page.ts";
import { statements } from "../statements.ts";
import { namesIn } from "../support/test-names.ts";

const read = (file: string): string => readFileSync(join(root, file), "utf8");

test("statements 1 to 30, 32 to 48, 50, 51, 56 and 57 are there, each with a test and a break", () => {
  const expected = [...Array.from({ length: 30 }, (_, i) => i + 1), ...Array.from({ length: 17 }, (_, i) => i + 32), 50, 51, 56, 57];
  assert.deepEqual(statements.map(({ id }) => id), expected);
});

test("every named test exists", () => {
  const missing = statements.flatMap(({ id, tests }) =>
    tests.flatMap(({ file, name }) => (namesIn(file).some((pattern) => pattern.test(name)) ? [] : [`${id}: ${file}: ${name}`])),
  );
  assert.deepEqual(missing, []);
  assert.ok(!namesIn("test/statements/cost.test.ts").some((pattern) => pattern.test("no such test")));
});

test("every text that a break replaces stands in its file exactly once", () => {
  const wrong = statements.flatMap(({ id, breaks }) =>
    breaks.flatMap(({ file, find, replace }) => {
      const times = read(file).split(find).length - 1;
      return times === 1 && find !== replace ? [] : [`${id}: ${file} has it ${times} times: ${find}`];
    }),
  );
  assert.deepEqual(wrong, []);
});

test("docs/statements.md is up to date", () => {
  assert.equal(read("docs/statements.md"), statementsPage(), "run `npm run generate`");
});
