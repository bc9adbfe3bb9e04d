/** The runner of the pages' examples must itself be able to fail, and name the page's own file and line. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/entries.ts";
import { readDocstrings, readPage } from "./examples.ts";
import { runFile, runShell, typeErrors, writePage } from "./run-examples.ts";

const base = join(root, ".tmp", "examples-runner");
mkdirSync(base, { recursive: true });

const page = (name: string, ...lines: readonly string[]) => {
  const { blocks, problems } = readPage(name, lines.join("\n"));
  return { ...writePage(base, name, blocks), blocks, problems };
};

const fails = async (name: string, lines: readonly string[], message: RegExp) => {
  const { folder, files } = page(name, "# A page", "", ...lines);
  await assert.rejects(runFile(folder, files[0]!), { message });
};

test("an example that throws is reported with the page's line, also inside its own trace", async () => {
  const lines = ["```ts", "const a = 1;", "throw new Error(`no ${a}`);", "```"];
  await fails("throws.md", lines, /^throws\.md:4: the example fails[^]*line-4\.ts:5/);
});

test("a shown value is compared", async () => {
  await fails("value.md", ["```ts", "[1, 2]; // => [1, 3]", "```"], /value\.md:4: the page shows \[1, 3\], but it is \[ 1, 2 \]/);
  await fails("json.md", ["```js", "[1, 2]; // [1,3]", "```"], /json\.md:4: the page shows \[1,3\], but it is \[ 1, 2 \]/);
  await fails("declared.md", ["```js", "const x = 2; // => 3", "```"], /declared\.md:4: the page shows 3, but it is 2/);
  const good = page("good.md", "```ts", "const x: number[] = [1, 2]; // => [1, 2]", "x[0]! / 3; // => 0.333...", "```");
  await runFile(good.folder, good.files[0]!);
});

test("what a program prints is compared with the text block under it", async () => {
  const shown = ["```js", 'console.log("a");', "```", "", "```text", "b", "```"];
  await fails("prints.md", shown, /^prints\.md:4: the page shows\nb\nbut this is printed:\na/);
  const { folder, blocks } = page("shell.md", "```sh", "echo one", "echo two 17 ms", "```", "```text", "one", "two ... ms", "```");
  await runShell(folder, blocks[0]!);
  await assert.rejects(runShell(folder, { ...blocks[0]!, output: "one" }), /the page shows\none\n/);
});

test("a command's exit code is compared", async () => {
  const { folder, blocks } = page("exits.md", "```sh", "false", "echo on", "```", "```sh exits=2", "exit 2", "```");
  await assert.rejects(runShell(folder, blocks[0]!), /^Error: exits\.md:2: exits with 1, not 0/);
  await runShell(folder, blocks[1]!);
});

test("npm scripts that do not exist are caught, and npm itself is not run", async () => {
  const { folder, blocks } = page("npm.md", "```sh", "npm ci && npm test", "npm run build", "```", "```sh", "npm run no-such", "```");
  await runShell(folder, blocks[0]!);
  await assert.rejects(runShell(folder, blocks[1]!), /npm run no-such: package\.json has no such script/);
});

test("a type error is reported at the page's own line and column", async () => {
  const wrong = page("types.md", "", "```ts", 'const x: number = "1";', "```");
  const [error, ...more] = await typeErrors(base, [wrong]);
  assert.match(error!, /^types\.md:3:7: error TS2322/);
  assert.deepEqual(more, []);
});

test("a continued block goes on where the one before it stopped", async () => {
  const { folder, files } = page("continued.md", "```ts", "const a = 1;", "```", "text", "```ts continued", "a + 1; // => 2", "```");
  assert.deepEqual(await typeErrors(base, [{ folder, files }]), []);
  await runFile(folder, files[1]!);
});

test("a block that would silently not run is a problem", () => {
  const problems = (text: string) => readPage("p.md", text).problems;
  assert.match(problems("```typescript\nx\n```")[0]!, /^p\.md:1: a block is one of/);
  assert.match(problems("\n```\nx\n```")[0]!, /^p\.md:2: a block is one of/);
  assert.match(problems("```ts\nx")[0]!, /never closed/);
  assert.match(readDocstrings("p.ts", "/**\n * @example f(1);\n */").problems[0]!, /^p\.ts:2: an @example starts/);
});

test("examples in docstrings keep their lines, with a fence or without", () => {
  const linesOf = (...lines: readonly string[]) =>
    readDocstrings("p.ts", lines.join("\n")).blocks.map(({ line, text }) => ({ line, text }));
  const fenced = ["let a;", "/**", " * Text.", " * @example", " * ```ts", " * f(1);", " *   g();", " * ```", " */"];
  assert.deepEqual(linesOf(...fenced), [{ line: 6, text: "f(1);\n  g();" }]);
  const bare = ["/**", " * @example", " * f(1);", " * g();", " */", "let a;"];
  assert.deepEqual(linesOf(...bare), [{ line: 3, text: "f(1);\ng();" }]);
  const tagged = ["/**", " * @example", " * f(1);", " * @throws when it likes", " */"];
  assert.deepEqual(linesOf(...tagged), [{ line: 3, text: "f(1);" }]);
});

test("a docstring's example may use the library's names without an import", async () => {
  const { blocks } = readDocstrings("offered.ts", "/**\n * @example\n * join([1, 2].join()); // \"1,2\"\n */");
  const offered = new Map([["join", "node:path"], ["resolve", "node:path"]]);
  const { folder, files } = writePage(base, "offered.ts", blocks, offered);
  assert.doesNotMatch(files[0]!.code, /resolve/);
  await runFile(folder, files[0]!);
});

test("a name that an example declares is its own, whatever the library has by that name", async () => {
  const lines = ["const { join, parts: [resolve] } = { join: 1, parts: [2] };", "join + resolve; // 3"];
  const { blocks } = readDocstrings("own.ts", ["/**", " * @example", ...lines.map((line) => ` * ${line}`), " */"].join("\n"));
  const { folder, files } = writePage(base, "own.ts", blocks, new Map([["join", "node:path"], ["resolve", "node:path"]]));
  await runFile(folder, files[0]!);
});
