/** What docs/compare.md says of the studio is shown by tests that exist. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/entries.ts";
import { namesIn } from "../support/test-names.ts";

const page = readFileSync(join(root, "docs", "compare.md"), "utf8");

interface Named {
  readonly name: string;
  readonly file: string;
}

const named = (text: string): Named[] => [...text.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, name, file]) => ({ name: name!, file: file! }));

const missing = (text: string): Named[] => named(text).filter(({ name, file }) => !existsSync(join(root, file)) || !namesIn(file).some((pattern) => pattern.test(name)));

test("every test that docs/compare.md names is in its file", () => {
  assert.deepEqual(missing(page), []);
  assert.equal(missing("[no such title](../test/browser/studio.test.ts) [x](../test/browser/none.test.ts)").length, 2);
});

test("every row under a heading that promises tests names one of the browser's, and every other row a reason", () => {
  for (const section of page.split(/^## /m).slice(1)) {
    const [header, , ...rows] = section.split("\n").filter((line) => line.startsWith("|"));
    const promises = header!.includes("Shown by");
    assert.ok(rows.length > 0, section);
    for (const row of rows) {
      const last = row.split("|").at(-2)!.trim();
      assert.ok(promises ? named(last).some(({ file }) => file.startsWith("test/browser/")) : last.endsWith("."), row);
    }
  }
});
