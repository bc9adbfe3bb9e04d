/**
 * A planned program as one WebAssembly module: small functions for each kernel, and `run`, which calls them in order, some
 * points at a time. Long loops in one function would stay in the slow code that V8 begins with.
 */
import type { Buffer, CircuitKernel, Kernel, Plan } from "../../ir/kernel.ts";
import { upTo } from "../../ir/up-to.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import type { TileTarget } from "../wasm/tile.ts";
import { line, meetingBytes } from "./barrier.ts";
import { type CircuitCode, circuitFunction, type Table } from "./circuit.ts";
import { convolutionStretches, convolutionTables } from "./convolution.ts";
import { loopStretches } from "./loop.ts";
import { followed } from "./follow.ts";
import { type Group, spoiledAt, stepsOf } from "./phases.ts";
import { calls, claimBytes, runFunction } from "./run.ts";
import { productStretches } from "./product.ts";
import { pickFunction, writeFunction } from "./single.ts";
import type { Site, Stretch } from "./stretch.ts";

/** Bytes in front of the arena: a vector of zeros that may always be read. */
export const reservedBytes = 64;

/** Bytes behind it: a vector is loaded whole where only its first numbers are wanted. */
const behind = 64;

const page = 65536;

/** What a module is made for, beside its plan. */
export interface Target extends TileTarget {
  /** Threads that may run it together, at most. It changes no bits. Their memory is shared if there is more than one. */
  readonly threads: number;
}

const lines = (bytes: number): number => upTo(bytes, line);

/** A program's code, and what whoever runs it must know. */
export interface ProgramModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Pages of memory that it needs. */
  readonly pages: number;
  /** Address of the words in which its threads meet; 0 before a run, and again after one that went well. */
  readonly meeting: number;
  /** How often they meet in one run; 0 where there is nothing to share out. */
  readonly meetings: number;
  /** What the memory must hold, besides what is held, before the first run. */
  readonly tables: readonly Table[];
  /** For each buffer that is fed the first step that may write over it; none where its numbers are there afterwards. */
  readonly spoiledAt: ReadonlyMap<Buffer, number>;
}

/**
 * The module, which imports its memory as `env.memory` and exports `run`: (thread, threads) -> status. All threads call
 * it, each with its number from 0. The status is 0, or, where a thread was lost, 1 and the number of steps that may have
 * been done, in whole or in part. Behind the arena lie the tables of convolutions and circuits, then the room that the stretches of
 * one kernel share, behind it the words of the threads' meeting, and the room of each thread.
 */
export const programModule = (plan: Plan, target: Target): ProgramModule => moduleOf(plan, target, false);

/** The same with each kernel as an export of its own, `kernel 0` and so on, for whoever measures them apart, on one thread. */
export const profileModule = (plan: Plan, target: Target): ProgramModule => moduleOf(plan, target, true);

const moduleOf = (plan: Plan, target: Target, apart: boolean): ProgramModule => {
  const { threads: most } = target;
  const type = most > 1 ? { initial: 1, maximum: 65536, shared: true } : { initial: 1 };
  const module = new ModuleBuilder(type, ["env", "memory"]);
  const scratch = module.global("scratch", "i32", 0);
  let end = lines(plan.bytes);
  const tables = plan.kernels.map((kernel) =>
    (kernel.kind === "convolution" ? convolutionTables(kernel) : []).map((table) => {
      const at = end;
      module.data(at, new Uint8Array(table.buffer));
      end += lines(table.byteLength);
      return at;
    }),
  );
  const circuits = plan.kernels.flatMap((kernel, i): readonly (readonly [kernel: number, code: CircuitCode])[] => {
    if (kernel.kind !== "circuit") return [];
    const code = circuitFunction(module, `kernel${i}`, kernel, plan.offsets, end);
    end = lines(code.end);
    return [[i, code]];
  });
  const circuitOf = new Map(circuits);
  const site: Site = { offsets: plan.offsets, scratch, shared: end, target };
  const apiece = plan.kernels.map((kernel, i): Group => {
    const circuit = circuitOf.get(i);
    return { kernel, stretches: circuit ? [circuit.stretch] : stretchesOf(module, `kernel${i}`, kernel as CodeKernel, site, tables[i]!) };
  });
  const groups = followed(module, apiece);
  const stretches = groups.flatMap((group) => group.stretches);
  const meeting = site.shared + lines(Math.max(0, ...stretches.map((stretch) => stretch.shared ?? 0)));
  const room = lines(Math.max(0, ...stretches.map((stretch) => stretch.scratch ?? 0)));
  const steps = stepsOf(groups, plan);
  const claims = meeting + meetingBytes(most);
  end = claims + (most > 1 ? claimBytes(steps, most) : 0);
  const rooms = lines(end);
  runFunction(module, steps, most > 1 ? { meeting, claims, end } : undefined, (f, thread) => f.setGlobal(scratch, f.i32.add(f.i32.mul(thread, room), rooms)));
  if (apart) {
    groups.forEach((group, i) =>
      module.function(`kernel ${i}`, { exported: true }, (f) => {
        f.setGlobal(scratch, rooms);
        for (const stretch of group.stretches) calls(f, stretch, f.copy<"i32">(0, "i32"), stretch.size);
      }),
    );
  }
  return {
    bytes: module.toBytes(),
    pages: Math.ceil((rooms + room * most + behind) / page),
    tables: circuits.map(([, { table }]) => table),
    meeting,
    meetings: most === 1 || steps.every(({ solo }) => solo) ? 0 : 1 + steps.filter(({ meets }) => meets).length,
    spoiledAt: spoiledAt(groups, plan),
  };
};

/** Kernels that are code alone. */
type CodeKernel = Exclude<Kernel, CircuitKernel>;

const stretchesOf = (module: ModuleBuilder, name: string, kernel: CodeKernel, site: Site, tables: readonly number[]): readonly Stretch[] => {
  switch (kernel.kind) {
    case "loop":
      return loopStretches(module, name, kernel, site);
    case "product":
      return productStretches(module, name, kernel, site);
    case "convolution":
      return convolutionStretches(module, name, kernel, site, tables);
    case "write":
      return [writeFunction(module, name, kernel, site.offsets)];
    default:
      return [pickFunction(module, name, kernel, site.offsets)];
  }
};
