/**
 * What further threads bring: the workloads on one thread and on more, in turns.
 *
 *   node bench/threads.mjs [--threads 2] [--seconds 1] [--rounds 3] [W4 W5 ...]
 */
import { parseArgs } from "node:util";
import { setTimeout } from "node:timers/promises";
import { workloads } from "./workloads.mjs";
import peer from "./peers/chainrule.mjs";
import { setThreads, threads } from "../dist/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: "string", default: "2" }, seconds: { type: "string", default: "1" }, rounds: { type: "string", default: "3" } },
});
const most = Number(values.threads);

const median = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];

for (const id of positionals.length > 0 ? positionals : ["W2", "W4", "W5", "W6-512", "W7"]) {
  setThreads(most);
  const { step } = peer[id](workloads[id]());
  step();
  const found = new Map([[1, []], [most, []]]);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [count, rounds] of found) {
      setThreads(count);
      for (let i = 0; i < 100 && threads().ready < count; i++) await setTimeout(10);
      const times = [];
      for (let i = 0; i < 20; i++) step();
      for (const began = performance.now(); performance.now() - began < 1000 * Number(values.seconds) || times.length < 5; ) {
        const start = performance.now();
        step();
        times.push(performance.now() - start);
      }
      rounds.push(median(times));
      if (threads().ready < count) console.log(`  only ${threads().ready} of ${count} threads: ${threads().why}`);
    }
  }
  const [one, more] = [median(found.get(1)), median(found.get(most))];
  console.log(`${id}: ${one.toFixed(3)} ms on one thread, ${more.toFixed(3)} ms on ${most}, ${(one / more).toFixed(2)} times as fast; lost ${threads().lost}`);
}
