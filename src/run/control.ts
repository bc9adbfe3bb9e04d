/**
 * What the main thread and a worker tell each other: words of a shared memory, one row for each worker. The main thread
 * writes a job and then adds one to its number; a worker that sees a new number does the job. When more messages were
 * posted than the worker has read it leaves its loop for them, and takes no job until it has read them all.
 */

/** Words of a row, two lines of the cache. */
export const rowWords = 32;

/** Places in a row. `read` and `asleep` are written by the worker, everything else by the main thread. */
export const word = { job: 0, program: 1, thread: 2, threads: 3, posted: 4, read: 16, asleep: 17 } as const;

/** A job without a program only wakes the worker. */
export const noProgram = -1;

/** The first message to a worker: its row of the words. */
export interface Welcome {
  readonly kind: "welcome";
  readonly words: Int32Array<SharedArrayBuffer>;
}

/** A program that jobs may name from now on, or never again. */
export type Message =
  | Welcome
  | { readonly kind: "program"; readonly number: number; readonly module: WebAssembly.Module; readonly memory: WebAssembly.Memory }
  | { readonly kind: "forget"; readonly number: number };
