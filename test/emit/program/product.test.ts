/** Products of a program against a plain loop in float64: every way to compute them, any sizes and strides, in any order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { productWay, type WayKind } from "../../../src/emit/program/product-way.ts";
import { depthBlock } from "../../../src/emit/wasm/matmul.ts";
import { type Floats, kernelOf, lengthOf, type Matrix, type Product, run, targetsHere } from "./products.ts";

const random = (length: number, seed: number): number[] => {
  let state = seed;
  return Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) / 2 ** 31);
};

/** A matrix of every example: its three axes in any order, perhaps with room between. */
const layout = (batch: number, outer: number, inner: number): fc.Arbitrary<Matrix> =>
  fc.record({ order: fc.shuffledSubarray(["batch", "outer", "inner"] as const, { minLength: 3, maxLength: 3 }), gap: fc.constantFrom(0, 0, 3), apart: fc.constantFrom(1, 1, 1, 2) }).map(({ order, gap, apart }) => {
    const sizes = { batch, outer, inner };
    let stride = apart;
    const strides = { batch: 0, outer: 0, inner: 0 };
    for (const axis of order) {
      strides[axis] = stride;
      stride = stride * sizes[axis] + gap;
    }
    return strides;
  });

const little = fc.integer({ min: 1, max: 40 });
const around = fc.constantFrom(63, 64, 65, 119, 121, 130);
const deep = fc.oneof({ weight: 3, arbitrary: little }, { weight: 1, arbitrary: fc.constantFrom(255, 256, 257, 300, 520) });

/** Sizes that lead to each way: batch, rows, columns, shared. */
const sizes: readonly fc.Arbitrary<readonly [number, number, number, number]>[] = [
  fc.tuple(fc.integer({ min: 1, max: 20 }), little, little, little),
  fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(300, 517), fc.integer({ min: 1, max: 16 }), fc.constantFrom(256, 300)),
  fc.tuple(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 16 }), fc.constantFrom(300, 517), fc.constantFrom(256, 300)),
  fc.tuple(fc.constantFrom(1, 3), around, around, deep.map((k) => k + 16)),
];

const problem = fc.tuple(fc.oneof(...sizes), fc.constantFrom("float32" as const, "float64" as const), fc.nat()).chain(([[batch, rows, columns, shared], dtype, seed]) =>
  fc.tuple(layout(batch, rows, shared), layout(batch, columns, shared)).map(([a, b]) => ({ product: { dtype, batch, rows, columns, shared, a, b } as Product, seed })),
);

/** A product for each way, beside those that are drawn: some ways are rare. */
const ofEachWay = ([[2, 9, 7, 5, 5, 1], [1, 70, 40, 33, 33, 1], [1, 200, 6, 90, 90, 1], [1, 200, 6, 90, 1, 200]] as const).map(
  ([batch, rows, columns, shared, outer, inner]): [{ product: Product; seed: number }] => {
    const [a, b] = [{ batch: rows * shared, outer, inner }, { batch: columns * shared, outer: 1, inner: columns }];
    return [{ product: { dtype: "float32", batch, rows, columns, shared, a, b }, seed: rows }];
  },
);

const operands = (p: Product, seed: number): readonly [Floats, Floats] => {
  const ArrayType = p.dtype === "float32" ? Float32Array : Float64Array;
  return [ArrayType.from(random(lengthOf(p, p.rows, p.a), seed)), ArrayType.from(random(lengthOf(p, p.columns, p.b), seed + 1))];
};

/** One element by the rule: blocks of the sum in order, each by itself; `round` after every operation. */
const element = (p: Product, a: Floats, b: Floats, at: number, round: (x: number) => number): number => {
  const [z, i, j] = [Math.floor(at / (p.rows * p.columns)), Math.floor(at / p.columns) % p.rows, at % p.columns];
  const [left, right] = [z * p.a.batch + i * p.a.outer, z * p.b.batch + j * p.b.outer];
  let total = 0;
  for (let first = 0; first < p.shared; first += depthBlock) {
    let sum = 0;
    for (let k = first; k < Math.min(p.shared, first + depthBlock); k++) sum = round(sum + round(a[left + k * p.a.inner]! * b[right + k * p.b.inner]!));
    total = first === 0 ? sum : round(total + sum);
  }
  return total;
};

const sizeOf = (p: Product): number => p.batch * p.rows * p.columns;

const meant = (p: Product, a: Floats, b: Floats, round = (x: number) => x): number[] => Array.from({ length: sizeOf(p) }, (_, at) => element(p, a, b, at, round));

const roundingOf = ({ dtype }: Product): ((x: number) => number) => (dtype === "float32" ? Math.fround : (x) => x);

/** Blocks in an order that the seed chooses. */
const shuffled = (seed: number) => (count: number): readonly number[] => {
  const keys = random(count, seed);
  return keys.map((_, i) => i).sort((x, y) => keys[x]! - keys[y]!);
};

test("any sizes and strides: near float64, every bit by the rule without fused multiply-add, and the same bits from all tiles that fuse", () => {
  const seen = new Set<WayKind>();
  fc.assert(
    fc.property(problem, ({ product, seed }) => {
      const [a, b] = operands(product, seed);
      const exact = meant(product, a, b);
      const tolerance = (product.shared + 2) * (product.dtype === "float32" ? 2 ** -23 : 2 ** -52);
      const results = targetsHere.map((target) => {
        seen.add(productWay(kernelOf(product), target).kind);
        return run(product, target, a, b, shuffled(seed));
      });
      assert.deepEqual(Array.from(results[0]!), meant(product, a, b, roundingOf(product)));
      for (const result of results) {
        result.forEach((x, i) => assert.ok(Math.abs(x - exact[i]!) <= tolerance, `${x} instead of ${exact[i]} at ${i}`));
      }
      for (const fused of results.slice(2)) assert.deepEqual(fused, results[1]);
    }),
    { numRuns: 44, examples: ofEachWay },
  );
  assert.deepEqual([...seen].sort(), ["blocks", "columns", "examples", "halves", "rows"]);
});

test("NaN and infinities go where they belong and nowhere else", () => {
  fc.assert(
    fc.property(problem, fc.nat(), fc.nat(), fc.constantFrom(NaN, Infinity, -Infinity), ({ product, seed }, i, j, special) => {
      const [a, b] = operands(product, seed).map((x) => x.fill(1)) as [Floats, Floats];
      a[i % a.length] = special;
      b[j % b.length] = special;
      const wanted = meant(product, a, b);
      for (const target of targetsHere) assert.deepEqual(Array.from(run(product, target, a, b)), wanted);
    }),
    { numRuns: 30 },
  );
});

test("what is packed has bounds: a large product is computed in parts, to the same bits", () => {
  const large: readonly (readonly [number, number, number, number])[] = [
    [1, 40, 40, 9000],
    [1, 1100, 40, 4100],
    [1, 40, 1100, 4100],
    [3, 530, 40, 4096],
    [1, 1200, 5, 4200],
  ];
  for (const [batch, rows, columns, shared] of large) {
    const p: Product = {
      dtype: "float32", batch, rows, columns, shared,
      a: { batch: rows * shared, outer: shared, inner: 1 },
      b: { batch: columns * shared, outer: 1, inner: columns },
    };
    const [a, b] = operands(p, rows);
    const places = random(50, columns).map((x) => Math.floor(Math.abs(x) * sizeOf(p)));
    const [plain, ...fused] = targetsHere.map((target) => run(p, target, a, b));
    for (const at of places) assert.equal(plain![at], element(p, a, b, at, Math.fround), `${at} of ${batch} x ${rows} x ${columns} x ${shared}`);
    for (const other of fused) assert.deepEqual(other, fused[0]);
  }
});
