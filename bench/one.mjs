/**
 * One library on one workload in a process of its own: gradients of the first step into the folder, and one line of
 * JSON with the loss after five steps, milliseconds a step (and of a forward pass with their ratio, where the library's file
 * has one), and the peak of memory, as the system counts it, of a process that only trains.
 * Arguments: library, workload folder, seconds; `tuned` where the library is to make itself faster first, `alone` where it is
 * to use one thread, if it can, and `until=200,10` where it is to train on to 200 steps in all, or for 10 seconds, before the
 * peak is read: what a step leaves behind adds up.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readWorkload } from "./files.mjs";
import { median } from "./numbers.mjs";
import { peakBytes } from "./peak.mjs";

const [, , peer, folder, seconds, ...words] = process.argv;
const workload = readWorkload(folder);
const { default: library, tune, stayAlone } = await import(`./peers/${peer}.mjs`);
if (words.includes("tuned")) tune?.();
if (words.includes("alone")) stayAlone?.();
if (!(workload.id in library)) {
  console.log(JSON.stringify({ absent: true }));
  process.exit();
}
const made = library[workload.id](workload);
let steps = 0;
const step = () => {
  steps++;
  return made.step();
};
const first = performance.now();
const losses = [];
for (let i = 0; i < 6; i++) losses.push(step());
const warmUp = performance.now() - first;

/** The middle of many timings, in milliseconds a call; calls too short for the clock are timed many at a time. */
const measure = (run) => {
  const timed = (many) => {
    const start = performance.now();
    for (let i = 0; i < many; i++) run();
    return performance.now() - start;
  };
  let many = 1;
  // Twice at each count: the first call of a kind may still be compiled.
  while (Math.min(timed(many), timed(many)) < 1) many *= 2;
  const times = [];
  const began = performance.now();
  while (times.length < 3 || performance.now() - began < 1000 * Number(seconds)) times.push(timed(many) / many);
  return median(times);
};

const trained = measure(step);
const until = words.find((word) => word.startsWith("until="));
if (until) {
  const [most, longest] = until.slice("until=".length).split(",").map(Number);
  for (const began = performance.now(); steps < most && performance.now() - began < 1000 * longest; ) step();
}
// Of training alone: what is looked at beside it comes after.
const peak = peakBytes();
const { gradients, forward } = library[workload.id](readWorkload(folder));
for (const [name, values] of Object.entries(gradients())) writeFileSync(join(folder, `${peer}.${name}.grad`), Float64Array.from(values));

/** Milliseconds of a forward pass, and how many of them a step takes: in short turns, because a machine's speed moves meanwhile. */
const besideForward = () => {
  const turn = (run) => {
    // Whose turn it was not has lost the caches.
    run();
    run();
    const times = [];
    for (const began = performance.now(); times.length < 3 || performance.now() - began < 25; ) {
      const start = performance.now();
      run();
      times.push(performance.now() - start);
    }
    return median(times);
  };
  const turns = [];
  for (const began = performance.now(); turns.length < 5 || performance.now() - began < 1000 * Number(seconds); ) {
    const [whole, part] = [turn(step), turn(forward)];
    turns.push({ part, ratio: whole / part });
  }
  return { forward: median(turns.map(({ part }) => part)), ratio: median(turns.map(({ ratio }) => ratio)) };
};

console.log(JSON.stringify({ loss: losses[5], warmUp, step: trained, ...(forward ? besideForward() : {}), peak }));
process.exit();
