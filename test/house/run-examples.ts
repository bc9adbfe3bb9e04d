/** Writes, type-checks and runs the examples of a page in a folder of their own inside the package. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { root } from "../../scripts/entries.ts";
import { type Block, type CodeFile, codeFiles } from "./examples.ts";
import { printsAsShown } from "./expect.ts";

const here = join(root, "test", "house");

/** Folders of the package that a page's commands may name. */
const linked = ["docs", "examples", "scripts", "src", "test"];

export interface Workplace {
  readonly folder: string;
  readonly files: readonly CodeFile[];
}

/** Inside the package, so that `import "chainrule"` finds the built package by its own name. */
export const writePage = (
  base: string,
  file: string,
  blocks: readonly Block[],
  offered: ReadonlyMap<string, string> = new Map(),
): Workplace => {
  const folder = join(base, file);
  const files = codeFiles(blocks, relative(folder, join(here, "expect.ts")).replaceAll("\\", "/"), offered);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of linked) if (existsSync(join(root, name))) symlinkSync(join(root, name), join(folder, name), "junction");
  for (const { name, code } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), code);
  }
  return { folder, files };
};

/** The compiler's complaints about all pages at once, each with the page's own file, line and column. */
export const typeErrors = async (base: string, pages: readonly Workplace[]): Promise<readonly string[]> => {
  const files = pages.flatMap(({ folder, files }) =>
    files.filter(({ name }) => name.endsWith(".ts")).map(({ name }) => relative(base, join(folder, name))),
  );
  if (files.length === 0) return [];
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
  const config = { extends: relative(base, join(root, "tsconfig.json")), compilerOptions, files, include: [] };
  writeFileSync(join(base, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { output } = await run(process.execPath, [compiler, "-p", ".", "--pretty", "false"], base);
  return output
    .split("\n")
    .filter((line) => line.includes("error TS"))
    .map((line) => line.replaceAll("\\", "/").replace(/^(.+)\/[^/]+\((\d+),(\d+)\)/, "$1:$2:$3"));
};

export const runFile = async (folder: string, { file, line, name, output }: CodeFile): Promise<void> => {
  const done = await run(process.execPath, [name], folder);
  if (done.exit !== 0) throw new Error(`${file}:${line}: the example fails\n${done.output}`);
  compare(`${file}:${line}`, output, done.output);
};

/** Runs a `sh` block as in a shell whose `chainrule`, `npx` and `npm` are those of `test/house/bin`. */
export const runShell = async (folder: string, { file, line, text, options, output }: Block): Promise<void> => {
  const done = await run("sh", ["-euc", text], folder);
  const exit = Number(options.get("exits") ?? 0);
  if (done.exit !== exit) throw new Error(`${file}:${line}: exits with ${done.exit}, not ${exit}\n${done.output}`);
  compare(`${file}:${line}`, output, done.output);
};

const compare = (place: string, shown: string | undefined, printed: string): void => {
  if (shown === undefined || printsAsShown(shown, printed)) return;
  throw new Error(`${place}: the page shows\n${shown}\nbut this is printed:\n${printed}`);
};

interface Done {
  readonly exit: number;
  /** What a person would see: both streams, normal output first. */
  readonly output: string;
}

const run = async (program: string, args: readonly string[], cwd: string): Promise<Done> => {
  const path = [join(here, "bin"), join(root, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  const { NODE_TEST_CONTEXT: _, FORCE_COLOR: __, ...inherited } = process.env;
  const env = { ...inherited, PATH: path, NO_COLOR: "1", COLUMNS: "110" };
  const child = promisify(execFile)(program, args, { cwd, env, timeout: 120_000, maxBuffer: 1 << 26 });
  child.child.stdin?.end();
  const done: { code?: unknown; stdout: string; stderr: string } = await child.catch((error) => error);
  const exit = done.code === undefined ? 0 : typeof done.code === "number" ? done.code : -1;
  return { exit, output: (done.stdout ?? String(done)) + (done.stderr ?? "") };
};
