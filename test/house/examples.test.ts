/** Every `ts`, `js` and `sh` block of the pages, and every example in a docstring, type-checks and runs as it stands. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { entries, root } from "../../scripts/entries.ts";
import { readDocstrings, readPage } from "./examples.ts";
import { runFile, runShell, typeErrors, writePage } from "./run-examples.ts";
import { readFiles } from "./source.ts";

const base = join(root, ".tmp", "examples");
mkdirSync(base, { recursive: true });

const topPages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].filter((file) => existsSync(join(root, file)));
const documents = existsSync(join(root, "docs")) ? readFiles("docs", ".md") : new Map<string, string>();
const pages = [
  ...[...topPages.map((file) => [file, readFileSync(join(root, file), "utf8")] as const), ...documents].map(
    ([file, text]) => ({ file, ...readPage(file, text) }),
  ),
  ...[...readFiles("src")].map(([file, text]) => ({ file, ...readDocstrings(file, text) })),
].filter(({ blocks, problems }) => blocks.length + problems.length > 0);

/** In a docstring the library's own names need no import. */
const offered = new Map<string, string>();
for (const { kind, name } of entries) {
  if (kind !== "library") continue;
  for (const exported of Object.keys(await import(name))) if (!offered.has(exported)) offered.set(exported, name);
}

const workplaces = pages.map(({ file, blocks }) => ({
  ...writePage(base, file, blocks, file.startsWith("src/") ? offered : new Map()),
  blocks,
}));

test("the README opens with the two commands of a fresh clone, and shows the library", () => {
  const blocks = pages.find(({ file }) => file === "README.md")?.blocks ?? [];
  const commands = blocks.find(({ language }) => language === "sh")?.text ?? "";
  for (const command of ["npm ci && npm start", "npm ci && npm test"]) assert.ok(commands.includes(command), command);
  assert.ok(blocks.some(({ language }) => language === "ts"));
});

test("every block says what it is", () => {
  assert.deepEqual(pages.flatMap(({ problems }) => problems), []);
});

test("every example type-checks", async () => {
  assert.deepEqual(await typeErrors(base, workplaces), []);
});

describe("every example runs and prints what the page shows", { concurrency: 2 }, () => {
  const skip = process.platform === "win32" && "needs a POSIX shell";
  for (const { folder, files, blocks } of workplaces) {
    const shell = blocks.filter(({ language }) => language === "sh");
    const [firstShell] = shell;
    if (firstShell === undefined) {
      for (const file of files) it(`${file.file}:${file.line}`, () => runFile(folder, file));
      continue;
    }
    // In the order of the page: a later example may read what an earlier command wrote.
    const all = [
      ...files.map((file) => ({ file: file.file, line: file.line, run: () => runFile(folder, file) })),
      ...shell.map((block) => ({ file: block.file, line: block.line, run: () => runShell(folder, block) })),
    ].sort((one, other) => one.line - other.line);
    let earlier: Promise<void> = Promise.resolve();
    for (const { file, line, run } of all) {
      it(`${file}:${line}`, { skip: line >= firstShell.line && skip }, () => {
        const now = earlier.then(run);
        earlier = now.catch(() => {});
        return now;
      });
    }
  }
});
