/**
 * Trains in a thread of its own while the workers of the engine are ended at random moments, in the middle of steps too.
 * A step waits for its workers, so whoever ends them must be another thread: here the main one owns them, and the thread
 * that trains only believes that it does.
 */
import { setTimeout } from "node:timers/promises";
import threadsOfNode, { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Diagnostic, setThreads, tensor, threads } from "../../src/api/index.ts";
import { mapTree } from "../../src/trace/tree.ts";
import { bitsOf, compiled, type Standing, trainings } from "./programs.ts";

/** What came of it. */
export interface Ended {
  /** Workers that were ended. */
  readonly ended: number;
  /** Steps that noticed: run again by themselves, and ended with an error, from which the training went on. */
  readonly repeated: number;
  readonly errors: number;
  /** Times that a training was run to its end, each with the same bits as on one thread. */
  readonly runs: number;
  /** Milliseconds of the longest step. */
  readonly longest: number;
}

type FromThread =
  | { readonly kind: "start"; readonly id: number; readonly script: string }
  | { readonly kind: "post"; readonly id: number; readonly message: unknown }
  | { readonly kind: "end"; readonly id: number }
  | { readonly kind: "done"; readonly result: Omit<Ended, "ended"> }
  | { readonly kind: "wrong"; readonly what: string };

interface Task {
  readonly endWorkersTask: true;
  readonly enough: Int32Array;
}

/** A script for a worker of the engine, whose own comes as its data: it ends at some jobs instead of doing them. */
export const leaving = (share: number): string => `
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (...args) {
    const instance = new Instance(...args);
    const { run } = instance.exports;
    // Node's own modules are left alone.
    if (run === undefined) return instance;
    return { exports: { run: (thread, threads) => (Math.random() < ${share} ? process.exit(3) : run(thread, threads)) } };
  };
  import(require("node:worker_threads").workerData);
`;

/** Ends so many workers, at moments that `random` picks. */
export const endWorkers = (kills: number, random: () => number): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const enough = new Int32Array(new SharedArrayBuffer(4));
    const trainer = new Worker(new URL(import.meta.url), { workerData: { endWorkersTask: true, enough } satisfies Task });
    const workers = new Map<number, Worker>();
    let ended = 0;
    let over = false;
    const finish = (settle: () => void): void => {
      over = true;
      void Promise.all([trainer, ...workers.values()].map((worker) => worker.terminate())).then(settle);
    };
    const start = (id: number, script: string): void => {
      const leaves = random() < 0.3;
      const worker = leaves ? new Worker(leaving(0.02), { eval: true, workerData: script }) : new Worker(new URL(script), { execArgv: [] });
      workers.set(id, worker);
      worker.on("exit", () => {
        if (!workers.delete(id) || over) return;
        ended++;
        trainer.postMessage(id);
      });
    };
    trainer.on("error", (error) => finish(() => reject(error)));
    trainer.on("message", (message: FromThread) => {
      if (message.kind === "start") start(message.id, message.script);
      else if (message.kind === "post") workers.get(message.id)?.postMessage(message.message);
      else if (message.kind === "end") {
        const worker = workers.get(message.id);
        workers.delete(message.id);
        void worker?.terminate();
      } else if (message.kind === "wrong") finish(() => reject(new Error(message.what)));
      else finish(() => resolve({ ended, ...message.result }));
    });
    void (async () => {
      while (!over && ended < kills) {
        await setTimeout(100 + 400 * random());
        await [...workers.values()][Math.floor(random() * workers.size)]?.terminate();
      }
      Atomics.store(enough, 0, 1);
    })();
  });

/** The engine's workers, as the thread that trains sees them. */
const believe = (tell: (message: FromThread) => void): void => {
  const listeners = new Map<number, (() => void)[]>();
  let next = 0;
  parentPort!.on("message", (id: number) => listeners.get(id)?.forEach((listener) => listener()));
  const Believed = class {
    readonly #id = next++;
    constructor(script: URL) {
      listeners.set(this.#id, []);
      tell({ kind: "start", id: this.#id, script: script.href });
    }
    postMessage(message: unknown): void {
      tell({ kind: "post", id: this.#id, message });
    }
    terminate(): void {
      listeners.delete(this.#id);
      tell({ kind: "end", id: this.#id });
    }
    unref(): void {}
    on(_: string, listener: () => void): void {
      listeners.get(this.#id)!.push(listener);
    }
  };
  Object.assign(threadsOfNode, { Worker: Believed });
};

const steps = 10;

const train = async (enough: Int32Array): Promise<Omit<Ended, "ended">> => {
  const training = trainings()[0]!;
  setThreads(1);
  const alone = compiled(training);
  let end = training.start();
  for (let i = 0; i < steps; i++) end = alone(end.params, end.state, training.batch);
  const wanted = bitsOf({ params: end.params, state: end.state });
  setThreads(3);
  const step = compiled(training);
  let [runs, errors, repeated, longest] = [0, 0, 0, 0];
  while (Atomics.load(enough, 0) === 0) {
    let now = training.start();
    for (let i = 0; i < steps; i++) {
      const { params, state } = now;
      const kept = mapTree({ params, state }, (leaf) => tensor(leaf.dataSync().slice(), { shape: leaf.shape })) as Standing;
      const { lost } = threads();
      const began = performance.now();
      try {
        now = step(params, state, training.batch);
        repeated += Number(threads().lost > lost);
      } catch (error) {
        if (!(error instanceof Diagnostic && error.code === "worker-lost")) throw error;
        errors++;
        now = kept;
        i--;
      }
      longest = Math.max(longest, performance.now() - began);
      // Exits are heard of here; some steps follow each other without a pause.
      if (i % 3 === 0) await setTimeout(1);
      // After many losses in a row the engine would go on alone.
      if (threads().lost > 4 || threads().why !== undefined) setThreads(3);
    }
    const bits = bitsOf({ params: now.params, state: now.state });
    if (bits !== wanted) throw new Error(`after ${runs} runs: bits ${bits}, not ${wanted}`);
    runs++;
  }
  return { runs, errors, repeated, longest: Math.round(longest) };
};

if (!isMainThread && (workerData as Task | null)?.endWorkersTask) {
  const tell = (message: FromThread): void => parentPort!.postMessage(message);
  believe(tell);
  try {
    tell({ kind: "done", result: await train((workerData as Task).enough) });
  } catch (error) {
    tell({ kind: "wrong", what: error instanceof Error ? error.stack! : String(error) });
  }
}
