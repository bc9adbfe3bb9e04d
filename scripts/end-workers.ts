/**
 * Ends the engine's workers at random moments of a training, which must go on and end in the bits of one thread.
 *
 *   node scripts/end-workers.ts [workers]      100 workers: some minutes
 */
import { endWorkers } from "../test/run/end-workers.ts";

const { ended, repeated, errors, runs, longest } = await endWorkers(Number(process.argv[2] ?? 100), Math.random);
console.log(`${ended} workers ended: ${repeated} steps were run again, ${errors} said that a worker was lost, the others did not need it;`);
console.log(`${runs} trainings ended in the bits of one thread; the longest step took ${(longest / 1000).toFixed(1)} s`);
