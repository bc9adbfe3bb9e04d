/**
 * A planned program as one WebAssembly module: a small function for each kernel, and `run`, which calls them in order, a
 * loop a stretch at a time. Long loops in one function would stay in the slow code that V8 begins with.
 */
import type { Plan } from "../../ir/kernel.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { loopFunction } from "./loop.ts";
import { pickFunction, productFunction, scratchOf, writeFunction } from "./single.ts";
import type { Stretch } from "./stretch.ts";

/** Bytes in front of the arena: a vector of zeros that may always be read. */
export const reservedBytes = 64;

/** Bytes behind it: a vector is loaded whole where only its first numbers are wanted. */
const behind = 64;

const page = 65536;

/** What a module is made for, beside its plan. */
export interface Target {
  /** Whether products fuse multiplication and addition into one rounding. It changes bits. */
  readonly fma: boolean;
}

/** Pages of memory that a program needs: the arena, and behind it the room in which products are packed. */
export const pagesOf = (plan: Plan, { fma }: Target): number =>
  Math.ceil((plan.bytes + Math.max(0, ...plan.kernels.map((kernel) => (kernel.kind === "product" ? scratchOf(kernel, fma) : 0))) + behind) / page);

/** The module's bytes. It exports its memory and `run`. */
export const programModule = (plan: Plan, target: Target): Uint8Array<ArrayBuffer> => {
  const module = new ModuleBuilder({ initial: pagesOf(plan, target) });
  const { kernels, offsets } = plan;
  const stretches = kernels.flatMap((kernel, i): readonly Stretch[] => {
    const name = `kernel${i}`;
    switch (kernel.kind) {
      case "loop":
        return [loopFunction(module, name, kernel, offsets)];
      case "product":
        return [productFunction(module, name, kernel, offsets, plan.bytes, target.fma)];
      case "write":
        return [writeFunction(module, name, kernel, offsets)];
      default:
        return [pickFunction(module, name, kernel, offsets)];
    }
  });
  module.function("run", { exported: true }, (f) => {
    for (const { run, size, block } of stretches) {
      if (size <= block) f.call(run, 0, size);
      else {
        f.range(0, size, block, (from) => {
          const to = f.i32.add(from, block);
          f.call(run, from, f.select(to, f.copy<"i32">(size, "i32"), f.i32.ltS(to, size)));
        });
      }
    }
  });
  return module.toBytes();
};
