/**
 * Trains in a thread of its own while the workers of the engine are ended, or get stuck, at random moments, in the middle
 * of steps too. A step waits for its workers, so whoever ends them must be another thread: here the main one owns them, and
 * the thread that trains only believes that it does.
 */
import { setTimeout } from "node:timers/promises";
import threadsOfNode, { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Diagnostic, setThreads, tensor, threads } from "../../src/api/index.ts";
import { mapTree } from "../../src/trace/tree.ts";
import { bitsOf, compiled, type Standing, type Training, trainings } from "./programs.ts";

/** What the thread that trains is at. */
export const moments = ["compiling", "a first call", "later steps", "idle"] as const;

/** What came of it. */
export interface Ended {
  /** Workers that were ended from outside or left by themselves, and those that got stuck at a job. */
  readonly ended: number;
  readonly stuck: number;
  /** How often all of them were ended at once. */
  readonly together: number;
  /** How often something was done to them at each of the moments. */
  readonly during: Readonly<Record<(typeof moments)[number], number>>;
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
  | { readonly kind: "done"; readonly result: Pick<Ended, "repeated" | "errors" | "runs" | "longest"> }
  | { readonly kind: "wrong"; readonly what: string };

/** What both threads read: whether it is enough, and the number of the moment. */
const word = { enough: 0, moment: 1 } as const;

/** Of a later edition of the language than the library is written in. */
const { waitAsync } = Atomics as unknown as { waitAsync(words: Int32Array, at: number, seen: number, most: number): { readonly value: Promise<string> | string } };

interface Task {
  readonly endWorkersTask: true;
  readonly words: Int32Array;
}

/** A script for a worker of the engine, whose own comes with its data: it does something before each job. */
export const before = (job: string): string => `
  const { workerData } = require("node:worker_threads");
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (...args) {
    const instance = new Instance(...args);
    const { run } = instance.exports;
    // Node's own modules are left alone.
    if (run === undefined) return instance;
    return { exports: { run: (thread, threads) => { ${job} return run(thread, threads); } } };
  };
  import(workerData.script);
`;

/** It ends at a share of the jobs instead of doing them. */
export const leaving = (share: number): string => before(`if (Math.random() < ${share}) process.exit(3);`);

/** It never comes back from a job once it was told so. */
const sticking = before("while (Atomics.load(workerData.order, 0) === 1);");

interface Owned {
  readonly worker: Worker;
  /** 1: get stuck at the next job. */
  readonly order: Int32Array;
}

/** Ends so many workers, or has them get stuck, at moments that `random` picks. */
export const endWorkers = (kills: number, random: () => number): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const trainer = new Worker(new URL(import.meta.url), { workerData: { endWorkersTask: true, words } satisfies Task });
    const workers = new Map<number, Owned>();
    let [ended, stuck, together] = [0, 0, 0];
    const during = Object.fromEntries(moments.map((name) => [name, 0])) as Record<(typeof moments)[number], number>;
    let over = false;
    const finish = (settle: () => void): void => {
      over = true;
      void Promise.all([trainer, ...[...workers.values()].map(({ worker }) => worker)].map((worker) => worker.terminate())).then(settle);
    };
    const start = (id: number, script: string): void => {
      const order = new Int32Array(new SharedArrayBuffer(4));
      const worker = new Worker(random() < 0.2 ? leaving(0.02) : sticking, { eval: true, execArgv: [], workerData: { script, order } });
      workers.set(id, { worker, order });
      worker.on("exit", () => {
        if (!workers.delete(id) || over) return;
        ended++;
        trainer.postMessage(id);
      });
    };
    trainer.on("error", (error) => finish(() => reject(error)));
    trainer.on("message", (message: FromThread) => {
      if (message.kind === "start") start(message.id, message.script);
      else if (message.kind === "post") workers.get(message.id)?.worker.postMessage(message.message);
      else if (message.kind === "end") {
        const owned = workers.get(message.id);
        workers.delete(message.id);
        if (owned?.order[0] === 1) stuck++;
        void owned?.worker.terminate();
      } else if (message.kind === "wrong") finish(() => reject(new Error(message.what)));
      else finish(() => resolve({ ended, stuck, together, during, ...message.result }));
    });
    /** Until the other thread is at this moment, but not for long: it may be stuck for a while itself. */
    const reached = async (moment: number): Promise<void> => {
      for (const until = performance.now() + 2000; performance.now() < until; ) {
        const now = Atomics.load(words, word.moment);
        if (now === moment) return;
        await waitAsync(words, word.moment, now, 200).value;
      }
    };
    const harm = async (): Promise<void> => {
      const all = [...workers.values()];
      if (all.length === 0) return;
      during[moments[Atomics.load(words, word.moment)]!]++;
      const one = all[Math.floor(random() * all.length)]!;
      const how = random();
      if (how < 0.2) Atomics.store(one.order, 0, 1);
      else if (how < 0.4) {
        together++;
        await Promise.all(all.map(({ worker }) => worker.terminate()));
      } else await one.worker.terminate();
    };
    void (async () => {
      while (!over && ended + stuck < kills) {
        await setTimeout(100 + 200 * random());
        await reached(Math.floor(random() * moments.length));
        if (random() < 0.5) await setTimeout(4 * random());
        await harm();
      }
      Atomics.store(words, word.enough, 1);
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

const train = async (words: Int32Array): Promise<Pick<Ended, "repeated" | "errors" | "runs" | "longest">> => {
  const at = (moment: (typeof moments)[number]): void => {
    Atomics.store(words, word.moment, moments.indexOf(moment));
    Atomics.notify(words, word.moment);
  };
  const all = trainings().map((training) => ({ training, wanted: bitsAlone(training) }));
  setThreads(3);
  let [runs, errors, repeated, longest] = [0, 0, 0, 0];
  while (Atomics.load(words, word.enough) === 0) {
    const { training, wanted } = all[runs % all.length]!;
    const step = compiled(training, () => at("a first call"));
    let now = training.start();
    for (let i = 0; i < steps; i++) {
      const { params, state } = now;
      const kept = mapTree({ params, state }, (leaf) => tensor(leaf.dataSync().slice(), { shape: leaf.shape })) as Standing;
      const { lost } = threads();
      at(i === 0 ? "compiling" : "later steps");
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
      at("idle");
      // Exits are heard of here; some steps follow each other without a pause.
      if (i % 3 === 0) await setTimeout(2);
      // After many losses in a row the engine would go on alone.
      if (threads().lost > 4 || threads().why !== undefined) setThreads(3);
    }
    const bits = bitsOf({ params: now.params, state: now.state });
    if (bits !== wanted) throw new Error(`${training.name}, after ${runs} runs: bits ${bits}, not ${wanted}`);
    runs++;
  }
  return { runs, errors, repeated, longest: Math.round(longest) };
};

const bitsAlone = (training: Training): string => {
  setThreads(1);
  const alone = compiled(training);
  let end = training.start();
  for (let i = 0; i < steps; i++) end = alone(end.params, end.state, training.batch);
  return bitsOf({ params: end.params, state: end.state });
};

if (!isMainThread && (workerData as Task | null)?.endWorkersTask) {
  const tell = (message: FromThread): void => parentPort!.postMessage(message);
  believe(tell);
  try {
    tell({ kind: "done", result: await train((workerData as Task).words) });
  } catch (error) {
    tell({ kind: "wrong", what: error instanceof Error ? error.stack! : String(error) });
  }
}
