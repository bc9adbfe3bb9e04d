/** Every case is run, or cannot be run: none is forgotten, none is in two places. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { escaped, runTests, type Ran } from "../support/run-tests.ts";
import { notRunnable, runners } from "./ledger.ts";

const files = readdirSync(new URL(".", import.meta.url)).filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -5));

const idsOf = (file: string): string[] =>
  (JSON.parse(readFileSync(new URL(`${file}.json`, import.meta.url), "utf8")) as { cases: { id: string }[] }).cases.map(({ id }) => id);

/** An id as a word of its own: `chance-10` is not found in `chance-100`. */
const wordOf = (id: string): string => `(?<![\\w+-])${escaped(id)}(?![\\w+-])`;

test("the ledger knows the six files", () => {
  assert.deepEqual(files.toSorted(), Object.keys(runners).sort());
});

test("every case is in exactly one place", () => {
  const all = new Set(files.flatMap(idsOf));
  const listed = Object.keys(notRunnable);
  assert.deepEqual(listed.filter((id) => !all.has(id)), [], "listed, but there is no such case");
  assert.equal(files.flatMap(idsOf).length, all.size, "an id stands in two files");

  const wrong: string[] = [];
  for (const file of files) {
    const ids = idsOf(file);
    const none: Ran = { passed: [], failed: new Map(), output: "" };
    const { passed, failed, output } = runners[file]!.length === 0 ? none : runTests(runners[file]!, ids.map(wordOf).join("|"));
    assert.deepEqual([...failed.keys()], [], output);
    for (const id of ids) {
      const isRun = passed.some((name) => new RegExp(wordOf(id)).test(name));
      const isListed = id in notRunnable;
      if (isRun && isListed) wrong.push(`${file}: ${id} is run, and listed as not run`);
      if (!isRun && !isListed) wrong.push(`${file}: ${id} is neither run nor listed`);
    }
  }
  assert.deepEqual(wrong, []);
});
