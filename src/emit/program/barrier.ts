/**
 * Where the threads of a program wait for each other: a counter that every thread adds one to when it arrives. A thread
 * looks at it for some 50 microseconds to two milliseconds, and then sleeps until the last one has come. The first thread
 * gives up when no other one has got on for a second; the others end when it says so. Slices of waiting are counted, not
 * time, so that a machine that was stopped does no harm.
 */
import type { Global, Signature } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { Value } from "../wasm/values.ts";

/** Bytes of a line of the cache: what one thread writes often lies in no line of another's. */
export const line = 64;

/**
 * How many looks at the counter before it sleeps; a present-day core does one in about a nanosecond. They double with each
 * wait that ends awake, and begin anew where one did not: threads with a core each stay awake, which saves the time of
 * waking, and keeps a virtual machine from putting its idle core beside the busy one on the same silicon; threads that
 * share a core give it away soon.
 */
const looks = { least: 50_000, most: 2_000_000 };

/** Of waiting, in nanoseconds, and how many of them without any progress are enough. */
const slice = 100_000_000n;
const slices = 10;

/** A machine may be this much slower than the one that work is estimated for before a thread counts as lost. */
const slowest = 20;

/** How many slices to wait for a thread whose next call takes that many nanoseconds. */
export const patienceFor = (call: number): number => slices + Math.floor((call * slowest) / Number(slice));

/** What threads tell each other, in words of the memory. */
const arrived = 0;
const asleep = 4;
const ended = 8;

/** Where another number than 0 tells all threads to end. */
export const endedAt = (meeting: number): number => meeting + ended;

/** Bytes for so many threads: those words, and for each thread a line with its progress. */
export const meetingBytes = (threads: number): number => line * (1 + threads);

export interface Meeting {
  /** Waits for all threads; the operand is the patience. Returns 0 when they are there, 1 when it was given up. */
  readonly wait: Signature<"i32">;
  /** Says that the thread is there, and goes on. */
  readonly arrive: Signature<undefined>;
  /** Says that the thread gets on. */
  readonly progress: Signature<undefined>;
  /** To be called first. */
  readonly begin: Signature<undefined>;
}

export const meetingOf = (m: ModuleBuilder, at: number, thread: Global<"i32">, threads: Global<"i32">): Meeting => {
  /** What the counter says when all have arrived. */
  const goal = m.global("goal", "i32", 0);
  const awake = m.global("awake", "i32", looks.least);
  const park = parkFunction(m, at, goal, thread, threads);
  const come = m.function("come", { result: "i32" }, (f) => {
    const { i32 } = f;
    f.setGlobal(goal, i32.add(f.global(goal), f.global(threads)));
    const last = i32.eq(i32.add(i32.atomicRmwAdd(at, 1, arrived), 1), f.global(goal));
    f.if(i32.and(last, i32.ne(i32.atomicLoad(at, asleep), 0)), () => void f.memory.atomicNotify(at, -1, arrived));
    f.return(last);
  });
  return {
    begin: m.function("begin", {}, (f) => f.setGlobal(goal, 0)),
    arrive: m.function("arrive", {}, (f) => void f.call(come)),
    wait: m.function("wait", { params: { patience: "i32" }, result: "i32" }, (f, { patience }) => {
      const { i32 } = f;
      f.if(f.call(come), () => f.return(0));
      const left = f.variable("i32", f.global(awake), "left");
      f.loop((again) => {
        f.if(i32.geS(i32.atomicLoad(at, arrived), f.global(goal)), () => {
          f.setGlobal(awake, f.least(i32.mul(f.global(awake), 2), looks.most));
          f.return(0);
        });
        f.set(left, i32.sub(left, 1));
        f.branchIf(left, again);
      });
      f.setGlobal(awake, looks.least);
      f.return(f.call(park, patience));
    }),
    progress: m.function("progress", {}, (f) => {
      const mine = f.i32.add(f.i32.mul(f.global(thread), line), at + line);
      f.i32.store(mine, f.i32.add(f.i32.load(mine), 1));
    }),
  };
};

const parkFunction = (m: ModuleBuilder, at: number, goal: Global<"i32">, thread: Global<"i32">, threads: Global<"i32">): Signature<"i32"> =>
  m.function("park", { params: { patience: "i32" }, result: "i32" }, (f, { patience }) => {
    const { i32 } = f;
    const steps = (): Value<"i32"> => {
      const sum = f.variable("i32", 0, "sum");
      f.range(0, i32.mul(f.global(threads), line), line, (own) => f.set(sum, i32.add(sum, i32.load(own, at + line))));
      return sum;
    };
    const seen = f.variable("i32", steps(), "seen");
    const still = f.variable("i32", 0, "still");
    f.loop((again) => {
      // Who arrives last reads `asleep` after it has counted: either it sees this thread there, or the wait sees the count.
      i32.atomicRmwAdd(at, 1, asleep);
      const count = i32.atomicLoad(at, arrived);
      const late = f.variable("i32", 0, "late");
      f.if(i32.ltS(count, f.global(goal)), () => f.set(late, i32.eq(f.memory.atomicWait32(at, count, slice, arrived), 2)));
      i32.atomicRmwSub(at, 1, asleep);
      f.if(i32.geS(i32.atomicLoad(at, arrived), f.global(goal)), () => f.return(0));
      f.if(i32.atomicLoad(at, ended), () => f.return(1));
      f.if(i32.and(late, i32.eqz(f.global(thread))), () => {
        const now = steps();
        f.set(still, f.select(i32.add(still, 1), f.copy<"i32">(0, "i32"), i32.eq(now, seen)));
        f.set(seen, now);
        f.if(i32.geS(still, patience), () => {
          i32.atomicStore(at, 1, ended);
          f.memory.atomicNotify(at, -1, arrived);
          f.return(1);
        });
      });
      f.branch(again);
    });
  });
