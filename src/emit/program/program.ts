/**
 * A planned program as one WebAssembly module: small functions for each kernel, and `run`, which calls them in order, some
 * points at a time. Long loops in one function would stay in the slow code that V8 begins with.
 */
import type { Buffer, Plan } from "../../ir/kernel.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { line, meetingBytes } from "./barrier.ts";
import { loopFunction } from "./loop.ts";
import { type Group, spoiledAt, stepsOf } from "./phases.ts";
import { runFunction } from "./run.ts";
import { pickFunction, productFunction, writeFunction } from "./single.ts";
import type { Site } from "./stretch.ts";

/** Bytes in front of the arena: a vector of zeros that may always be read. */
export const reservedBytes = 64;

/** Bytes behind it: a vector is loaded whole where only its first numbers are wanted. */
const behind = 64;

const page = 65536;

/** What a module is made for, beside its plan. */
export interface Target {
  /** Threads that may run it together, at most. It changes no bits. Their memory is shared if there is more than one. */
  readonly threads: number;
  /** Whether products fuse multiplication and addition into one rounding. It changes bits. */
  readonly fma: boolean;
}

const upTo = (bytes: number): number => Math.ceil(bytes / line) * line;

/** A program's code, and what whoever runs it must know. */
export interface ProgramModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Pages of memory that it needs. */
  readonly pages: number;
  /** Address of the words in which its threads meet; before a run they are set to 0. */
  readonly meeting: number;
  /** How often they meet in one run; 0 where there is nothing to share out. */
  readonly meetings: number;
  /** For each buffer that is fed the first step that may write over it; none where its numbers are there afterwards. */
  readonly spoiledAt: ReadonlyMap<Buffer, number>;
}

/**
 * The module, which imports its memory as `env.memory` and exports `run`: (thread, threads) -> status. All threads call
 * it, each with its number from 0. The status is 0, or, where a thread was lost, 1 and the number of steps that may have
 * been done, in whole or in part. Behind the arena lies the room that the stretches of one kernel share, behind it the
 * words of the threads' meeting, and the room of each thread.
 */
export const programModule = (plan: Plan, { fma, threads: most }: Target): ProgramModule => {
  const type = most > 1 ? { initial: 1, maximum: 65536, shared: true } : { initial: 1 };
  const module = new ModuleBuilder(type, ["env", "memory"]);
  const scratch = module.global("scratch", "i32", 0);
  const { kernels, offsets } = plan;
  const site: Site = { offsets, scratch, shared: upTo(plan.bytes), fma };
  const groups = kernels.map((kernel, i): Group => {
    const name = `kernel${i}`;
    switch (kernel.kind) {
      case "loop":
        return { kernel, stretches: [loopFunction(module, name, kernel, offsets)] };
      case "product":
        return { kernel, stretches: [productFunction(module, name, kernel, site)] };
      case "write":
        return { kernel, stretches: [writeFunction(module, name, kernel, offsets)] };
      default:
        return { kernel, stretches: [pickFunction(module, name, kernel, offsets)] };
    }
  });
  const stretches = groups.flatMap((group) => group.stretches);
  const meeting = site.shared + upTo(Math.max(0, ...stretches.map((stretch) => stretch.shared ?? 0)));
  const rooms = meeting + meetingBytes(most);
  const room = upTo(Math.max(0, ...stretches.map((stretch) => stretch.scratch ?? 0)));
  const steps = stepsOf(groups, plan);
  runFunction(module, steps, most > 1 ? meeting : undefined, (f, thread) => f.setGlobal(scratch, f.i32.add(f.i32.mul(thread, room), rooms)));
  return {
    bytes: module.toBytes(),
    pages: Math.ceil((rooms + room * most + behind) / page),
    meeting,
    meetings: most === 1 || steps.every(({ solo }) => solo) ? 0 : 1 + steps.filter(({ meets }) => meets).length,
    spoiledAt: spoiledAt(groups, plan),
  };
};
