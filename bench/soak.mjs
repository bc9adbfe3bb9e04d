/**
 * Memory: ten thousand training steps of one compiled function, and how much the process holds on the way. Neither the
 * heap nor WebAssembly's memory may grow.
 * By itself, with --expose-gc: node soak.mjs <workload> prints one line of JSON.
 */
import { execFileSync } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);
const steps = 10_000;
const every = 2_000;

const one = async (id) => {
  const [{ workloads }, { default: library, tune }] = [await import("./workloads.mjs"), await import("./peers/chainrule.mjs")];
  tune();
  const { step } = library[id](workloads[id]());
  const held = [];
  for (let i = 1; i <= steps; i++) {
    step();
    if (i % every !== 0) continue;
    await setImmediate();
    globalThis.gc();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    held.push({ steps: i, heapUsed, arrayBuffers, rss });
  }
  return { workload: id, held };
};

/** One row for each workload: bytes after every two thousand steps. */
export const soak = (ids = ["W2", "W4"]) => ids.map((id) => JSON.parse(execFileSync(process.execPath, ["--expose-gc", here, id], { encoding: "utf8" })));

export const printSoak = (rows) => {
  console.log(`memory  ${steps} steps: MB on the heap, in array buffers, and of the whole process`);
  for (const { workload, held } of rows) {
    const of = (name) => held.map((at) => (at[name] / 2 ** 20).toFixed(1)).join(" ");
    console.log(`  ${workload}, after every ${every} steps: heap ${of("heapUsed")}, buffers ${of("arrayBuffers")}, process ${of("rss")}`);
  }
};

if (process.argv[1] === here) {
  console.log(JSON.stringify(await one(process.argv[2])));
  process.exit();
}
