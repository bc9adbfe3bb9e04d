import assert from "node:assert/strict";
import { test } from "node:test";
import { blockOf, readGolden } from "./golden.ts";
import { program } from "./support.ts";

const golden = readGolden("mistakes.golden.txt");

test("each broken program has one diagnostic: where, what was expected, and what to write", () => {
  assert.ok(golden.length >= 120, `${golden.length} programs`);
  for (const block of golden) assert.deepEqual(blockOf("program", block.text, program), block);
});

test("no two blocks are about the same program", () => {
  assert.equal(new Set(golden.map(({ text }) => text)).size, golden.length);
});
