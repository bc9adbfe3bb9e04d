/** Whether a fold is taken in chunks of its outermost axis, whose states become one behind it. It depends on the kernel alone, and so do the bits. */
import type { LoopKernel } from "../../ir/kernel.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { LoopShape } from "./loop-shape.ts";

/** So many chunks, each of `go` points of the outermost axis that is folded; the last one may be shorter. */
export interface Chunks {
  readonly chunks: number;
  readonly go: number;
}

/** Numbers that a chunk takes in, at most, unless one point of its axis has more. */
const perChunk = 4096;

/** Numbers that a chunk takes in for each one that it leaves, at least half as many: so the room is small beside what is read. */
const perState = 32;

/** Where points are kept threads can share those, and meet once less: fewer numbers, or chunks, are not worth it. */
const worthMeeting = 2 ** 17;
const fewest = 8;

export const chunksOf = (kernel: LoopKernel, shape: LoopShape): Chunks | undefined => {
  const { axes, kept, lines } = kernel;
  const [outermost] = shape.folded;
  if (outermost === undefined || sizeOf(axes) < 2 * perChunk || (kept > 0 && !isWorth(kernel, outermost))) return undefined;
  const n = axes[outermost]!;
  const step = outermost === shape.lanes ? shape.count * shape.vectors : 1;
  const units = Math.ceil(n / step);
  const [numbers, folded] = [sizeOf(axes) / n, sizeOf(axes.slice(kept)) / n];
  const states = lines.reduce((sum, line) => sum + (line.kind === "fold" && line.pass === 0 ? line.fold.init.length : 0), 0);
  const least = Math.max(perChunk / numbers, (perState * states) / folded) / step;
  // As many as a power of two, so that the threads' parts are those that other kernels have of the same axis.
  const wanted = 2 ** (32 - Math.clz32(Math.ceil(units / least) - 1));
  const go = Math.ceil(units / Math.min(units, wanted)) * step;
  const chunks = Math.ceil(n / go);
  return chunks < (kept === 0 ? 2 : fewest) ? undefined : { chunks, go };
};

/**
 * Whether the points that are kept had better not be shared out: the largest operand lies so that the axis is outside of
 * them. There other kernels share it out, and a thread reads what it has written; and numbers are read as they lie.
 */
const isWorth = ({ axes, kept, lines, stores }: LoopKernel, axis: number): boolean => {
  // What reads all of it again has to be shared out, too.
  if (sizeOf(axes) < worthMeeting || [...lines, ...stores].some(({ pass, inner }) => pass > 0 && inner)) return false;
  const accesses = lines.flatMap((line) => (line.kind === "load" && line.inner ? [line.access.strides.map(Math.abs)] : []));
  const sizes = accesses.map((strides) => sizeOf(axes.filter((_, i) => strides[i] !== 0)));
  const largest = Math.max(...sizes);
  return accesses.every((strides, k) => sizes[k]! < largest || Math.max(...strides.slice(0, kept)) < strides[axis]!);
};

/** The outer lines of the first pass that its inner lines need, and so every chunk, in order. */
export const neededInside = ({ lines, stores }: LoopKernel): readonly number[] => {
  const needed = new Set(stores.flatMap(({ pass, inner, line }) => (pass === 0 && inner ? [line] : [])));
  lines.toReversed().forEach((line, back) => {
    if (line.pass > 0 || !(line.kind === "fold" || line.inner || needed.has(lines.length - 1 - back))) return;
    if (line.kind === "gate" || line.kind === "fold") for (const operand of line.operands) needed.add(operand);
  });
  return lines.flatMap((line, i) => (needed.has(i) && line.kind !== "fold" && line.pass === 0 && !line.inner ? [i] : []));
};
