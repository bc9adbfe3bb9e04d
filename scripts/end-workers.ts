/**
 * Ends the engine's workers, or has them get stuck, at random moments of trainings, which must go on and end in the bits of
 * one thread.
 *
 *   node scripts/end-workers.ts [workers]      100 workers: some minutes
 */
import { endWorkers } from "../test/run/end-workers.ts";

const { ended, stuck, together, during, repeated, errors, runs, longest } = await endWorkers(Number(process.argv[2] ?? 100), Math.random);
console.log(`${ended} workers ended (${together} times all at once) and ${stuck} got stuck, at these moments: ${Object.entries(during).map(([name, n]) => `${name} ${n}`).join(", ")};`);
console.log(`${repeated} steps were run again, ${errors} said that a worker was lost, the others did not need it;`);
console.log(`${runs} trainings ended in the bits of one thread; the longest step took ${(longest / 1000).toFixed(1)} s`);
