/**
 * A planned program as one WebAssembly module: a small function for each kernel, and `run`, which calls them in order, a
 * loop a stretch at a time. Long loops in one function would stay in the slow code that V8 begins with.
 */
import type { Plan } from "../../ir/kernel.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { convolutionStretches, convolutionTables } from "./convolution.ts";
import { loopFunction } from "./loop.ts";
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
 * The module, which imports its memory as `env.memory` and exports `run`. Behind the arena lie tables, the
 * room that the stretches of one kernel share, and the room of each thread.
 */
export const programModule = (plan: Plan, { fma }: Target): ProgramModule => {
  const module = new ModuleBuilder({ initial: 1 }, ["env", "memory"]);
  const scratch = module.global("scratch", "i32", 0);
  const { kernels, offsets } = plan;
  let end = upTo(plan.bytes);
  const tables = kernels.map((kernel) =>
    (kernel.kind === "convolution" ? convolutionTables(kernel) : []).map((table) => {
      const at = end;
      module.data(at, new Uint8Array(table.buffer));
      end += upTo(table.byteLength);
      return at;
    }),
  );
  const site: Site = { offsets, scratch, shared: end, fma };
  const stretches = kernels.flatMap((kernel, i): readonly Stretch[] => {
    const name = `kernel${i}`;
    switch (kernel.kind) {
      case "loop":
        return [loopFunction(module, name, kernel, offsets)];
      case "product":
        return [productFunction(module, name, kernel, site)];
      case "convolution":
        return convolutionStretches(module, name, kernel, site, tables[i]!);
      case "write":
        return [writeFunction(module, name, kernel, offsets)];
      default:
        return [pickFunction(module, name, kernel, offsets)];
    }
  });
  const own = site.shared + upTo(Math.max(0, ...stretches.map((stretch) => stretch.shared ?? 0)));
  const most = upTo(Math.max(0, ...stretches.map((stretch) => stretch.scratch ?? 0)));
  module.function("run", { exported: true }, (f) => {
    f.setGlobal(scratch, own);
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
  return { bytes: module.toBytes(), pages: Math.ceil((own + most + behind) / page) };
};
