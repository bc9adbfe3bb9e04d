/** Where the command is a process: pipes that close, Ctrl-C, files too large to read, models with classes of their own. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, openSync, readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ended, startProcess, temporaryFolder } from "./support.ts";

const folder = temporaryFolder({
  "huge.txt": "",
  "long.txt": `a = x\n${"a = a * 1.0001 + 1\n".repeat(5_000)}`,
  "model.ts": 'import { Tensor } from "chainrule";\nexport const f = (x: Tensor) => (x instanceof Tensor ? x.mul(x) : undefined);\n',
});

test("a model shares the command's classes, and nothing is written beside the result", async () => {
  const { code, out, err } = await ended(startProcess(["explain", "model.ts", "x=3", "--json"], folder));
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(JSON.parse(out).value, 9);
});

test("what is loaded is kept compiled among the temporary files, and where none can be written nothing is said", { skip: process.platform === "win32" }, async () => {
  for (const [temporary, kept] of [["kept", true], ["huge.txt/none", false]] as const) {
    const TMPDIR = join(folder, temporary);
    const { code, out, err } = await ended(startProcess(["explain", "x*y", "x=3", "y=2", "--json"], folder, { TMPDIR }));
    assert.deepEqual([code, err, JSON.parse(out).value], [0, "", 6]);
    assert.equal(existsSync(join(TMPDIR, "node-compile-cache")), kept);
  }
});

test("a reader that has read enough is no error", async () => {
  const child = startProcess(["explain", "long.txt", "x=1", "--json"], folder);
  child.stdout!.once("data", () => child.stdout!.destroy());
  const { err, signal } = await ended(child);
  assert.deepEqual([err, signal], ["", null]);
});

test("a slow reader gets all steps, and no warning", async () => {
  const child = startProcess(["explain", "long.txt", "x=1", "--step"], folder);
  await once(child.stdout!, "readable");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { code, out, err } = await ended(child);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /a@1 = copy\(x\): x gets .*\n$/);
});

test("a full disk behind standard output is one error", { skip: !existsSync("/dev/full") }, async () => {
  const full = openSync("/dev/full", "w");
  const { code, err } = await ended(startProcess(["explain", "x*y", "x=1", "y=2"], folder, {}, full));
  assert.deepEqual([code, err], [2, "error[cannot-write]: standard output cannot be written: the disk is full.\n"]);
});

test("Ctrl-C ends training with 130 and a whole line", { skip: process.platform === "win32" }, async () => {
  const child = startProcess(["train", "digits", "--epochs", "100000"], folder);
  const end = ended(child);
  await once(child.stderr!, "data");
  child.kill("SIGINT");
  const { code, err } = await end;
  assert.equal(code, 130);
  assert.match(err, /\n$/);
  assert.doesNotMatch(err, /error/);
});

test("Ctrl-C ends waiting for standard input with 130, and nothing is half-written", { skip: process.platform === "win32" }, async () => {
  const child = startProcess(["explain", "-", "x=1", "--save", "half.json"], folder);
  const end = ended(child);
  // The handler stands once the command waits; until then the signal ends it all the same.
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.kill("SIGINT");
  const { code, signal, err } = await end;
  assert.ok(code === 130 || signal === "SIGINT");
  assert.equal(err, "");
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("half")), []);
});

test("a file beyond 64 MiB is refused by its size, and a long argument by its length", async () => {
  truncateSync(join(folder, "huge.txt"), 64 * 2 ** 20 + 1);
  const large = await ended(startProcess(["explain", "huge.txt"], folder));
  assert.equal(large.code, 2);
  assert.match(large.err, /^error\[file-too-large\]: .*64 MiB/);
  const long = await ended(startProcess(["explain", `x${"+x".repeat(50_001)}`, "x=1"], folder));
  assert.equal(long.code, 2);
  assert.match(long.err, /^error\[program-too-long\]: .*100,000/);
});
