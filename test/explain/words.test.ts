/** The words of the circuit language, which come from the entries of numbers alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { functionWords } from "../../src/explain/words.ts";
import { isEntry } from "../../src/ops/forms/entry.ts";
import * as table from "../../src/ops/table.ts";

test("every operation that works on numbers is a word of the language, wherever its entry stands", () => {
  const wanted = Object.values<unknown>(table).filter(isEntry).filter(({ arity, internal }) => arity !== undefined && !internal);
  assert.deepEqual([...functionWords().keys()].sort(), wanted.map(({ word }) => word).sort());
});
