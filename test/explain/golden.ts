/** Texts that were read by a person and found good. With UPDATE_GOLDEN=1 they are written anew, to be read again. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

export const assertGolden = (name: string, text: string): void => {
  const file = new URL(`golden/${name}.txt`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8").replaceAll("\r\n", "\n"));
};
