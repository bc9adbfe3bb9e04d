/**
 * What of a program is shared out, and where its threads wait for each other: before a stretch that reads what another
 * thread may have written since the last time, or writes over what another one may have read.
 */
import { bytesOf } from "../../ir/dtype.ts";
import { type Buffer, type Kernel, type Plan, readsOf, writesOf } from "../../ir/kernel.ts";
import type { Stretch } from "./stretch.ts";
import { nanosecondsOf } from "./work.ts";

/** A shorter stretch is done by the first thread alone: the others would take longer to read what it needs. */
const worthSharing = 1500;

/** Bytes from one address up to another. */
type Span = readonly [from: number, to: number];

/** A stretch and how it is run. */
export interface Step {
  readonly stretch: Stretch;
  /** Whether the first thread does it alone. */
  readonly solo: boolean;
  /** Whether all threads have done everything before it. */
  readonly meets: boolean;
  /** What all its points take together, and one call of it at most, in nanoseconds. */
  readonly work: number;
  readonly call: number;
}

/** The stretches of one kernel, in order. */
export interface Group {
  readonly kernel: Kernel;
  readonly stretches: readonly Stretch[];
}

export const stepsOf = (groups: readonly Group[], plan: Plan): readonly Step[] => {
  /** What was done since all threads met. */
  let since: { readonly solo: boolean; readonly group: Group; readonly reads: readonly Span[]; readonly writes: readonly Span[] }[] = [];
  return groups.flatMap((group) => {
    const spans = (buffers: readonly Buffer[]): readonly Span[] => buffers.map((buffer) => spanOf(plan, buffer));
    const [reads, writes] = [spans(readsOf(group.kernel)), spans(writesOf(group.kernel))];
    const whole = nanosecondsOf(group.kernel) / group.stretches.length;
    return group.stretches.map((stretch): Step => {
      const { size, block, work = whole } = stretch;
      const solo = size <= block || work < worthSharing;
      const disturbs = (other: (typeof since)[number]): boolean =>
        !(solo && other.solo) &&
        (other.group === group ||
          (usesRoom(group) && usesRoom(other.group)) ||
          meet(writes, other.writes) ||
          meet(writes, other.reads) ||
          meet(reads, other.writes));
      const meets = since.some(disturbs);
      since = [...(meets ? [] : since), { solo, group, reads, writes }];
      return { stretch, solo, meets, work, call: size <= block ? work : (work * block) / size };
    });
  });
};

/** For each buffer that is fed the first step that may write over it; none where its numbers outlive the program. */
export const spoiledAt = (groups: readonly Group[], plan: Plan): ReadonlyMap<Buffer, number> => {
  const spoiled = new Map<Buffer, number>();
  let step = 0;
  for (const { kernel, stretches } of groups) {
    const writes = writesOf(kernel).map((buffer) => spanOf(plan, buffer));
    for (const buffer of plan.buffers) {
      if (buffer.origin === "fed" && !spoiled.has(buffer) && meet(writes, [spanOf(plan, buffer)])) spoiled.set(buffer, step);
    }
    step += stretches.length;
  }
  return spoiled;
};

/** Whether some stretch of a kernel leaves something in the shared room, for which the others look there. */
const usesRoom = ({ stretches }: Group): boolean => stretches.some(({ shared }) => shared !== undefined);

const spanOf = ({ offsets }: Plan, { id, size, dtype }: Buffer): Span => [offsets[id]!, offsets[id]! + size * bytesOf(dtype)];

const meet = (some: readonly Span[], others: readonly Span[]): boolean => some.some(([from, to]) => others.some(([start, end]) => from < end && start < to));
