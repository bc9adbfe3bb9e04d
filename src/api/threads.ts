/** How many threads compiled functions run on: to set, and to ask. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { describe } from "../ops/forms/entry.ts";
import { poolState, wantThreads } from "../run/pool.ts";

/** A worker takes memory and its start takes time. */
const most = 64;

/** What `threads()` says. */
export interface Threads {
  /** Threads that a large compiled function runs on once they are ready, the calling one among them. */
  readonly wanted: number;
  /** Those that are ready now. They are started with the first compiled function that takes some 0.2 ms or more. */
  readonly ready: number;
  /** Workers that ended, or did nothing for a second, when they were needed. New ones took their place. */
  readonly lost: number;
  /** Why there is one thread where there might be more; nothing if there is no such reason. */
  readonly why: string | undefined;
}

/**
 * Sets on how many threads compiled functions run, the calling thread among them. Default: as many as the machine runs at
 * a time, at most 8. Functions compiled before keep at most the number that they were compiled for. Results do not depend
 * on it, to the last bit. Where a program of yours runs several trainings side by side, 1 is best for each.
 *
 * Further threads are workers that start by themselves and never keep a process alive. They need a page that is
 * cross-origin isolated, and there the library must itself be called in a worker; elsewhere one thread does everything,
 * and `threads()` says why.
 * @example
 * setThreads(1);
 * threads().wanted; // 1
 * @throws Diagnostic `bad-options` for anything but a whole number from 1 to 64
 */
export const setThreads = (count: number): void => {
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new Diagnostic("bad-options", `setThreads: ${describe(count)} is no number of threads`, { help: `give a whole number from 1 to ${most}` });
  }
  wantThreads(count);
};

/** On how many threads compiled functions run, and why on no more. */
export const threads = (): Threads => poolState();
