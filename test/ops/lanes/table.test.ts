/**
 * Every gate's machine code against its meaning: bit patterns from the whole range (NaN, infinities, numbers below the
 * normal ones, both zeros among them) and dense stretches. Where an error is allowed, the entry states how much, in units
 * in the last place; the float64 judge is test/ops/lanes/exact.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Int } from "../../../src/ir/lanes.types.ts";
import type { Op } from "../../../src/ir/node.ts";
import type { EntryInfo } from "../../../src/ops/forms/entry.ts";
import { chain } from "../../../src/ops/forms/gate.ts";
import * as table from "../../../src/ops/table.ts";
import { WasmLanes } from "../../../src/emit/wasm/lanes.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import { elementwise, variantName, variants } from "../../emit/wasm/lanes.ts";
import { instanceOf, memoryOf } from "../../emit/wasm/run.ts";
import * as exact from "./exact.ts";

type Floats = Float32Array | Float64Array;

const gates = [...(Object.values(table) as unknown as EntryInfo[]), chain]
  .filter((entry) => entry.op?.form === "gate")
  .map((entry) => ({ op: entry.op as Op, arity: entry.arity ? Math.min(Math.max(entry.arity.min, entry.arity.max === Infinity ? 3 : entry.arity.max), 3) : 2 }));

const special = [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, 2 ** -149, -(2 ** -126), 2 ** 24, 3e38, Infinity, -Infinity, NaN];
/** Where functions turn: pieces meet, results overflow, vanish or saturate. */
const turns = [Math.LN2 / 2, Math.SQRT1_2, Math.PI / 4, Math.PI / 2, 1, 2, 9, 28, 88.7, 104, 709.78, 746, 2 ** 20, 1e6];

/** Numbers of a width, drawn from a fixed sequence. */
const draw = (width: 32 | 64, count: number, seed: number): Floats => {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  const unit = (): number => next() / 2 ** 32;
  const out = width === 32 ? new Float32Array(count) : new Float64Array(count);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < count; i++) {
    const kind = i % 4;
    const turn = turns[next() % turns.length]! * (unit() < 0.5 ? -1 : 1);
    if (kind === 0) for (let word = 0; word < width / 32; word++) bits[(i * width) / 32 + word] = next();
    else if (kind === 1) out[i] = turn * (1 + (unit() - 0.5) * 2 ** (-20 * unit()));
    else if (kind === 2) out[i] = (unit() - 0.5) * 2 ** (60 * unit() - 50);
    else out[i] = i < special.length * 4 ? special[i >> 2]! : (unit() - 0.5) * 2 * turns[next() % turns.length]!;
  }
  return out;
};

/** Operands that between them hold every pair of special numbers. */
const operandsOf = (width: 32 | 64, arity: number, count: number): Floats[] => {
  const columns = Array.from({ length: arity }, (_, i) => draw(width, count, 7 + i));
  special.forEach((a, i) => special.forEach((b, j) => columns.forEach((column, c) => void (column[i * special.length + j] = [a, b, a][c]!))));
  return columns;
};

/** Units in the last place between a float32 and a float64 that stands for the exact value. */
const ulpsOfFloat32 = (got: number, meant: number): number => {
  if (Object.is(got, Math.fround(meant))) return 0;
  if (!Number.isFinite(meant) || !Number.isFinite(got)) return Infinity;
  if (got === 0 && meant === 0) return Infinity;
  return Math.abs(got - meant) / 2 ** (Math.max(Math.floor(Math.log2(Math.abs(meant))), -126) - 23);
};

const judges = exact as unknown as Readonly<Record<string, ((...x: number[]) => exact.Fixed) | undefined>>;

/** The same in float64. Without a judge the meaning itself is one that may be wrong by one unit, and only where an error is stated. */
const ulpsOfFloat64 = (op: Op, got: number, x: readonly number[]): number => {
  const meant = op.scalar!(...x);
  if (Object.is(got, meant)) return 0;
  if (!Number.isFinite(meant) || meant === 0 || !Number.isFinite(got)) return Infinity;
  const judge = judges[op.name];
  if (judge && op.lanes!.ulp) return exact.ulpsFrom(got, judge(...x), 64);
  return Math.abs(got - meant) / 2 ** (Math.max(Math.floor(Math.log2(Math.abs(meant))), -1022) - 52) - 1;
};

test("every gate of the table has machine code", () => {
  assert.deepEqual(gates.filter(({ op }) => !op.lanes && !op.intLanes).map(({ op }) => op.name), []);
  assert.ok(gates.length > 25);
});

for (const width of [32, 64] as const) {
  for (const options of variants(width)) {
    test(`${variantName(options)}: every gate means what its entry says, within the error that it states`, () => {
      for (const { op, arity } of gates) {
        if (!op.lanes) continue;
        const count = width === 32 ? 40_000 : op.lanes.ulp ? 4_000 : 20_000;
        const x = operandsOf(width, arity, count);
        if (op.name === "where") x[0]!.forEach((v, i) => void (x[0]![i] = v > 0 ? 1 : 0));
        const got = elementwise(options, arity, op.lanes)(...x);
        const bound = op.lanes.ulp?.[width] ?? 0;
        let worst = 0;
        let at = 0;
        for (let i = 0; i < count; i++) {
          const operands = x.map((column) => column[i]!);
          const size = width === 32 ? ulpsOfFloat32(got[i]!, op.scalar!(...operands)) : ulpsOfFloat64(op, got[i]!, operands);
          if (size > worst) [worst, at] = [size, i];
        }
        assert.ok(worst <= bound, `${op.name}(${x.map((column) => column[at]).join(", ")}) = ${got[at]} is off by ${worst} ulp; ${bound} are stated`);
      }
    });
  }
}

test("random bits are the same bits in scalar code and in vectors", () => {
  for (const options of variants(32)) {
    const m = new ModuleBuilder({ initial: 1 });
    m.function("run", { exported: true }, (f) => {
      const k = new WasmLanes(m, f, options);
      const column = (i: number): Int => k.bitsOf(k.load(0, 128 * i));
      k.store(0, k.ofBits(table.bits.op!.intLanes!(k.int, column(0), column(1), column(2), column(3))), 512);
    });
    const instance = instanceOf(m);
    const words = new Uint32Array(memoryOf(instance).buffer);
    const operands = new Uint32Array(draw(32, 32 * 4, 3).buffer);
    words.set(operands);
    (instance.exports["run"] as () => void)();
    const lanes = Math.max(1, options.vectors * 4);
    const meant = Array.from({ length: lanes }, (_, i) => table.bits.op!.scalar!(...[0, 1, 2, 3].map((c) => operands[32 * c + i]!)));
    assert.deepEqual([...words.subarray(128, 128 + lanes)], meant, variantName(options));
  }
});
