/** What is used of Node, without its types and without importing it: the library also runs where there is none. */

interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  unref(): void;
  on(event: "error" | "exit", listener: () => void): void;
}

interface NodeWorkers {
  readonly Worker: new (script: URL, options: object) => NodeWorker;
  readonly parentPort: { on(event: "message", listener: (message: never) => void): void } | null;
}

interface NodeProcess {
  readonly getBuiltinModule?: (name: string) => unknown;
  readonly constrainedMemory?: () => number;
  readonly memoryUsage?: { rss(): number };
  readonly versions?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
}

const nodeProcess = (): NodeProcess | undefined => (globalThis as { readonly process?: NodeProcess }).process;

/** A module of Node's own; nothing elsewhere, and nothing in a Node before 20.16. */
const builtin = (name: string): unknown => nodeProcess()?.getBuiltinModule?.(name);

export const nodeWorkers = (): NodeWorkers | undefined => builtin("worker_threads") as NodeWorkers | undefined;

export const nodeCores = (): number | undefined => (builtin("os") as { availableParallelism(): number } | undefined)?.availableParallelism();

/**
 * Bytes that this process may still take: of the machine's memory, or what a container leaves of it, less what the process
 * has. What others have is not counted: they may give it back.
 */
export const nodeMemory = (): number | undefined => {
  const machine = (builtin("os") as { totalmem(): number } | undefined)?.totalmem();
  const { constrainedMemory, memoryUsage } = nodeProcess() ?? {};
  // 0 where nothing is said.
  const allowed = constrainedMemory?.() || Infinity;
  return machine === undefined || memoryUsage === undefined ? undefined : Math.min(machine, allowed) - memoryUsage.rss();
};

export interface NodeV8 {
  setFlagsFromString(flag: string): void;
}

/** V8's own switches, its major version and the flags that the process was started with; nothing where V8 cannot be reached. */
export const nodeV8 = (): { readonly v8: NodeV8; readonly major: number; readonly given: readonly string[] } | undefined => {
  const v8 = builtin("v8") as Partial<NodeV8> | undefined;
  const { versions, execArgv = [] } = nodeProcess() ?? {};
  const version = versions?.["v8"];
  if (version === undefined || v8?.setFlagsFromString === undefined) return undefined;
  return { v8: v8 as NodeV8, major: Number.parseInt(version, 10), given: execArgv };
};
