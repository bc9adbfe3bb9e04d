/**
 * `run`: all steps of a program in order. Of a step that is shared out every thread has a part of its own, which stays near
 * it from step to step; a thread that is done with its part goes on with what is left of the others', so that nobody waits
 * long for a core that is slow or busy. Who does what changes no number.
 */
import type { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { Value } from "../wasm/values.ts";
import { type Meeting, meetingOf, patienceFor } from "./barrier.ts";
import type { Step } from "./phases.ts";
import type { Stretch } from "./stretch.ts";

/** Bytes of the counters that say how much of each part of each step is taken; they are 0 before a run and after it. */
export const claimBytes = (steps: readonly Step[], threads: number): number => 4 * threads * steps.length;

/** A thread takes this part of what is left of a part, so that the last pieces are small and all are done at about one time. */
const portion = 4;

/** What a program of several threads has in its memory, as addresses. */
export interface Crew {
  /** Where they meet. */
  readonly meeting: number;
  /** The counters, behind it, and where they end. */
  readonly claims: number;
  readonly end: number;
}

/** `crew`: none for a program of one thread; `begin` is written at the head. */
export const runFunction = (module: ModuleBuilder, steps: readonly Step[], crew: Crew | undefined, begin: (f: FunctionBuilder, thread: Value<"i32">) => void): void => {
  const [own, all] = [module.global("thread", "i32", 0), module.global("threads", "i32", 1)];
  const together = crew && meetingOf(module, crew.meeting, own, all);
  const share = module.function("share", { params: { blocks: "i32", thread: "i32" }, result: "i32" }, (f, { blocks, thread }) => {
    const { i32 } = f;
    const more = i32.remU(blocks, f.global(all));
    const each = i32.mul(i32.divU(blocks, f.global(all)), thread);
    f.return(i32.add(each, f.select(f.copy(thread, "i32"), more, i32.ltU(thread, more))));
  });
  /** One step, of which every thread takes pieces until none is left. */
  const shared = ({ stretch }: Step, i: number, { claims }: Crew) =>
    module.function(`step${i}`, {}, (f) => {
      const { i32 } = f;
      const { size, block } = stretch;
      const blocks = Math.ceil(size / block);
      const threads = f.copy(f.global(all), "i32");
      f.range(0, threads, 1, (k) => {
        const next = i32.add(f.global(own), k);
        const owner = f.copy(f.select(next, i32.sub(next, threads), i32.ltU(next, threads)), "i32", "owner");
        const counter = f.copy(i32.add(i32.mul(owner, 4 * steps.length), claims + 4 * i), "i32", "counter");
        const [first, last] = [f.copy(f.call(share, blocks, owner), "i32", "first"), f.copy(f.call(share, blocks, i32.add(owner, 1)), "i32", "last")];
        f.loop((again) => {
          // Others may take some meanwhile: then it is a little more than it would have been.
          const left = f.copy(i32.sub(last, i32.add(first, i32.atomicLoad(counter, 0))), "i32", "left");
          f.if(i32.gtS(left, 0), () => {
            const piece = f.copy(i32.divU(i32.add(left, portion - 1), portion), "i32", "piece");
            const at = f.copy(i32.add(first, i32.atomicRmwAdd(counter, piece)), "i32", "at");
            f.if(i32.ltU(at, last), () => {
              const end = i32.add(at, piece);
              const to = i32.mul(f.select(end, last, i32.ltU(end, last)), block);
              calls(f, stretch, i32.mul(at, block), f.select(to, f.copy<"i32">(size, "i32"), i32.ltU(to, size)), together);
              f.branch(again);
            });
          });
        });
      }, "k");
    });
  // Each a function of its own: V8 takes many times the memory and the time for one that holds them all.
  const shares = crew && steps.map((step, i) => (step.solo ? undefined : shared(step, i, crew)));
  module.function("run", { params: { thread: "i32", threads: "i32" }, result: "i32", exported: true }, (f, { thread, threads }) => {
    const { i32 } = f;
    f.setGlobal(own, thread);
    f.setGlobal(all, threads);
    begin(f, thread);
    if (together) f.call(together.begin);
    /** The longest call since all threads met. */
    let longest = 0;
    const meet = (step: number): void => {
      f.if(f.call(together!.wait, patienceFor(longest)), () => f.return(1 + step));
      longest = 0;
    };
    steps.forEach((step, i) => {
      if (step.meets && together) meet(i);
      longest = Math.max(longest, step.call);
      const whole = (): void => calls(f, step.stretch, f.copy<"i32">(0, "i32"), step.stretch.size);
      if (shares === undefined) return whole();
      const part = shares[i];
      if (part === undefined) f.if(i32.eqz(thread), whole);
      else f.call(part);
    });
    if (together) {
      f.if(
        thread,
        () => f.call(together.arrive),
        () => {
          meet(steps.length);
          // For the next run, while it is in the cache. Who came last may still look whether anybody sleeps: nobody does.
          f.memoryFill(crew!.meeting, 0, crew!.end - crew!.meeting);
        },
      );
    }
    f.return(0);
  });
};

/** The points of a stretch from one up to another. */
export const calls = (f: FunctionBuilder, { run, size, block }: Stretch, from: Value<"i32">, end: Value<"i32"> | number, meeting?: Meeting): void => {
  if (size <= block) return void f.call(run, 0, size);
  const last = f.copy<"i32">(end, "i32");
  f.range(from, last, block, (at) => {
    f.call(run, at, f.least(f.i32.add(at, block), last));
    if (meeting) f.call(meeting.progress);
  });
};
