/**
 * Memory: ten thousand training steps of one compiled function on all threads, and what the process holds on the way:
 * objects, the numbers of arrays, WebAssembly's memory. None of them may grow.
 * By itself: node soak.mjs prints the table; with --expose-gc, node soak.mjs <workload> prints one line of JSON.
 */
import { execFileSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);
const steps = 10_000;
const every = 2_000;

/** Bytes a step, from the first look to the last, that count as nothing: V8 itself keeps a little more as code is made better. */
const nothing = 16;

/** What is looked at. External: all that objects hold outside of the heap, the numbers of arrays among it. */
const kinds = { heap: "heap", external: "held outside", arrays: "of it arrays", wasm: "WebAssembly", process: "whole process" };

/** Every memory that is made from now on, for as long as it is there. */
const watchMemories = () => {
  const made = [];
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(type) {
      super(type);
      made.push(new WeakRef(this));
    }
  };
  return () => {
    const there = made.flatMap((each) => each.deref() ?? []);
    return { made: made.length, there: there.length, bytes: there.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) };
  };
};

const one = async (id) => {
  const memories = watchMemories();
  const [{ workloads }, { default: library, tune }] = [await import("./workloads.mjs"), await import("./peers/chainrule.mjs")];
  tune();
  const { step } = library[id](workloads[id]());
  const held = [];
  for (let i = 1; i <= steps; i++) {
    step();
    if (i % every !== 0) continue;
    // What finalizers let go of is collected the next time, and the compilers' threads hold on to what they work on.
    for (let turn = 0; turn < 4; turn++) {
      await setTimeout(25);
      globalThis.gc();
    }
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
    const { made, there, bytes } = memories();
    held.push({ steps: i, heap: heapUsed, external, arrays: arrayBuffers, wasm: bytes, process: rss, memoriesMade: made, memories: there });
  }
  return { workload: id, held };
};

/** One row for each workload: bytes after every two thousand steps. */
export const soak = (ids = ["W2", "W4", "W5", "W7"]) => ids.map((id) => JSON.parse(execFileSync(process.execPath, ["--expose-gc", here, id], { encoding: "utf8" })));

export const printSoak = (rows) => {
  console.log(`memory  ${steps} steps, MiB after every ${every} of them, everything collected; last against first`);
  for (const { workload, held } of rows) {
    const [first, last] = [held[0], held.at(-1)];
    console.log(`  ${workload}  ${last.memories} WebAssembly memories, ${last.memoriesMade - first.memoriesMade} made after step ${first.steps}`);
    for (const [kind, name] of Object.entries(kinds)) {
      const growth = (last[kind] - first[kind]) / (last.steps - first.steps);
      // What was freed may stay with the process, so that its whole size says little of so short a time.
      const verdict = kind === "process" ? "" : growth <= nothing ? ": flat" : ": GROWS";
      const all = held.map((at) => (at[kind] / 2 ** 20).toFixed(2).padStart(8)).join("");
      console.log(`    ${name.padEnd(14)}${all}   ${growth.toFixed(1).padStart(7)} bytes a step${verdict}`);
    }
  }
};

if (process.argv[1] === here) {
  const [id] = process.argv.slice(2);
  if (id === undefined) printSoak(soak());
  else console.log(JSON.stringify(await one(id)));
  process.exit();
}
