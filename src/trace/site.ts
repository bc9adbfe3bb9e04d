/**
 * Where in the user's own code an operation was called. Only the stack is captured when a node is made; it is read when
 * somebody asks (an error, a drawing). After a budget of nodes none is captured: a million gates need no million stacks.
 */
import type { Place } from "../ir/diagnostic.ts";
import { once } from "../ir/once.ts";
import type { Site } from "../ir/node.ts";

/** Nodes with a call site per traced function (and per stretch between traces). */
const fullStacks = 10_000;

const budget = { left: fullStacks };

/** Runs `f` with a fresh budget of call sites, and gives the caller its own back. */
export const withFreshSites = <T>(f: () => T): T => {
  const before = budget.left;
  budget.left = fullStacks;
  try {
    return f();
  } finally {
    budget.left = before;
  }
};

// Everything below this folder is the library itself: in the source tree `src`, in the built package `dist`.
const own = once(() => import.meta.url.replace(/(trace\/site\.[jt]s|(chunks\/)?[^/]*)$/, ""));

const ownPath = once(() => own().replace(/^file:\/\/(?=\/)/, ""));

/** Whether a place is in the library itself: nobody who uses it wrote that line. */
export const isOwn = ({ file }: Place): boolean => file !== undefined && file.startsWith(ownPath());

class StackSite implements Site {
  /** Until somebody asks: the engine makes the text of the stack only when it is read. */
  #holder: { stack?: string } | undefined;
  #place: Place | undefined;

  constructor(holder: { stack?: string }) {
    this.#holder = holder;
  }

  get place(): Place | undefined {
    if (this.#holder) {
      this.#place = firstUserFrame(this.#holder.stack ?? "");
      this.#holder = undefined;
    }
    return this.#place;
  }
}

/** The call site of the operation that is being made; `entered` is the public function to leave out of the stack. */
export const callSite = (entered: (...args: never[]) => unknown): Site | undefined => {
  if (budget.left <= 0) return undefined;
  budget.left--;
  const { captureStackTrace } = Error as { captureStackTrace?: (target: object, leaveOut: unknown) => void };
  if (!captureStackTrace) return new StackSite(new Error());
  const holder: { stack?: string } = {};
  captureStackTrace(holder, entered);
  return new StackSite(holder);
};

const firstUserFrame = (stack: string): Place | undefined => {
  let fallback: Place | undefined;
  for (const line of stack.split("\n")) {
    // "at f (file:///a/b.ts:3:5)", "at file:///a/b.ts:3:5" (V8) or "f@http://host/b.js:3:5" (others).
    const match = /(?:\(|@|at (?:async )?)((?:[a-z][a-z+.-]*:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):(\d+):(\d+)\)?$/.exec(line.trim());
    if (!match) continue;
    const [, file, row, column] = match as unknown as [string, string, string, string];
    const place: Place = { file: file.replace(/^file:\/\/(?=\/)/, ""), line: Number(row), column: Number(column) };
    fallback ??= place;
    if (!file.startsWith(own()) && !file.startsWith("node:")) return place;
  }
  return fallback;
};
