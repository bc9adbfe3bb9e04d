/** A layout that is made in a worker; on the page itself where the browser gives none. */
import { layOut, type Box, type Layout } from "../../explain/layout.ts";

const waiting = new Map<number, (layout: Layout) => void>();
let worker: Worker | undefined;
let refused = false;
let last = 0;

/** Whoever waits gets a layout of the page's own, and so does everybody after. */
const start = (): Worker | undefined => {
  if (refused || worker !== undefined) return worker;
  try {
    worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
  } catch {
    refused = true;
    return undefined;
  }
  worker.addEventListener("message", ({ data }: MessageEvent<{ readonly id: number; readonly layout: Layout }>) => {
    waiting.get(data.id)?.(data.layout);
    waiting.delete(data.id);
  });
  return worker;
};

export const layOutAside = (boxes: readonly Box[]): Promise<Layout> => {
  const beside = start();
  if (beside === undefined) return Promise.resolve(layOut(boxes));
  const id = ++last;
  return new Promise((done) => {
    waiting.set(id, done);
    beside.addEventListener(
      "error",
      () => {
        refused = true;
        worker = undefined;
        if (waiting.delete(id)) done(layOut(boxes));
      },
      { once: true },
    );
    beside.postMessage({ id, boxes });
  });
};
