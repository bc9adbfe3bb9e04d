/**
 * Would the tests notice? Copies the project to a temporary folder, breaks the code behind some of the statements of
 * `test/statements.ts`, and shows that a test named there turns red, because of what it asserts and not because
 * nothing runs any more.
 *
 *   node scripts/sabotage.ts              ten statements, drawn by the clock
 *   node scripts/sabotage.ts --seed 7     the ten that seed 7 draws
 *   node scripts/sabotage.ts --all        every statement
 *
 * Ends with 1 if a test stays green, or was not green before.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseAst } from "rolldown/parseAst";
import { statements, type Break, type Statement } from "../test/statements.ts";
import { escaped, runTests } from "../test/support/run-tests.ts";
import { root } from "./entries.ts";

const drawn = 10;

/** Small tests of other areas: they tell a broken rule from a program that does not start. */
const elsewhere = [
  { area: "src/explain/", file: "test/api/random.test.ts", name: "a permutation holds each index once" },
  { area: "src/", file: "test/explain/language/parser.test.ts", name: "numbers" },
];

const { values: options } = parseArgs({
  options: { seed: { type: "string" }, all: { type: "boolean", default: false } },
});
const seed = options.seed === undefined ? Date.now() % 1e6 : Number(options.seed);
if (!Number.isInteger(seed)) {
  console.error(`--seed: "${options.seed}" is not a whole number`);
  process.exit(2);
}

/** Uniform numbers below n (mulberry32). */
const draw = ((state: number) => (n: number): number => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return (((t ^ (t >>> 14)) >>> 0) % n);
})(seed);

const choose = (): Statement[] => {
  const left = [...statements];
  if (options.all) return left;
  const chosen = Array.from({ length: drawn }, () => left.splice(draw(left.length), 1)[0]!);
  return chosen.sort((a, b) => a.id - b.id);
};

const copyProject = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-sabotage-"));
  for (const part of ["src", "test", "scripts", "docs", "package.json", "tsconfig.json"]) {
    if (existsSync(join(root, part))) cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
};

const only = (...names: string[]): string => names.map((name) => escaped(name)).join("|");

interface Outcome {
  readonly red: boolean;
  readonly why: string;
}

/** What the report of a failed test says in a line. */
const firstLineOf = (report: string): string => {
  const [, block, inline] = /error: (?:\|-\n((?: +.*\n?)+?)(?= +\w+:)|(.*))/.exec(report) ?? [];
  const text = (inline ?? block ?? "").replace(/^'|'$/g, "").replace(/\s+/g, " ").trim();
  return text.length > 90 ? `${text.slice(0, 87)}...` : text;
};

const tryBreak = (folder: string, statement: Statement, change: Break): Outcome => {
  const path = join(folder, change.file);
  const before = readFileSync(path, "utf8");
  if (before.split(change.find).length !== 2) return { red: false, why: `the text to break is not in ${change.file} exactly once` };
  const after = before.replace(change.find, () => change.replace);
  try {
    parseAst(after, { lang: "ts" }, change.file);
  } catch (error) {
    return { red: false, why: `the broken file does not parse: ${String(error)}` };
  }
  const { file, name } = statement.tests[change.reddens ?? 0]!;
  const other = elsewhere.find(({ area, file: own }) => change.file.startsWith(area) && own !== file)!;
  writeFileSync(path, after);
  try {
    const { passed, failed, output } = runTests([file, other.file], only(name, other.name), folder);
    const report = failed.get(name);
    if (passed.includes(name)) return { red: false, why: "STAYED GREEN" };
    if (report === undefined) return { red: false, why: `the test did not run:\n${output}` };
    if (!passed.includes(other.name)) return { red: false, why: `"${other.name}" fails too: nothing runs any more` };
    const isMeant = change.reports ? report.includes(change.reports) : /AssertionError|Property failed/.test(report);
    if (!isMeant) return { red: false, why: `it fails, but not by what it asserts:\n${report}` };
    return { red: true, why: firstLineOf(report) };
  } finally {
    writeFileSync(path, before);
  }
};

const started = Date.now();
const chosen = choose();
const listed = chosen.map(({ id }) => id).join(", ");
console.log(options.all ? `all ${chosen.length} statements` : `seed ${seed}: statements ${listed}`);
const folder = copyProject();
try {
  const named = chosen.flatMap(({ tests, breaks }) => breaks.map(({ reddens = 0 }) => tests[reddens]!));
  const files = [...new Set(named.map(({ file }) => file))];
  const { passed, failed, output } = runTests(files, only(...named.map(({ name }) => name)), folder);
  const missing = named.filter(({ name }) => !passed.includes(name));
  if (missing.length > 0) {
    const reports = missing.map(({ file, name }) => `  ${file}: ${name}\n${failed.get(name) ?? output.split("\n").slice(-60).join("\n")}`);
    console.error(`not green to begin with:\n${reports.join("\n")}`);
    process.exitCode = 1;
  } else {
    console.log(`unbroken: ${named.length} tests green\n`);
    for (const statement of chosen) {
      for (const change of statement.breaks) {
        const { red, why } = tryBreak(folder, statement, change);
        if (!red) process.exitCode = 1;
        const { file, name } = statement.tests[change.reddens ?? 0]!;
        const { find, replace } = change;
        console.log(`${red ? "red " : "FAIL"} ${String(statement.id).padStart(2)}  ${change.file}: ${find.trim()}  ->  ${replace.trim()}`);
        console.log(`         ${file}: ${name}\n         ${why}`);
      }
    }
    const all = chosen.reduce((sum, { breaks }) => sum + breaks.length, 0);
    const seconds = Math.round((Date.now() - started) / 1000);
    console.log(`\n${process.exitCode ? "NOT every" : "every"} one of ${all} breaks was noticed, in ${seconds} s`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
