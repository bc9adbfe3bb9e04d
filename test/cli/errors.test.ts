/** What the command says to everything that is wrong with what it is given. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readAloud } from "./golden.ts";
import { chainrule, temporaryFolder } from "./support.ts";

const folder = temporaryFolder({
  "model.ts": [
    'import type { Tensor } from "chainrule";',
    "const hidden = (x: Tensor): Tensor => x.neg();",
    "export const f = (x: Tensor, y: Tensor): Tensor => {",
    "  const q = x.add(y);",
    "  return q.mul(hidden(x));",
    "};",
    "export const shapes = (W: Tensor, X: Tensor): Tensor => W.matmul(X).sum();",
    "export const throws = (x: Tensor): Tensor => { const a: { b?: Tensor } = {}; return x.mul(a.b!.node as never); };",
    "export const branches = (x: Tensor): Tensor => (x > (0 as never) ? x : x.neg());",
    "export const text = (x: Tensor): string => `f of ${x.shape.length}`;",
    "export const size = 3;",
    "",
  ].join("\n"),
  "twice.ts": "export const f = (x: number): number => {\n  const a: number = 1; const a: number = 2;\n  return a * x;\n};\n",
  "arrow.ts": "export const f = (x: number): number => {\n  return x +* 2;\n};\n",
  "function.ts": "export function f(x: number): number {\n  return (x + 2;\n}\n",
  "missing.ts": 'import { nope } from "chainrule";\nexport const f = nope;\n',
  "lost.ts": 'import { nope } from "./nowhere.ts";\nexport const f = nope;\n',
  "package.ts": 'import type { Tensor } from "chainrule";\nimport left from "left-padding";\nexport const f = left;\n',
  "top.ts": 'export const f = 1;\nthrow new RangeError("at the top");\n',
  "none.ts": "export const size: number = 3;\n",
  "program.txt": "q = x + y\r\nf = q * (z\r\n",
  "saved.json": '{"schema": 1, "program": "x +* y", "inputs": {"x": 1}}',
  "in.json": '{"x": 1,\r\n "x": 2}',
  "ragged.json": '{"W": [[1, 2], [3]]}',
  "short.csv": `size,kind\n${Array.from({ length: 30 }, (_, i) => `${i * 1.5},${"ab"[i % 2]}`).join("\n")}\n`,
  "unmarked.ts": 'import { tensor } from "chainrule";\nexport const model = { w: tensor([1]) };\nconst loss = (): number => 1;\nvoid loss;\n',
  "net.ts": [
    'import { tensor, type Tensor } from "chainrule";',
    "export const model = { w: tensor([[0, 0, 0], [0, 0, 0]]) };",
    "type Rows = { x: Tensor; y: Tensor };",
    "export const loss = (m: typeof model, { x, y }: Rows): Tensor =>",
    "  x.matmul(m.w).softmaxCrossEntropy(y).mean();",
    "",
  ].join("\n"),
  "vector.ts": [
    'import { tensor, type Tensor } from "chainrule";',
    "export const model = { w: tensor(Array.from({ length: 12 }, () => 0)) };",
    "export const loss = (m: typeof model, { x, y }: { x: Tensor; y: Tensor }): Tensor =>",
    "  x.matmul(m.w.reshape([4, 3])).softmaxCrossEntropy(y);",
    "",
  ].join("\n"),
  "words.ts": 'import { tensor } from "chainrule";\nexport const model = { w: tensor([1]) };\nexport function loss(): string {\n  return "small";\n}\n',
  "empty.ts": 'import { tensor } from "chainrule";\nexport const model = () => ({ units: 3, ids: tensor(Int32Array.of(1, 2)) });\nexport const loss = () => tensor(1);\n',
  "scores.ts": [
    'import { tensor, type Tensor } from "chainrule";',
    "export const model = { w: tensor([1, 2, 3, 4]) };",
    "export const scores = (m: typeof model, x: Tensor): Tensor => x.matmul(m.w);",
    "export const loss = (m: typeof model, { x }: { x: Tensor }): Tensor => scores(m, x).sq().mean();",
    "",
  ].join("\n"),
  "throwing.ts": 'import { tensor } from "chainrule";\nexport const model = { w: tensor([1]) };\nexport const loss = () => {\n  throw new RangeError("no loss today");\n};\n',
  "data.ts": 'import { tensor } from "chainrule";\nexport const model = { w: tensor([1]) };\nexport const loss = () => tensor(1);\nexport const data = 7;\n',
  "ragged.ts": 'import { tensor } from "chainrule";\nexport const model = { w: tensor([1]) };\nexport const loss = () => tensor(1);\nexport const data = { x: [[1, 2], [3]], y: [0, 1] };\n',
  "bytes.txt": Uint8Array.from([0x78, 0xff]),
});

await readAloud(new URL("errors.golden.txt", import.meta.url), folder);

test("with --json an error is one JSON object with the same fields", async () => {
  const { code, out, err } = await chainrule(["explain", "x +* y", "x=1", "--json"], { folder });
  assert.deepEqual([code, out], [2, ""]);
  const { error } = JSON.parse(err) as { error: { code: string; message: string; place: object; help: string } };
  assert.equal(error.code, "expected-value");
  assert.deepEqual(error.place, { line: 1, column: 4, text: "x +* y", length: 1 });
});

test("a stack is printed only when it is asked for", async () => {
  const args = ["explain", "x +* y"];
  assert.doesNotMatch((await chainrule(args)).err, /^ +at /m);
  assert.match((await chainrule([...args, "--debug"])).err, /^ +at /m);
  assert.match((await chainrule(args, { env: { CHAINRULE_DEBUG: "1" } })).err, /^ +at /m);
});

test("nothing that was given can move the cursor or colour the terminal", async () => {
  const escape = "\u001b[31m";
  for (const args of [[`${escape}x`], ["explain", `no${escape}file.txt`], ["explain", "x", `--${escape}x`]]) {
    const { code, err } = await chainrule(args, { folder });
    assert.equal(code, 2);
    assert.doesNotMatch(err, /\u001b/);
  }
});

test("a folder is no file, whatever its name ends in", async () => {
  for (const name of ["models.ts", "stages.txt"]) {
    mkdirSync(join(folder, name));
    const { code, err } = await chainrule(["explain", name, "x=1"], { folder });
    assert.deepEqual([code, err], [2, `error[not-a-file]: ${name} is a folder, not a file.\n`]);
  }
});

test("a file in a folder that may not be read is not called missing", { skip: process.platform === "win32" || process.getuid?.() === 0 }, async () => {
  mkdirSync(join(folder, "locked"), { mode: 0o000 });
  const { err } = await chainrule(["explain", "locked/f.txt"], { folder });
  assert.equal(err, "error[unreadable-file]: locked/f.txt cannot be read: you have no permission.\n");
});

test("a saved program and a circuit are not both printed", async () => {
  const { out } = await chainrule(["explain", "x*y", "x=1", "y=2", "--save", "-"], { folder });
  assert.equal(JSON.parse(out).program, "x*y");
  const { err } = await chainrule(["explain", "x*y", "x=1", "y=2", "--save", "-", "--json"], { folder });
  assert.match(err, /"two-outputs","message":"--json and --save would both be printed\."/);
});

test("an import that is not there is shown with its line, also in a folder with a space in its name", async () => {
  const spaced = join(folder, "my models \u00e9");
  mkdirSync(spaced);
  writeFileSync(join(spaced, "parts.ts"), "export const one = 1;\n");
  writeFileSync(join(spaced, "model.ts"), 'import { two } from "./parts.ts";\nexport const f = () => two;\n');
  const { err } = await chainrule(["explain", "model.ts"], { folder: spaced });
  assert.match(err, /--> model\.ts:1:10\n {3}\| import \{ two \}/);
});

test("the mark at the beginning of a file does not move the caret", async () => {
  writeFileSync(join(folder, "marked.ts"), "\ufeffexport const f = (x: number) => x * x;\n");
  const { err } = await chainrule(["explain", "marked.ts", "x=1"], { folder });
  assert.match(err, /--> marked\.ts:1:35\n {3}\| export const f = [^]*\n {3}\| {35}\^/);
});
