/** Starts workers in whatever runs this: Node, or a page's own worker. */

import { nodeCores, nodeWorkers } from "./node.ts";

/** A worker that was started, though it may not have begun. */
export interface Hosted {
  readonly post: (message: unknown) => void;
  readonly end: () => void;
}

/** Why this runtime has no further thread for a program; nothing if it may have. */
export const whyAlone = (): string | undefined => {
  if (typeof SharedArrayBuffer === "undefined") {
    return typeof crossOriginIsolated === "boolean" ? "the page is not cross-origin isolated" : "this runtime has no shared memory";
  }
  try {
    // Not equal, so it comes back at once; but a page's main thread may not even ask.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
  } catch {
    return "a page's main thread may not wait for others: call the library in a worker";
  }
  if (nodeWorkers() === undefined && typeof Worker === "undefined") return "this runtime has no workers";
  return undefined;
};

/** Threads that the machine can run at a time. */
export const coresHere = (): number => nodeCores() ?? globalThis.navigator?.hardwareConcurrency ?? 1;

/** Room for the objects of a worker in Node, in megabytes: it has few, and Node would set aside a multiple of this for them. */
const objects = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 };

/**
 * Starts a worker that never keeps the process alive. `lost` is called when it ends or could not be loaded.
 * @throws whatever the runtime says against it
 */
export const startWorker = (lost: () => void): Hosted => {
  const script = new URL("./worker.ts", import.meta.url);
  const node = nodeWorkers();
  if (node) {
    // None of the process's own hooks and flags: they are for the user's code.
    const worker = new node.Worker(script, { execArgv: [], name: "chainrule", resourceLimits: objects });
    worker.on("error", lost);
    worker.on("exit", lost);
    worker.unref();
    return { post: (message) => worker.postMessage(message), end: () => void worker.terminate() };
  }
  const worker = new Worker(script, { type: "module", name: "chainrule" });
  worker.addEventListener("error", lost);
  return { post: (message) => worker.postMessage(message), end: () => worker.terminate() };
};
