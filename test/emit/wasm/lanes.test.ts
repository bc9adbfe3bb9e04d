/** What `Lanes` writes means what JavaScript means, in every width and number of vectors, for any bits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WasmLanes } from "../../../src/emit/wasm/lanes.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import { moduleText } from "../../../src/emit/wasm/text.ts";
import type { Formula } from "../../../src/ir/lanes.types.ts";
import { elementwise, variantName, variants } from "./lanes.ts";
import { exportsOf } from "./run.ts";

const halfToEven = (x: number): number => {
  const low = Math.floor(x);
  const rest = x - low;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return Number.isFinite(x) && rest !== 0 ? (up ? low + 1 || -0 : Object.is(low, 0) && x < 0 ? -0 : low) : x;
};

/** Each formula beside its meaning on one number or two. */
const cases: Readonly<Record<string, readonly [arity: number, formula: Formula, meaning: (x: number, y: number) => number]>> = {
  add: [2, (k, x, y) => k.add(x!, y!), (x, y) => x + y],
  sub: [2, (k, x, y) => k.sub(x!, y!), (x, y) => x - y],
  mul: [2, (k, x, y) => k.mul(x!, y!), (x, y) => x * y],
  div: [2, (k, x, y) => k.div(x!, y!), (x, y) => x / y],
  min: [2, (k, x, y) => k.min(x!, y!), Math.min],
  max: [2, (k, x, y) => k.max(x!, y!), Math.max],
  copySign: [2, (k, x, y) => k.copySign(x!, y!), (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x))],
  neg: [1, (k, x) => k.neg(x!), (x) => -x],
  abs: [1, (k, x) => k.abs(x!), Math.abs],
  sqrt: [1, (k, x) => k.sqrt(x!), Math.sqrt],
  floor: [1, (k, x) => k.floor(x!), Math.floor],
  ceil: [1, (k, x) => k.ceil(x!), Math.ceil],
  trunc: [1, (k, x) => k.trunc(x!), Math.trunc],
  nearest: [1, (k, x) => k.nearest(x!), halfToEven],
  lt: [2, (k, x, y) => k.number(k.lt(x!, y!)), (x, y) => Number(x < y)],
  le: [2, (k, x, y) => k.number(k.le(x!, y!)), (x, y) => Number(x <= y)],
  gt: [2, (k, x, y) => k.number(k.gt(x!, y!)), (x, y) => Number(x > y)],
  ge: [2, (k, x, y) => k.number(k.ge(x!, y!)), (x, y) => Number(x >= y)],
  eq: [2, (k, x, y) => k.number(k.eq(x!, y!)), (x, y) => Number(x === y)],
  ne: [2, (k, x, y) => k.number(k.ne(x!, y!)), (x, y) => Number(x !== y)],
  "select, not, and, or": [2, (k, x, y) => k.select(k.or(k.and(k.lt(x!, y!), k.gt(x!, 0)), k.not(k.le(x!, 1))), x!, 2), (x, y) => ((x < y && x > 0) || !(x <= 1) ? x : 2)],
  "select beside 0": [2, (k, x, y) => k.add(k.select(k.lt(x!, y!), x!, 0), k.select(k.lt(x!, y!), 0, y!)), (x, y) => (x < y ? x : 0) + (x < y ? 0 : y)],
  "select beside -0": [2, (k, x, y) => k.select(k.lt(x!, y!), -0, k.select(k.gt(x!, y!), x!, -0)), (x, y) => (x > y ? x : -0)],
  "truth of a comparison": [2, (k, x, y) => k.select(k.truth(k.number(k.lt(x!, y!))), x!, y!), (x, y) => (x < y ? x : y)],
  "truth of a number": [2, (k, x, y) => k.select(k.truth(x!), y!, 7), (x, y) => (x !== 0 ? y : 7)],
  "bits there and back": [1, (k, x) => k.ofBits(k.bitsOf(x!)), (x) => x],
  "whole numbers": [1, (k, x) => k.ofInt(k.int.sub(k.int.shrU(k.bitsOf(k.abs(x!)), k.width === 32 ? 23 : 52), 5)), () => NaN],
  wide: [2, (k, x, y) => k.wide([x!, y!], (w, a, b) => w.sub(w.add(a!, b!), b!)), (x, y) => x + y - y],
  apart: [2, (k, x, y) => k.apart("sum", k.gt(x!, y!), [x!, y!], k.constant(5), (w, a, b) => w.add(a!, b!)), (x, y) => (x > y ? x + y : 5)],
};

const exponentOf = (x: number, width: 32 | 64): number => {
  const view = new DataView(new ArrayBuffer(8));
  if (width === 32) view.setFloat32(0, x);
  else view.setFloat64(0, x);
  return ((view.getUint16(0) & 0x7fff) >> (width === 32 ? 7 : 4)) - 5;
};

for (const width of [32, 64] as const) {
  const round = width === 32 ? Math.fround : (x: number): number => x;
  const special = [0, -0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, Infinity, -Infinity, NaN, width === 32 ? 2 ** -149 : 2 ** -1074];
  for (const options of variants(width)) {
    test(`${variantName(options)}: every operation, for any numbers`, () => {
      for (const [name, [arity, formula, meaning]] of Object.entries(cases)) {
        const run = elementwise(options, arity, formula);
        const number = fc.oneof(fc.constantFrom(...special), width === 32 ? fc.float() : fc.double());
        fc.assert(
          fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 30 }), (pairs) => {
            const make = (values: number[]) => (width === 32 ? Float32Array.from(values) : Float64Array.from(values));
            const x = make(pairs.map(([a]) => a));
            const y = make(pairs.map(([, b]) => b));
            const got = arity === 1 ? run(x) : run(x, y);
            got.forEach((value, i) => {
              const expected = name === "whole numbers" ? exponentOf(x[i]!, width) : round(meaning(x[i]!, y[i]!));
              assert.ok(Object.is(value, expected), `${name}(${x[i]}, ${y[i]}) is ${value}, not ${expected}`);
            });
          }),
          { numRuns: 30 },
        );
      }
    });
  }
}

test("a fused multiply-add is used only where it was asked for", () => {
  const x = Float32Array.of(1 + 2 ** -12);
  const square: Formula = (k, a) => k.mulAdd(a!, a!, -1 - 2 ** -11);
  for (const options of variants(32)) {
    const [got] = elementwise(options, 1, square)(x);
    assert.equal(got, options.fma ? 2 ** -24 : 0, variantName(options));
  }
});

test("whole numbers are shifted by a count in each lane", () => {
  const shifted: Formula = (k, x) => {
    const count = k.int.and(k.bitsOf(x!), k.width - 1);
    return k.ofBits(k.int.xor(k.int.shlEach(k.bitsOf(x!), count), k.int.shrUEach(k.bitsOf(x!), count)));
  };
  const words = BigUint64Array.from({ length: 64 }, (_, i) => BigInt.asUintN(64, 0x9e37_79b9_7f4a_7c15n * BigInt(i + 1)));
  for (const options of variants(64)) {
    const got = new BigUint64Array(elementwise(options, 1, shifted)(new Float64Array(words.buffer)).buffer);
    words.forEach((word, i) => assert.equal(got[i], BigInt.asUintN(64, word << (word & 63n)) ^ (word >> (word & 63n)), variantName(options)));
  }
  const halves = new Uint32Array(words.buffer);
  for (const options of variants(32)) {
    const got = new Uint32Array(elementwise(options, 1, shifted)(new Float32Array(words.buffer)).buffer);
    halves.forEach((word, i) => assert.equal(got[i], ((word << (word & 31)) ^ (word >>> (word & 31))) >>> 0, variantName(options)));
  }
});

test("the root of a single float32 is written as a vector's, since V8 has an old instruction for the other", () => {
  const m = new ModuleBuilder();
  m.function("root", { params: { x: "f32" }, result: "f32", exported: true }, (f, { x }) => {
    const k = new WasmLanes(m, f, { width: 32, vectors: 0, fma: false });
    f.return(k.parts(k.sqrt(k.ofParts([x])))[0]!);
  });
  const text = moduleText(m);
  assert.match(text, /f32x4\.sqrt/);
  assert.doesNotMatch(text, /f32\.sqrt/);
  const root = exportsOf(m)["root"] as (x: number) => number;
  for (const x of [0, -0, 2, 1e-45, Infinity, -1, NaN]) assert.ok(Object.is(root(x), Math.fround(Math.sqrt(Math.fround(x)))), String(x));
});
