/**
 * Writes the files that list operations, from the entries themselves: `src/ops/table.ts` (all entries),
 * `src/ops/scalars.ts` (those whose operations are gates on numbers, the words of the circuit language) and
 * `src/api/functions.ts` (one tree-shakable function per entry, with the comment that stands above the entry); and
 * `src/emit/erf-text.ts`, the error function as text for printed programs; then, with those in place, the documentation
 * page of every operation. Adding an operation is one entry; this does the rest.
 *
 *   node scripts/generate.ts           writes them
 *   node scripts/generate.ts --check   exits 1 if one of them is out of date
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type EntryInfo, isEntry } from "../src/ops/forms/entry.ts";

const root = new URL("../", import.meta.url);
const path = (relative: string): string => fileURLToPath(new URL(relative, root));
const check = process.argv.includes("--check");

const files = readdirSync(path("src/ops/entries")).filter((file) => file.endsWith(".ts")).sort();

const put = (relative: string, text: string): void => {
  let before = "";
  try {
    before = readFileSync(path(relative), "utf8");
  } catch {
    // A missing file is out of date.
  }
  if (before === text) return;
  if (check) {
    console.error(`${relative} is out of date: run npm run generate`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(path(relative), text);
  console.error(`wrote ${relative}`);
};

const head = "// Made by scripts/generate.ts from src/ops/entries; do not edit.\n";

// Printed programs bring the error function along as it is written there, only without its module.
const erf = readFileSync(path("src/ops/erf.ts"), "utf8").replaceAll("export const", "const").trim();
put("src/emit/erf-text.ts", `${head.replace("entries", "erf.ts")}export const erfText =\n  ${JSON.stringify(erf)};\n`);

/** What stands above each exported constant, on one line. */
const commentsOf = (source: string): Map<string, string> => {
  const found = source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport const (\w+)/g);
  return new Map(Array.from(found, ([, text, name]) => [name!, text!.replace(/\s*\n \*\s*/g, " ").trim()] as const));
};

/** The words of the circuit language: gates on numbers, by their files. */
const scalars = new Map<string, readonly string[]>();
const named = new Map<string, readonly string[]>();
const functions: string[] = [];
for (const file of files) {
  const comments = commentsOf(readFileSync(path(`src/ops/entries/${file}`), "utf8"));
  const module = (await import(new URL(`src/ops/entries/${file}`, root).href)) as Record<string, unknown>;
  named.set(file, Object.keys(module).filter((name) => isEntry(module[name])).sort());
  const offered = Object.values(module).filter((value) => isEntry(value) && !value.internal) as EntryInfo[];
  if (offered.some(({ arity }) => arity !== undefined)) {
    if (offered.some(({ arity }) => arity === undefined)) throw new Error(`${file} mixes gates on numbers with operations of tensors: give each a file of its own.`);
    scalars.set(file, Object.keys(module).filter((name) => offered.includes(module[name] as EntryInfo)).sort());
  }
  for (const [name, value] of Object.entries(module).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isEntry(value) || value.internal) continue;
    const doc = [`\`${value.formula}\`.`, comments.get(name), `Backward: ${value.says}.`].filter((part) => part !== undefined);
    functions.push(`/** ${doc.join(" ")} */\nexport const ${name} = /* @__PURE__ */ toFunction(table.${name});\n`);
  }
}
const importsOf = (some: ReadonlyMap<string, readonly string[]>): string =>
  [...some].map(([file, names]) => `import { ${names.join(", ")} } from "./entries/${file}";\n`).join("");
put(
  "src/ops/table.ts",
  `${head}${importsOf(named)}
${files.map((file) => `export * from "./entries/${file}";\n`).join("")}
/** Every entry by its name. */
export const entries = {\n${[...named.values()].flat().sort().map((name) => `  ${name},\n`).join("")}};\n`,
);
put(
  "src/ops/scalars.ts",
  `${head}${importsOf(scalars)}\nexport const scalars = [\n${[...scalars.values()].map((names) => `  ${names.join(", ")},\n`).join("")}];\n`,
);
put(
  "src/api/functions.ts",
  `${head}import * as table from "../ops/table.ts";\nimport { toFunction } from "../trace/tensor.ts";\n\n${functions.join("")}`,
);

// Only now: the page draws on the table that was just written.
const { operationsPage } = (await import("../src/explain/docs.ts")) as typeof import("../src/explain/docs.ts");
mkdirSync(path("docs"), { recursive: true });
put("docs/operations.md", operationsPage());
