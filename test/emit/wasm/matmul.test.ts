/** Matrix products against a plain loop in float64: any sizes, strides, tiles, values. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matmul } from "../../../src/emit/wasm/matmul.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import { tileName } from "../../../src/emit/wasm/tile.ts";
import { product, tilesHere, type Floats, type Product, type Strided } from "./matmul.ts";

/** Sizes around the edges of tiles, and now and then around the blocks of depth, rows and columns. */
const size = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }) }, { weight: 1, arbitrary: fc.constantFrom(119, 120, 121, 255, 256, 257, 300) });

/** A matrix of those sizes: rows or columns side by side, perhaps with room between, forwards or backwards. */
const layout = (rows: number, columns: number): fc.Arbitrary<Strided & { readonly length: number }> =>
  fc.record({ transposed: fc.boolean(), gaps: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 5 })), tight: fc.boolean(), back: fc.boolean() }).map(
    ({ transposed, gaps, tight, back }) => {
      const [inner, outer] = transposed ? [rows, columns] : [columns, rows];
      const step = tight ? 1 : gaps[0];
      const stride = inner * step + (tight ? 0 : gaps[1]);
      const length = outer * stride + 1;
      const start = back ? (outer - 1) * stride : 0;
      const along = back ? -stride : stride;
      return { start: Math.max(start, 0), row: transposed ? step : along, column: transposed ? along : step, length };
    },
  );

const random = (length: number, seed: number): number[] => {
  let state = seed;
  return Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) / 2 ** 31);
};

const meant = (p: Product, out: Floats, a: Floats, b: Floats): number[] => {
  const result = Array.from(out);
  for (let i = 0; i < p.m; i++) {
    for (let j = 0; j < p.n; j++) {
      const at = p.out.start + i * p.out.row + j * p.out.column;
      let sum = p.accumulate ? out[at]! : 0;
      for (let q = 0; q < p.k; q++) sum += a[p.a.start + i * p.a.row + q * p.a.column]! * b[p.b.start + q * p.b.row + j * p.b.column]!;
      result[at] = sum;
    }
  }
  return result;
};

const problem = fc.tuple(size, size, size, fc.boolean(), fc.nat()).chain(([m, n, k, accumulate, seed]) =>
  fc.tuple(layout(m, n), layout(m, k), layout(k, n)).map(([out, a, b]) => ({ m, n, k, out, a, b, accumulate, seed })),
);

for (const tile of tilesHere) {
  const ArrayType = tile.width === 32 ? Float32Array : Float64Array;
  const run = product(tile);

  test(`${tileName(tile)}: any sizes and strides, overwriting and accumulating`, () => {
    fc.assert(
      fc.property(problem, (p) => {
        const [out, a, b] = [p.out, p.a, p.b].map(({ length }, i) => ArrayType.from(random(length, p.seed + i))) as [Floats, Floats, Floats];
        const got = run(p, out, a, b);
        const tolerance = (p.k + 2) * (tile.width === 32 ? 2 ** -23 : 2 ** -52);
        meant(p, out, a, b).forEach((value, i) => assert.ok(Math.abs(got[i]! - value) <= tolerance, `${got[i]} instead of ${value} at ${i}`));
      }),
      { numRuns: 120 },
    );
  });

  test(`${tileName(tile)}: NaN and infinities go where they belong and nowhere else`, () => {
    fc.assert(
      fc.property(problem, fc.nat(), fc.nat(), fc.constantFrom(NaN, Infinity, -Infinity), (p, i, j, special) => {
        const [out, a, b] = [p.out, p.a, p.b].map(({ length }) => new ArrayType(length).fill(1)) as [Floats, Floats, Floats];
        a[i % a.length] = special;
        b[j % b.length] = special;
        const got = run(p, out, a, b);
        assert.deepEqual(Array.from(got), meant(p, out, a, b));
      }),
      { numRuns: 60 },
    );
  });
}

test("bits depend on fused multiply-add and on nothing else: not on the tile, the strides or what is left unpacked", () => {
  for (const width of [32, 64] as const) {
    for (const fma of [false, true]) {
      const candidates = tilesHere.filter((tile) => tile.width === width && tile.fma === fma);
      const results = new Set<string>();
      for (const tile of [...candidates, ...candidates.map((t) => ({ ...t, rows: 3, columns: 8 })), ...candidates.map((t) => ({ ...t, rows: 4, columns: 8 }))]) {
        const [m, n, k] = [67, 9, 300];
        const ArrayType = width === 32 ? Float32Array : Float64Array;
        const [a, b] = [ArrayType.from(random(m * k, 1)), ArrayType.from(random(k * n, 2))];
        const row = { start: 0, row: n, column: 1 };
        const straight = product(tile)({ m, n, k, out: row, a: { start: 0, row: k, column: 1 }, b: row, accumulate: false }, new ArrayType(m * n), a, b);
        const transposed = product(tile)({ m: n, n: m, k, out: { start: 0, row: 1, column: n }, a: { start: 0, row: 1, column: n }, b: { start: 0, row: 1, column: k }, accumulate: false }, new ArrayType(m * n), b, a);
        results.add(String(straight)).add(String(transposed));
      }
      if (candidates.length > 0) assert.equal(results.size, 1, `float${width} ${fma ? "fma" : "plain"}`);
    }
  }
});

test("asking again makes no second function", () => {
  const m = new ModuleBuilder();
  const [tile] = tilesHere;
  assert.equal(matmul(m, tile!, "packed"), matmul(m, tile!, "packed"));
});
