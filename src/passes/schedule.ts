/**
 * The order of the kernels. Whatever gives more memory back than it takes runs as soon as it can: a parameter is updated
 * when its gradient is there, while that is still in the cache, and not after all others. But it waits for those that read
 * it as it was, so that it may take its place. What folds many numbers into few follows at once on who has stored them.
 * The rest stays in order.
 */
import { bytesOf } from "../ir/dtype.ts";
import { type Buffer, type Kernel, type KernelList, readsOf, writesOf } from "../ir/kernel.ts";
import type { Successor } from "./plan.ts";

/** `wanted`: results that go where an operand was, if they can. */
export const schedule = (list: KernelList, wanted: readonly Successor[] = []): KernelList => {
  const { kernels, results } = list;
  const writes = kernels.map((kernel) => [...new Set(writesOf(kernel))]);
  // A loop may read what it has stored itself in an earlier pass; it waits for nobody then.
  const reads = kernels.map((kernel, i) => [...new Set(readsOf(kernel))].filter((buffer) => !writes[i]!.includes(buffer)));
  /** For each buffer how many kernels have still to write it, and to read it; a result is read at the end. */
  const unwritten = count(list, writes);
  const unread = count(list, reads);
  for (const buffer of results) unread[buffer.id]!++;
  const begun = new Set<Buffer>();
  const before = new Map(wanted.map(({ into, over }) => [into, over]));
  /** Whether somebody else has still to read what a kernel would like to store over. */
  const isEarly = (i: number): boolean =>
    writes[i]!.some((buffer) => {
      const over = before.get(buffer);
      return over !== undefined && unread[over.id]! > Number(reads[i]!.includes(over));
    });
  const gain = (i: number): number => {
    const freed = reads[i]!.filter((buffer) => unread[buffer.id] === 1 && buffer.origin !== "held");
    const taken = writes[i]!.filter((buffer) => !begun.has(buffer));
    return bytes(freed) - bytes(taken);
  };
  let made: readonly Buffer[] = [];
  /** Whether it folds what the last kernel stored. */
  const follows = (i: number): boolean => {
    const kernel = kernels[i]!;
    return kernel.kind === "loop" && kernel.kept < kernel.axes.length && bytes(reads[i]!.filter((buffer) => made.includes(buffer))) > fewer * bytes(writes[i]!);
  };
  const waiting = kernels.map((_, i) => i);
  const order: Kernel[] = [];
  while (waiting.length > 0) {
    // The first that waits is always ready: the kernels were in order.
    const ready = waiting.slice(0, window).filter((i) => reads[i]!.every((buffer) => unwritten[buffer.id] === 0));
    const timely = ready.filter((i) => !isEarly(i));
    let next = timely[0] ?? ready[0]!;
    let most = 0;
    for (const i of timely) {
      const more = gain(i);
      if (more > most) [next, most] = [i, more];
    }
    next = timely.find(follows) ?? next;
    waiting.splice(waiting.indexOf(next), 1);
    order.push(kernels[next]!);
    made = writes[next]!;
    for (const buffer of made) {
      unwritten[buffer.id]!--;
      begun.add(buffer);
    }
    for (const buffer of reads[next]!) unread[buffer.id]!--;
  }
  return { ...list, kernels: order };
};

/** So many times as many bytes as a fold stores it must read to be one of many numbers into few. */
const fewer = 64;

/** Kernels that are looked at for the next place; it keeps the pass linear. */
const window = 256;

const count = ({ buffers }: KernelList, lists: readonly (readonly Buffer[])[]): number[] => {
  const counts = buffers.map(() => 0);
  for (const list of lists) for (const buffer of list) counts[buffer.id]!++;
  return counts;
};

const bytes = (buffers: readonly Buffer[]): number => buffers.reduce((sum, { size, dtype }) => sum + size * bytesOf(dtype), 0);
