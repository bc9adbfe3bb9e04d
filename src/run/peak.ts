/**
 * What this machine can do at best on one thread: multiply-adds that never leave the registers, and numbers from and to the
 * memory. Measured, because no table of processors says what a virtual machine or a phone gives.
 */
import { WasmLanes } from "../emit/wasm/lanes.ts";
import { ModuleBuilder } from "../emit/wasm/module.ts";
import type { TileTarget } from "../emit/wasm/tile.ts";
import type { Value } from "../emit/wasm/values.ts";
import { targetHere } from "./target.ts";

export interface Peak {
  /** GFLOP/s of multiply-adds, two operations each. */
  readonly float32: number;
  readonly float64: number;
  /** GB/s of a + s b for arrays too large for most caches: two are read, one is written. */
  readonly memory: number;
}

/** A loop of multiply-adds in registers, with as many sums as hide an addition's latency. */
export interface RegisterLoop {
  /** Goes round so many times. */
  readonly run: (times: number) => void;
  /** Operations of one time. */
  readonly operations: number;
}

export const registerLoop = (width: 32 | 64, { fma, wide }: Pick<TileTarget, "fma" | "wide">): RegisterLoop => {
  const module = new ModuleBuilder({ initial: 1 });
  const count = wide ? 24 : 12;
  module.function("run", { params: { times: "i32" }, exported: true }, (f, { times }) => {
    const k = new WasmLanes(module, f, { width, vectors: 1, fma });
    const x = [0, 1].map((i) => k.ofParts([f.v128.load(512 + 16 * i)]));
    const sums = Array.from({ length: count }, () => f.variable("v128"));
    f.if(times, () =>
      f.loop((again) => {
        sums.forEach((sum, i) => f.set(sum, k.parts(k.mulAdd(x[i % 2]!, x[i % 2]!, k.ofParts([sum])))[0] as Value<"v128">));
        f.set(times, f.i32.sub(times, 1));
        f.branchIf(times, again);
      }),
    );
    sums.forEach((sum, i) => f.v128.store(0, sum, 16 * i));
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
  new Float32Array((exports["memory"] as WebAssembly.Memory).buffer).fill(0.5);
  return { run: exports["run"] as (times: number) => void, operations: (count * 2 * 128) / width };
};

const megabytes = 2 ** 20;
/** Bytes of one of the three arrays. */
const arrayBytes = 24 * megabytes;

const triad = (): (() => void) => {
  const module = new ModuleBuilder({ initial: (3 * arrayBytes) / 65536 });
  // In parts: one long call would stay in the code that V8 begins with.
  const part = 65536;
  module.function("run", { params: { from: "i32" }, exported: true }, (f, { from }) => {
    const k = new WasmLanes(module, f, { width: 32, vectors: 4, fma: false });
    f.range(from, f.copy(f.i32.add(from, part), "i32"), 64, (i) => k.store(i, k.add(k.load(i, arrayBytes), k.mul(k.load(i, 2 * arrayBytes), 3))));
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
  const run = exports["run"] as (from: number) => void;
  // Pages that were never written are not there yet.
  new Float64Array((exports["memory"] as WebAssembly.Memory).buffer).fill(1);
  return () => {
    for (let from = 0; from < arrayBytes; from += part) run(from);
  };
};

/** The shortest of the runs in so many milliseconds, at least three: what others take of the machine only makes one longer. */
const shortest = (run: () => void, milliseconds: number): number => {
  const began = performance.now();
  let best = Infinity;
  for (let i = 0; i < 3 || performance.now() - began < milliseconds; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
};

/** Measured in some 0.3 s; nothing where there is no engine. `tuneEngine` first, if it is to be called at all. */
export const measurePeak = (): Peak | undefined => {
  const target = targetHere();
  if (target === undefined) return undefined;
  const rate = (width: 32 | 64): number => {
    const { run, operations } = registerLoop(width, target);
    const times = 10_000;
    return (operations * times) / shortest(() => run(times), 60) / 1e6;
  };
  return { float32: rate(32), float64: rate(64), memory: (3 * arrayBytes) / shortest(triad(), 100) / 1e6 };
};
