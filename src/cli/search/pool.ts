/** Trials side by side on threads. A thread that dies takes no trial with it: its trial is run once more. */
import { Worker } from "node:worker_threads";
import type { DataSet } from "../../data/data-set.ts";
import { targetHere } from "../../run/target.ts";
import type { TrialResult } from "../../train/search/trial.ts";
import type { Job, Told, WorkerData } from "./worker.ts";

/** Those who want to know. */
export interface Listener {
  /** How many epochs of a trial are done. */
  readonly epochs: (trial: number, done: number) => void;
  readonly answer: (trial: number, result: TrialResult, seconds: number) => void;
  /** A thread died over a trial, which is run once more or given up. */
  readonly died: (trial: number, why: string, again: boolean) => void;
}

/** Starts the threads of a search over this data. */
export const starter = async (data: DataSet): Promise<() => Worker> => {
  const { here } = await import("./worker.ts");
  return () => new Worker(new URL(here), { workerData: { searchData: data, wide: targetHere()?.wide ?? false } satisfies WorkerData });
};

/** Runs all jobs on `size` threads; comes back when each has an answer. What `answer` throws ends all threads. */
export const runPool = async (jobs: readonly Job[], size: number, start: () => Worker, { epochs, answer, died }: Listener): Promise<void> => {
  const waiting = [...jobs];
  const deaths = new Map<number, number>();
  const threads = new Set<Worker>();
  let over = false;

  const giveUp = (job: Job, why: string): void => {
    const count = (deaths.get(job.trial) ?? 0) + 1;
    deaths.set(job.trial, count);
    const again = count === 1;
    died(job.trial, why, again);
    if (again) waiting.unshift(job);
    else answer(job.trial, { outcome: "failed", says: `its thread died twice: ${why}` }, 0);
  };

  /** One thread, from job to job until none is left, or until it dies. */
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const thread = start();
      threads.add(thread);
      let job: Job | undefined;
      let why: string | undefined;
      const next = (): void => {
        job = waiting.shift();
        if (job === undefined) void thread.terminate();
        else thread.postMessage(job);
      };
      const guarded = (what: () => void): void => {
        // Threads that are ended because one of them failed have nothing to say any more.
        if (over) return;
        try {
          what();
        } catch (error) {
          reject(error as Error);
        }
      };
      thread.on("message", (told: Told) =>
        guarded(() => {
          if ("epochs" in told) return epochs(told.trial, told.epochs);
          answer(told.trial, told.result, told.seconds);
          next();
        }),
      );
      thread.on("error", (error) => (why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)));
      thread.on("exit", (code) => {
        threads.delete(thread);
        guarded(() => {
          if (job !== undefined) giveUp(job, why ?? `it ended with the code ${code}`);
          resolve();
        });
      });
      next();
    });

  const worker = async (): Promise<void> => {
    while (waiting.length > 0) await work();
  };
  try {
    // A trial that comes back after the others have ended finds a thread of its own.
    while (waiting.length > 0) await Promise.all(Array.from({ length: Math.min(size, waiting.length) }, worker));
  } finally {
    over = true;
    await Promise.all([...threads].map((thread) => thread.terminate()));
  }
};
