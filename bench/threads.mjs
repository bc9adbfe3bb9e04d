/**
 * Threads: each step on one thread, on two, and on one thread in two processes at once, in short turns. What the two
 * processes do together is what the machine's second core gives just then, and two threads can hardly do more: a virtual
 * machine's two processors are now and then two halves of one core, for a second or for minutes. So the gain is printed
 * for all turns, and for those in which there was a second core.
 * By itself: node threads.mjs W4 W7 prints the table.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { median } from "./numbers.mjs";

const here = fileURLToPath(import.meta.url);

/** Turns of each, and milliseconds and steps of a turn at least; before it steps that do not count, while the machine wakes the cores that slept and fills their caches. */
const turns = 30;
const lead = { milliseconds: 40, steps: 1 };
const turn = { milliseconds: 100, steps: 3 };
const warmUp = { milliseconds: 700, steps: 6 };

/** Two processes on two cores do at least this many times as much as one. */
const secondCore = 1.6;

/** Milliseconds of each step in a turn. */
const timesOf = (step, { milliseconds, steps }) => {
  const times = [];
  const began = performance.now();
  for (let last = began; times.length < steps || last - began < milliseconds; ) {
    step();
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  return times;
};

/** In a process of its own: a turn for each message, answered with the middle of its steps. */
const serve = async (id, threads) => {
  const [{ workloads }, { default: library, tune, stayAlone }] = [await import("./workloads.mjs"), await import("./peers/chainrule.mjs")];
  tune();
  if (threads === 1) stayAlone();
  const { step } = library[id](workloads[id]());
  step();
  // Workers become ready while nothing runs.
  await setTimeout(300);
  timesOf(step, warmUp);
  process.on("message", () => {
    timesOf(step, lead);
    process.send(median(timesOf(step, turn)));
  });
  process.send("ready");
};

const start = async (id, threads) => {
  const child = fork(here, [id, String(threads)]);
  await Promise.race([once(child, "message"), once(child, "exit").then(() => Promise.reject(new Error(`${id} on ${threads} threads ended early`)))]);
  return {
    end: () => child.kill(),
    turn: async () => {
      child.send("turn");
      return (await once(child, "message"))[0];
    },
  };
};

const measured = async (id) => {
  const [one, other, two] = [await start(id, 1), await start(id, 1), await start(id, 2)];
  const seen = [];
  for (let i = 0; i < turns; i++) {
    const alone = await one.turn();
    const together = await Promise.all([one.turn(), other.turn()]);
    const threaded = await two.turn();
    seen.push({ alone, threaded, gain: alone / threaded, bound: alone / together[0] + alone / together[1] });
  }
  for (const each of [one, other, two]) each.end();
  const middle = (name, rows = seen) => median(rows.map((each) => each[name]));
  const withCore = seen.filter(({ bound }) => bound >= secondCore);
  return { workload: id, one: middle("alone"), two: middle("threaded"), gain: middle("gain"), bound: middle("bound"), withCore: withCore.length, gainWithCore: middle("gain", withCore) };
};

/** One row for each workload: milliseconds, and medians of the ratios of each turn. */
export const threads = async (ids = ["W4", "W5", "W6-512", "W6-1024", "W7"]) => {
  const rows = [];
  for (const id of ids) rows.push(await measured(id));
  return rows;
};

export const printThreads = (rows) => {
  console.log(
    `threads  ms a step on one and on two threads, medians of ${turns} short turns; how much faster two are, and two processes of one thread each; and how much faster in the turns in which two processes did ${secondCore} times as much as one`,
  );
  for (const { workload, one, two, gain, bound, withCore, gainWithCore } of rows) {
    const there = withCore > 0 ? `; ${gainWithCore.toFixed(2)} x in ${withCore} turns with a second core` : "; no turn with a second core";
    console.log(`  ${workload.padEnd(9)} ${one.toFixed(2).padStart(8)} ${two.toFixed(2).padStart(8)}   ${gain.toFixed(2)} x   two processes ${bound.toFixed(2)} x${there}`);
  }
};

if (process.argv[1] === here) {
  const [id, count] = process.argv.slice(2);
  if (process.send) await serve(id, Number(count));
  else printThreads(await threads(process.argv.length > 2 ? process.argv.slice(2) : undefined));
}
