/** The names of tests as their files spell them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/entries.ts";
import { escaped } from "./run-tests.ts";

/** Patterns of the tests' names in a file; where a part of one is computed, anything fits there. */
export const namesIn = (file: string): RegExp[] => {
  const found = [...readFileSync(join(root, file), "utf8").matchAll(/\btest\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g)];
  return found.map(([, plain, template]) => {
    if (plain !== undefined) return new RegExp(`^${escaped(JSON.parse(`"${plain}"`) as string)}$`);
    return new RegExp(`^${template!.split(/\$\{[^}]*\}/).map(escaped).join(".+")}$`);
  });
};
