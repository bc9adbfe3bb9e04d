/** In the page: trains in a worker and in the page itself, and leaves both where the test reads them. */
import { train } from "./w4.mjs";

const inWorker = (count) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./w4-worker.mjs", import.meta.url), { type: "module" });
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.postMessage(count);
  });

globalThis.trained = (async () => ({ alone: await inWorker(1), together: await inWorker(2), page: await train(2) }))();
