/** What threads mean for the process around them: it ends when it would have ended without them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/entries.ts";

const library = pathToFileURL(join(root, "src", "index.ts")).href;

/** A compiled function that several threads run, with their workers ready. */
const opening = (count = 3) => `
  import { compile, setThreads, threads, tensor } from ${JSON.stringify(library)};
  setThreads(${count});
  const step = compile((w) => w.sub(w.matmul(w).mul(1e-4)), { donate: [0] });
  let w = tensor(Float32Array.from({ length: 48400 }, (_, i) => Math.sin(i)), { shape: [220, 220] });
  w = step(w);
  while (threads().ready < ${count}) w = step(w);
`;

/** Ends a child that would hang. */
const limit = 60_000;

const run = (code: string): Promise<{ code: number | null; signal: string | null; out: string; err: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { timeout: limit, killSignal: "SIGKILL" });
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    child.on("close", (status, signal) => resolve({ code: status, signal, out, err }));
  });

const clean = { code: 0, signal: null, err: "" };

test("workers become ready while the script computes without a pause, and a script that comes to its end ends", async () => {
  assert.deepEqual(await run(`${opening()} console.log(w.shape.join());`), { ...clean, out: "220,220\n" });
});

test("a pool that sleeps keeps nothing alive", async () => {
  assert.deepEqual(await run(`${opening()} setTimeout(() => console.log("over"), 300);`), { ...clean, out: "over\n" });
});

test("process.exit, right after a step and while a worker starts", async () => {
  assert.deepEqual(await run(`${opening()} console.log("over"); process.exit(0);`), { ...clean, out: "over\n" });
  const starting = opening().replace(/while .*/, "");
  assert.deepEqual(await run(`${starting} console.log("over"); process.exit(0);`), { ...clean, out: "over\n" });
});

test("an error that nobody catches ends it as ever", async () => {
  const { code, signal, err } = await run(`${opening()} throw new Error("mine");`);
  assert.deepEqual({ code, signal }, { code: 1, signal: null });
  assert.match(err, /Error: mine/);
});

test("inside a worker of one's own, which is ended in the middle of a step", async () => {
  const code = `
    import { Worker } from "node:worker_threads";
    const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(${JSON.stringify(`${opening()}
      import { parentPort } from "node:worker_threads";
      parentPort.postMessage("ready");
      for (;;) w = step(w);
    `)})));
    worker.on("message", () => setTimeout(() => worker.terminate().then(() => console.log("over")), 50));
    worker.on("error", (error) => console.log(error));
  `;
  assert.deepEqual(await run(code), { ...clean, out: "over\n" });
});

test("thousands of steps leave the heap and the memory as they were, and forgotten functions leave with theirs", async () => {
  const code = `${opening(2)}
    import v8 from "node:v8";
    v8.setFlagsFromString("--expose-gc");
    const { runInNewContext } = await import("node:vm");
    const gc = runInNewContext("gc");
    const used = async () => {
      for (let i = 0; i < 3; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }
      return process.memoryUsage();
    };
    const many = (count) => { for (let i = 0; i < count; i++) w = step(w); };
    const functions = async (count) => {
      for (let i = 0; i < count; i++) {
        const x = tensor(Float32Array.from({ length: 1000000 }, () => i), { shape: [1000, 1000] });
        compile((y) => y.add(i).mul(y).exp().tanh().sum())(x).itemSync();
        if (i % 10 === 9) await used();
      }
    };
    many(300);
    await functions(10);
    const before = await used();
    many(1000);
    await functions(60);
    const after = await used();
    const grown = (name) => Math.round((after[name] - before[name]) / 2 ** 20);
    console.log(JSON.stringify({ heap: grown("heapUsed"), rss: grown("rss"), lost: threads().lost }));
  `;
  const { code: status, signal, out, err } = await run(code);
  assert.deepEqual({ status, signal, err }, { status: 0, signal: null, err: "" });
  const { heap, rss, lost } = JSON.parse(out);
  assert.equal(lost, 0);
  assert.ok(heap <= 1, `${heap} MiB of heap`);
  // The sixty functions had 240 MiB; workers may keep 128 MiB of them for a while.
  assert.ok(rss < 190, `${rss} MiB of memory`);
});
