/**
 * A planned program as one WebAssembly module: a small function for each kernel, and `run`, which calls them in order, a
 * loop a stretch at a time. Long loops in one function would stay in the slow code that V8 begins with.
 */
import type { Kernel, Plan } from "../../ir/kernel.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { loopStretches } from "./loop.ts";
import { pickFunction, productFunction, writeFunction } from "./single.ts";
import type { Site, Stretch } from "./stretch.ts";

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

/** Lines of the cache, which no two threads write to. */
const line = 64;

const upTo = (bytes: number): number => Math.ceil(bytes / line) * line;

/** A program's code, and the pages of memory that it needs. */
export interface ProgramModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pages: number;
}

/**
 * The module, which imports its memory as `env.memory` and exports `run`. Behind the arena lies the room that the
 * stretches of one kernel share, and behind it the room of each thread.
 */
export const programModule = (plan: Plan, target: Target): ProgramModule => moduleOf(plan, target, false);

/** The same with each kernel as an export of its own, `kernel 0` and so on, for whoever measures them apart. */
export const profileModule = (plan: Plan, target: Target): ProgramModule => moduleOf(plan, target, true);

const moduleOf = (plan: Plan, { fma }: Target, apart: boolean): ProgramModule => {
  const module = new ModuleBuilder({ initial: 1 }, ["env", "memory"]);
  const scratch = module.global("scratch", "i32", 0);
  const site: Site = { offsets: plan.offsets, scratch, shared: upTo(plan.bytes), fma };
  const kernels = plan.kernels.map((kernel, i) => stretchesOf(module, `kernel${i}`, kernel, site));
  const all = kernels.flat();
  const own = site.shared + upTo(Math.max(0, ...all.map((stretch) => stretch.shared ?? 0)));
  const most = upTo(Math.max(0, ...all.map((stretch) => stretch.scratch ?? 0)));
  const exported = (name: string, stretches: readonly Stretch[]): void =>
    void module.function(name, { exported: true }, (f) => {
      f.setGlobal(scratch, own);
      for (const stretch of stretches) runWhole(f, stretch);
    });
  exported("run", all);
  if (apart) kernels.forEach((stretches, i) => exported(`kernel ${i}`, stretches));
  return { bytes: module.toBytes(), pages: Math.ceil((own + most + behind) / page) };
};

const stretchesOf = (module: ModuleBuilder, name: string, kernel: Kernel, site: Site): readonly Stretch[] => {
  switch (kernel.kind) {
    case "loop":
      return loopStretches(module, name, kernel, site);
    case "product":
      return [productFunction(module, name, kernel, site)];
    case "write":
      return [writeFunction(module, name, kernel, site.offsets)];
    default:
      return [pickFunction(module, name, kernel, site.offsets)];
  }
};

/** All of a stretch, a block at a time. */
const runWhole = (f: FunctionBuilder, { run, size, block }: Stretch): void => {
  if (size <= block) f.call(run, 0, size);
  else {
    f.range(0, size, block, (from) => {
      const to = f.i32.add(from, block);
      f.call(run, from, f.select(to, f.copy<"i32">(size, "i32"), f.i32.ltS(to, size)));
    });
  }
};
