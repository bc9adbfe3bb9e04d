/** Further threads for a module's test: each makes an instance of its own and calls what it is told to. */
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

type Numbers = (...args: number[]) => number;

interface Given {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly call: readonly [name: string, ...args: number[]];
}

if (!isMainThread && (workerData as Given | null)?.module !== undefined) {
  const { module, memory, call: [name, ...args] } = workerData as Given;
  parentPort!.postMessage((new WebAssembly.Instance(module, { env: { memory } }).exports[name] as Numbers)(...args));
}

/** What the export returns in a thread of its own. */
export const inThread = (given: Given): Promise<number> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: given });
    worker.on("message", resolve);
    worker.on("error", reject);
  });
