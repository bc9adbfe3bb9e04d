/**
 * One arena for all buffers. Each lies where nothing else lives while it is needed: from the kernel that writes it to the
 * last that reads it; what is given, and results, to the end: what is given again need not be copied again. A loop that
 * reads a number only where it stores one may store in its place, and what no kernel stores has none.
 */
import { bytesOf } from "../ir/dtype.ts";
import { type Access, type Buffer, isMultiplying, type Kernel, type KernelList, operandsOf, type Plan, readsOf, writesOf } from "../ir/kernel.ts";
import { sizeOf } from "../ir/shape.ts";

/** Buffers begin at multiples of this, a line of the cache. */
const alignment = 64;

/** Single numbers beyond so many are not worth a search for room: each has its own. */
const mostSingles = 256;

const singleBytes = 8;

interface Life {
  /** What lies in one place, one after the other. */
  readonly buffers: Buffer[];
  readonly bytes: number;
  /** The kernel that writes it first, -1 for what is there before, and the last that needs it. */
  from: number;
  until: number;
}

/** A buffer that lies where another did. */
export interface Successor {
  readonly into: Buffer;
  readonly over: Buffer;
}

/**
 * `reserved`: bytes in front of the arena that are not given away; `stays`: whether what is fed is still wanted in its
 * place after the run; `wanted`: results that go where an operand was, if they can.
 */
export const plan = (list: KernelList, reserved: number, stays: (fed: Buffer) => boolean, wanted: readonly Successor[] = []): Plan => {
  const lives = merged(list, livesOf(list, stays), wanted);
  const distinct = [...new Set(lives)].filter(isStored).sort((a, b) => b.bytes - a.bytes || a.from - b.from);
  const placed: { readonly life: Life; readonly at: number }[] = [];
  const offsets: number[] = [];
  let bytes = reserved;
  const single = distinct.filter(({ buffers }) => buffers.every(({ size }) => size === 1));
  const singles = new Set(single.length > mostSingles ? single : []);
  for (const life of distinct) {
    if (singles.has(life)) continue;
    const others = placed.filter(({ life: other }) => other.from <= life.until && life.from <= other.until).sort((a, b) => a.at - b.at);
    let at = reserved;
    for (const other of others) {
      if (at + life.bytes <= other.at) break;
      at = Math.max(at, other.at + other.life.bytes);
    }
    placed.push({ life, at });
    for (const buffer of life.buffers) offsets[buffer.id] = at;
    bytes = Math.max(bytes, at + life.bytes);
  }
  for (const { buffers } of singles) {
    for (const buffer of buffers) offsets[buffer.id] = bytes;
    bytes += singleBytes;
  }
  return { ...list, offsets, bytes: Math.ceil(bytes / alignment) * alignment };
};

/** No kernel touches a result that only its own tail sees; what is given has a place, even if nobody reads it. */
const isStored = ({ buffers, from, until }: Life): boolean => from <= until || buffers.some(({ origin }) => origin !== "made");

const livesOf = ({ kernels, buffers, results }: KernelList, stays: (fed: Buffer) => boolean): Life[] => {
  const lives = buffers.map((buffer): Life => ({
    buffers: [buffer],
    bytes: Math.max(1, Math.ceil((buffer.size * bytesOf(buffer.dtype)) / alignment)) * alignment,
    from: buffer.origin === "made" ? kernels.length : -1,
    until: buffer.origin === "held" || (buffer.origin === "fed" && stays(buffer)) ? kernels.length : -1,
  }));
  kernels.forEach((kernel, i) => {
    for (const buffer of writesOf(kernel)) lives[buffer.id]!.from = Math.min(lives[buffer.id]!.from, i);
    for (const buffer of [...readsOf(kernel), ...writesOf(kernel)]) lives[buffer.id]!.until = Math.max(lives[buffer.id]!.until, i);
  });
  for (const buffer of results) lives[buffer.id]!.until = kernels.length;
  return lives;
};

/** Lives of buffers that take each other's place are one. By the number of the buffer. */
const merged = ({ kernels }: KernelList, lives: readonly Life[], wanted: readonly Successor[]): Life[] => {
  const out = [...lives];
  const join = ({ into, over }: Successor): void => {
    const [before, after] = [out[over.id]!, out[into.id]!];
    if (before === after || before.bytes !== after.bytes) return;
    before.buffers.push(...after.buffers);
    before.until = after.until;
    for (const buffer of after.buffers) out[buffer.id] = before;
  };
  for (const pair of wanted) {
    const [{ until }, { from }] = [out[pair.over.id]!, out[pair.into.id]!];
    const follows = until < from || (until === from && replaceable(kernels[from]!).some(({ into, over }) => into === pair.into && over === pair.over));
    if (follows && from >= 0 && pair.over.origin === "fed") join(pair);
  }
  kernels.forEach((kernel, i) => {
    // What a loop makes for itself alone begins and ends with it: one buffer takes the place of one other, and no third joins them.
    const [stored, replaced] = [new Set<Buffer>(), new Set<Buffer>()];
    for (const pair of replaceable(kernel)) {
      if (stored.has(pair.into) || replaced.has(pair.over) || out[pair.over.id]!.until !== i || out[pair.into.id]!.from !== i) continue;
      stored.add(pair.into);
      replaced.add(pair.over);
      join(pair);
    }
  });
  return out;
};

/**
 * Pairs of buffers of which the first may be stored over the second: where each load of the second is done at the point
 * that the store writes, and not after it. A tail leaves alone what is multiplied: other blocks still read it.
 */
const replaceable = (kernel: Kernel): readonly Successor[] => {
  if (isMultiplying(kernel)) return kernel.tail ? replaceable(kernel.tail.loop).filter(({ over }) => !operandsOf(kernel).includes(over)) : [];
  if (kernel.kind !== "loop") return [];
  const loads = kernel.lines.flatMap((line) => (line.kind === "load" ? [line] : []));
  return kernel.stores.flatMap(({ access, pass, inner }) => {
    if (inner && !isOneToOne(access, kernel.axes)) return [];
    const isFree = (load: (typeof loads)[number]): boolean => load.inner === inner && load.pass <= pass && samePlace(load.access, access);
    const whole = new Set(loads.map((load) => load.access.buffer));
    for (const load of loads) if (!isFree(load)) whole.delete(load.access.buffer);
    return [...whole].map((over) => ({ into: access.buffer, over }));
  });
};

/** Whether each number of the buffer belongs to one point of the loop: another that came to it again would read what was stored. */
const isOneToOne = ({ buffer, strides }: Access, axes: readonly number[]): boolean =>
  strides.every((stride, i) => stride !== 0 || axes[i] === 1) && sizeOf(axes) === buffer.size;

const samePlace = (a: Access, b: Access): boolean =>
  a.guards.length === 0 && a.offset === b.offset && bytesOf(a.buffer.dtype) === bytesOf(b.buffer.dtype) && a.strides.every((s, i) => s === b.strides[i]);
