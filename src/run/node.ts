/** What is used of Node, without its types and without importing it: the library also runs where there is none. */

interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  unref(): void;
  on(event: "error" | "exit", listener: () => void): void;
}

interface NodeWorkers {
  readonly Worker: new (script: URL, options: object) => NodeWorker;
  readonly parentPort: { onmessage: unknown } | null;
}

/** A module of Node's own; nothing elsewhere, and nothing in a Node before 20.16. */
const builtin = (name: string): unknown =>
  (globalThis as { readonly process?: { readonly getBuiltinModule?: (name: string) => unknown } }).process?.getBuiltinModule?.(name);

export const nodeWorkers = (): NodeWorkers | undefined => builtin("node:worker_threads") as NodeWorkers | undefined;

export const nodeCores = (): number | undefined => (builtin("node:os") as { availableParallelism(): number } | undefined)?.availableParallelism();
