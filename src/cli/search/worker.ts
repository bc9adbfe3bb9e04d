/** A thread that runs trials, one after the other. The main thread loads this module for its address, and does nothing in it. */
import { parentPort, workerData } from "node:worker_threads";
import { setThreads } from "../../api/index.ts";
import type { DataSet } from "../../data/data-set.ts";
import { lookAgain } from "../../run/target.ts";
import { runTrial, type TrialResult } from "../../train/search/trial.ts";
import type { Settings } from "../../train/settings.ts";

/** Where this module is, for the thread that loads it again. */
export const here = import.meta.url;

/** What a thread is given when it starts. */
export interface WorkerData {
  readonly searchData: DataSet;
  /** Whether the main thread has found that V8 joins vectors: its flags are the process's. */
  readonly wide: boolean;
}

export interface Job {
  readonly trial: number;
  readonly settings: Settings;
}

/** What a thread says: how far it is, or what came of it. */
export type Told =
  | { readonly trial: number; readonly epochs: number }
  | { readonly trial: number; readonly result: TrialResult; readonly seconds: number };

const { searchData: data, wide = false } = (workerData as Partial<WorkerData> | null) ?? {};

if (data !== undefined) {
  lookAgain(wide);
  // The trials share the cores.
  setThreads(1);
  const tell = (told: Told): void => parentPort!.postMessage(told);
  parentPort!.on("message", async ({ trial, settings }: Job) => {
    const began = performance.now();
    const result = await runTrial(data, settings, (epochs) => tell({ trial, epochs }));
    tell({ trial, result, seconds: Number(((performance.now() - began) / 1000).toFixed(3)) });
  });
}
