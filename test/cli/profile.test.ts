/** `profile`: kernels by name and line with their times, as text, JSON and a trace. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { compile, grad, profile, tensor, type Tensor } from "../../src/index.ts";
import { input } from "../../src/ops/forms/source.ts";
import { gather, matmul, sum, sq, add } from "../../src/ops/table.ts";
import { lowered, planned } from "../../src/api/engine.ts";
import { costOf } from "../../src/ir/kernel-cost.ts";
import { chainrule, temporaryFolder } from "./support.ts";

const folder = temporaryFolder({
  "net.ts": [
    'import { normal, type Tensor } from "chainrule";',
    "export const model = (key: Tensor) => ({ w: normal(key, [2, 40]), v: normal(key, [40, 3]) });",
    "export const scores = (m: { w: Tensor; v: Tensor }, x: Tensor): Tensor =>",
    "  x.matmul(m.w)",
    "    .relu().matmul(m.v);",
    "export const loss = (m: { w: Tensor; v: Tensor }, { x, y }: { x: Tensor; y: Tensor }): Tensor => scores(m, x).softmaxCrossEntropy(y).mean();",
    "",
  ].join("\n"),
});
const call = (...args: string[]) => chainrule(["profile", ...args], { folder });

/** Numbers that are measured, and the order that follows from them, differ from time to time. */
const masked = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.replace(/^ *\d+ +[\d.]+ +[\d.]+ % +(?:[\de.+]+ +)?[\de.+]+ {2}(?=\S)/, "- ").replace(/^ *# .*kernel +for$/, "# kernel for"))
    .map((line) => (line.startsWith("- ") ? line.replace(/ {2,}/g, "  ") : line.replace(/[\d.,]+(?= (?:ms|to|MiB|passes)|\))/g, "N")))
    .reduce<string[][]>((parts, line) => (line.startsWith("- ") === parts.at(-1)?.at(-1)?.startsWith("- ") ? [...parts.slice(0, -1), [...parts.at(-1)!, line]] : [...parts, [line]]), [])
    .flatMap((part) => (part[0]!.startsWith("- ") ? part.sort() : part))
    .join("\n");

describe("chainrule profile", () => {
  test("names each kernel after what it does and after the user's own line", async () => {
    const { code, out, err } = await call("net.ts", "spiral");
    assert.deepEqual([code, err], [0, ""]);
    const file = new URL("profile.golden.txt", import.meta.url);
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(file, masked(out));
    assert.equal(masked(out), readFileSync(file, "utf8"));
  });

  test("gives a trace that viewers open, and the same figures as JSON", async () => {
    const { code, out, err } = await call("net.ts", "spiral", "--trace", "trace.json", "--json", "--batch", "7");
    assert.deepEqual([code, err], [0, ""]);
    const { rows, step, measurement } = JSON.parse(out);
    assert.equal(rows.step, 7);
    const { traceEvents, displayTimeUnit } = JSON.parse(readFileSync(join(folder, "trace.json"), "utf8"));
    assert.equal(displayTimeUnit, "ns");
    const ofProcess = (pid: number) => traceEvents.filter((event: { pid: number; ph: string }) => event.pid === pid && event.ph === "X");
    for (const event of traceEvents) {
      assert.ok(typeof event.name === "string" && Number.isInteger(event.pid) && Number.isInteger(event.tid), JSON.stringify(event));
      if (event.ph === "M") assert.ok(["process_name", "thread_name"].includes(event.name) && typeof event.args.name === "string");
      else assert.ok(event.ph === "X" && event.ts >= 0 && event.dur >= 0, JSON.stringify(event));
    }
    for (const [pid, { kernels }] of [[1, step], [2, measurement]] as const) {
      assert.deepEqual(ofProcess(pid).map(({ name }: { name: string }) => name), kernels.map(({ name }: { name: string }) => name));
      // Kernels follow one another.
      ofProcess(pid).reduce((end: number, { ts, dur }: { ts: number; dur: number }) => (assert.ok(ts >= end - 1e-6), ts + dur), 0);
      for (const { milliseconds, least, most } of kernels) assert.ok(least <= milliseconds && milliseconds <= most);
    }
  });
});

describe("profile", () => {
  const step = (w: Tensor, x: Tensor): Tensor => w.sub(grad((at: Tensor) => x.matmul(at).sq().sum())(w).mul(0.1));

  test("measures a compiled function with what it was given away, and leaves the arguments as they are", () => {
    const [w, x] = [tensor([[1, 2], [3, 4]]), tensor([[1, 0], [0, 1], [1, 1]])];
    const { kernels, arena, whole } = profile(compile(step, { donate: [0] }))(w, x);
    assert.ok(kernels.length > 0 && arena > 0 && whole.milliseconds > 0);
    assert.ok(kernels.every(({ places }) => places.every(({ file }) => file!.endsWith("profile.test.ts"))));
    assert.deepEqual(w.toArraySync(), [[1, 2], [3, 4]]);
  });

  test("says where there is nothing to measure", () => {
    const outer = (x: Tensor) => profile((y: Tensor) => y.exp())(x) as never;
    assert.throws(() => grad(outer)(tensor([1])), { code: "no-program" });
  });
});

test("a kernel costs what its numbers do: each read and written once, each gate one operation", () => {
  const x = input([64, 128], "float32", "x");
  const w = input([128, 32], "float32", "w");
  const b = input([32], "float32", "b");
  const i = input([5], "int32", "i");
  const costs = (...roots: Parameters<typeof lowered>[0]) => planned(lowered(roots)).kernels.map(costOf);
  assert.deepEqual(costs(matmul(x, w)), [{ operations: 2 * 64 * 128 * 32, bytes: 4 * (64 * 128 + 128 * 32 + 64 * 32) }]);
  assert.deepEqual(costs(sum(sq(x), { axes: 1 })), [{ operations: 2 * 64 * 128, bytes: 4 * (64 * 128 + 64) }]);
  assert.deepEqual(costs(add(w, b)), [{ operations: 128 * 32, bytes: 4 * (2 * 128 * 32 + 32) }]);
  assert.deepEqual(costs(gather(x, i)), [{ operations: 0, bytes: 4 * (5 + 2 * 5 * 128) }]);
});
