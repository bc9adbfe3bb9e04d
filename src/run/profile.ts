/**
 * A planned program with a clock around each of its kernels. They are called one after the other on one thread, in the
 * order of the program and on its own memory, so that each finds in the caches what it would find there.
 */
import { profileModule } from "../emit/program/program.ts";
import type { Value } from "../ir/dtype.ts";
import type { Plan } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import { fillHeld, numbersOf, withMemory, write } from "./wasm.ts";
import { targetHere } from "./target.ts";

/** Enough for V8 to replace the code that it begins with. */
const warmUp = { milliseconds: 150, passes: 20 };
const measured = { milliseconds: 300, passes: 11 };
const mostPasses = 2000;

/** Milliseconds. */
export interface Passes {
  /** For each pass when each kernel began, since the pass did, and how long it took. */
  readonly passes: readonly (readonly { readonly start: number; readonly duration: number }[])[];
  /** How long the program took in one call, as it runs otherwise. */
  readonly whole: readonly number[];
}

/** Times of a program's kernels, in their order; nothing where this runtime has no engine. */
export const timeKernels = (plan: Plan, held: (node: Node) => Value, feed: (node: Node) => Value): Passes | undefined => {
  const target = targetHere();
  if (target === undefined) return undefined;
  const { bytes, pages: initial } = profileModule(plan, { ...target, threads: 1 });
  const memory = withMemory(plan, () => new WebAssembly.Memory({ initial }));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const kernels = plan.kernels.map((_, i) => exports[`kernel ${i}`] as () => void);
  const run = exports["run"] as (thread: number, threads: number) => number;
  fillHeld(plan, memory.buffer, held);
  const given = plan.buffers.filter(({ origin }) => origin === "fed").map((buffer) => [numbersOf(plan, memory.buffer, buffer), feed(buffer.node)] as const);
  const fill = (): void => given.forEach(([numbers, value]) => write(numbers, value));
  // A program writes over what it was fed once it has read it.
  const onePass = () => {
    fill();
    const began = performance.now();
    return kernels.map((kernel) => {
      const start = performance.now();
      kernel();
      return { start: start - began, duration: performance.now() - start };
    });
  };
  const wholeRun = (): number => {
    fill();
    const start = performance.now();
    run(0, 1);
    return performance.now() - start;
  };
  repeat(warmUp, onePass);
  const passes = repeat(measured, onePass);
  repeat(warmUp, wholeRun);
  return { passes, whole: repeat(measured, wholeRun) };
};

const repeat = <T>({ milliseconds, passes }: typeof warmUp, run: () => T): T[] => {
  const results: T[] = [];
  const began = performance.now();
  while (results.length < passes || (results.length < mostPasses && performance.now() - began < milliseconds)) results.push(run());
  return results;
};
