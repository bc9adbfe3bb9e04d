/**
 * Growth: a random circuit of single numbers, compiled forward and with its gradient, from 1,000 to 1,000,000 gates: one whose
 * gates read anything that was there before, and one whose gates read the last few, as recurrences do. Each is a process of
 * its own, with 4 GB for its objects, and is ended where it takes too long. Time and memory per gate should not grow with the
 * number of gates.
 * By itself: node growth.mjs prints the table; node --expose-gc growth.mjs <gates> <forward or gradient> <any or near> prints one line of JSON.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { peakBytes } from "./peak.mjs";

const here = fileURLToPath(import.meta.url);

/** Milliseconds for one process, and megabytes for its objects, at most. */
const mostTime = 120_000;
const mostObjects = 4096;

/** How far back a gate reads, at most. */
const reaches = { any: Infinity, near: 16 };

/** A circuit of so many gates on two numbers: sums, products and maxima of what was there before. Its numbers may overflow, which takes no longer. */
const circuit = (gates, reach) => (x, y) => {
  const values = [x, y];
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let made = 0; made < gates; made += 2) {
    const last = values[values.length - 1];
    const other = values[values.length - 1 - Math.floor(next() * Math.min(values.length, reach))];
    const kind = next();
    values.push(kind < 0.4 ? last.add(other).mul(0.5) : kind < 0.8 ? last.mul(other).add(0.5) : last.max(other).mul(0.9));
  }
  return values[values.length - 1];
};

/** In this process: milliseconds until the first result and of a later call, the middle of several; bytes at the most. What compiling left behind is collected in between. */
const one = async (gates, kind, reads) => {
  const { compile, valueAndGrad } = await import("../dist/index.js");
  const f = circuit(gates, reaches[reads]);
  const run = {
    forward: () => {
      const compiled = compile(f);
      return () => compiled(0.9, 0.8).itemSync();
    },
    gradient: () => {
      const compiled = compile((x, y) => valueAndGrad(([a, b]) => f(a, b))([x, y]));
      return () => compiled(0.9, 0.8).grad[0].itemSync();
    },
  }[kind]();
  const timed = () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  };
  const first = timed();
  globalThis.gc();
  const times = [];
  const began = performance.now();
  while (times.length < 5 || (performance.now() - began < 300 && times.length < 1000)) times.push(timed());
  times.sort((a, b) => a - b);
  return { first, later: times[times.length >> 1], peak: peakBytes() };
};

const flags = [`--max-old-space-size=${mostObjects}`, "--expose-gc"];

/** The same in a process of its own; nothing where it took too long or too much room. */
const measured = (gates, kind, reads) => {
  const { stdout, status } = spawnSync(process.execPath, [...flags, here, String(gates), kind, reads], {
    encoding: "utf8",
    timeout: mostTime,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return status === 0 ? JSON.parse(stdout) : undefined;
};

/** One row for each number of gates and what they read. */
export const growth = () =>
  Object.keys(reaches).flatMap((reads) => [1e3, 1e4, 1e5, 1e6].map((gates) => ({ reads, gates, forward: measured(gates, "forward", reads), gradient: measured(gates, "gradient", reads) })));

export const printGrowth = (rows) => {
  const line = (reads, ...cells) => console.log(`  ${reads.padEnd(6)}${cells.map((cell, i) => cell.padStart(i === 0 ? 9 : 12)).join("")}`);
  const cells = (row, gates) => (row ? [(row.first / 1000).toFixed(2), ((row.later * 1e6) / gates).toFixed(1), (row.peak / 2 ** 20).toFixed(0)] : ["-", "-", "-"]);
  console.log("growth  a circuit of single numbers: seconds until its first result, nanoseconds a gate of later calls, and memory; then with its gradient");
  line("reads", "gates", "first s", "ns a gate", "MB", "first s", "ns a gate", "MB", "/ forward");
  for (const { reads, gates, forward, gradient } of rows) {
    line(reads, String(gates), ...cells(forward, gates), ...cells(gradient, gates), forward && gradient ? (gradient.later / forward.later).toFixed(1) : "-");
  }
  if (rows.some(({ forward, gradient }) => !forward || !gradient)) console.log(`  -: not within ${mostTime / 1000} s and ${mostObjects} MB of objects`);
};

if (process.argv[1] === here) {
  const [gates, kind, reads] = process.argv.slice(2);
  if (gates === undefined) printGrowth(growth());
  else console.log(JSON.stringify(await one(Number(gates), kind, reads)));
}
