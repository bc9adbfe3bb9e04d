/**
 * Growth: a random circuit of single numbers, compiled forward and with its gradient, from 1,000 to 1,000,000 gates. Each
 * size is a process of its own. Time and memory per gate should not grow with the number of gates.
 * By itself: node growth.mjs <gates> prints one line of JSON.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);

/** A circuit of so many gates on two numbers: sums, products and maxima of what was there before, all bounded. */
const circuit = (gates) => (x, y) => {
  const values = [x, y];
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let made = 0; made < gates; made += 2) {
    const last = values[values.length - 1];
    const other = values[Math.floor(next() * values.length)];
    const kind = next();
    values.push(kind < 0.4 ? last.add(other).mul(0.5) : kind < 0.8 ? last.mul(other).add(0.5) : last.max(other).mul(0.9));
  }
  return values[values.length - 1];
};

const one = async (gates) => {
  const { compile, valueAndGrad } = await import("../dist/index.js");
  const f = circuit(gates);
  const timed = (run) => {
    const start = performance.now();
    run();
    return performance.now() - start;
  };
  /** Milliseconds: until the first result is there, and of a later call, the middle of several. */
  const measure = (compiled, read) => {
    const first = timed(() => read(compiled(0.9, 0.8)));
    const times = [];
    const began = performance.now();
    while (times.length < 5 || (performance.now() - began < 300 && times.length < 1000)) times.push(timed(() => read(compiled(0.9, 0.8))));
    times.sort((a, b) => a - b);
    return { first, later: times[times.length >> 1] };
  };
  const forward = measure(compile(f), (value) => value.itemSync());
  const gradient = measure(compile((x, y) => valueAndGrad(([a, b]) => f(a, b))([x, y])), ({ grad }) => grad[0].itemSync());
  return { gates, forward, gradient, peak: process.resourceUsage().maxRSS * 1024 };
};

/** One row for each number of gates. */
export const growth = () =>
  [1e3, 1e4, 1e5, 1e6].map((gates) =>
    JSON.parse(execFileSync(process.execPath, ["--max-old-space-size=12288", here, String(gates)], { encoding: "utf8", maxBuffer: 2 ** 20 })),
  );

export const printGrowth = (rows) => {
  console.log("growth  a circuit of single numbers: until its first result, and nanoseconds a gate of later calls");
  for (const { gates, forward, gradient, peak } of rows) {
    const each = (ms) => ((ms * 1e6) / gates).toFixed(1).padStart(6);
    console.log(
      `  ${String(gates).padStart(9)} gates  forward ${forward.first.toFixed(0).padStart(6)} ms, ${each(forward.later)} ns a gate` +
        `   with gradient ${gradient.first.toFixed(0).padStart(6)} ms, ${each(gradient.later)} ns a gate, ${(gradient.later / forward.later).toFixed(1)} times forward` +
        `   ${(peak / 2 ** 20).toFixed(0).padStart(6)} MB`,
    );
  }
};

if (process.argv[1] === here) console.log(JSON.stringify(await one(Number(process.argv[2]))));
