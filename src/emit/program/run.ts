/** `run`: all steps of a program in order, each thread its own part of them. */
import type { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { Value } from "../wasm/values.ts";
import { type Meeting, meetingOf, patienceFor } from "./barrier.ts";
import type { Step } from "./phases.ts";
import type { Stretch } from "./stretch.ts";

/** `meeting`: where its threads meet, none for a program of one thread; `begin` is written at the head. */
export const runFunction = (module: ModuleBuilder, steps: readonly Step[], meeting: number | undefined, begin: (f: FunctionBuilder, thread: Value<"i32">) => void): void => {
  const [own, all] = [module.global("thread", "i32", 0), module.global("threads", "i32", 1)];
  const together = meeting === undefined ? undefined : meetingOf(module, meeting, own, all);
  const share = module.function("share", { params: { blocks: "i32", thread: "i32" }, result: "i32" }, (f, { blocks, thread }) => {
    const { i32 } = f;
    const more = i32.remU(blocks, f.global(all));
    const each = i32.mul(i32.divU(blocks, f.global(all)), thread);
    f.return(i32.add(each, f.select(f.copy(thread, "i32"), more, i32.ltU(thread, more))));
  });
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
      const { size, block } = step.stretch;
      if (step.meets && together) meet(i);
      longest = Math.max(longest, step.call);
      if (!together) return calls(f, step.stretch, f.copy<"i32">(0, "i32"), size);
      if (step.solo) return f.if(i32.eqz(thread), () => calls(f, step.stretch, f.copy<"i32">(0, "i32"), size));
      const blocks = Math.ceil(size / block);
      const from = i32.mul(f.call(share, blocks, thread), block);
      const end = i32.mul(f.call(share, blocks, i32.add(thread, 1)), block);
      calls(f, step.stretch, from, f.select(f.copy<"i32">(size, "i32"), end, i32.ltU(size, end)), together);
    });
    if (together) {
      f.if(
        thread,
        () => f.call(together.arrive),
        () => meet(steps.length),
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
    const to = f.i32.add(at, block);
    f.call(run, at, f.select(to, last, f.i32.ltS(to, last)));
    if (meeting) f.call(meeting.progress);
  });
};
