/** Gates name the functions that stand in for them; a name that nobody has would only show when that gate is printed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { helpers } from "../../src/emit/helpers.ts";
import { isEntry } from "../../src/ops/forms/entry.ts";
import * as table from "../../src/ops/table.ts";

test("every helper that a gate names is there, declares that name, and none is there in vain", () => {
  const spellings = Object.values<unknown>(table).filter(isEntry).map(({ op }) => op?.spelling?.helpers);
  for (const language of ["js", "python"] as const) {
    const named = new Set(spellings.flatMap((of) => of?.[language] ?? []));
    assert.deepEqual([...named].sort(), Object.keys(helpers[language]).sort());
    for (const name of named) assert.match(helpers[language][name]!.text, new RegExp(`^(?:const|def) ${name}\\b`, "m"));
  }
});
