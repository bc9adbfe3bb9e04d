/** Which way windows are multiplied, and by which tiles. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { windowRowsOf } from "../../../src/emit/program/window-rows.ts";
import { tileFor, type TileTarget } from "../../../src/emit/wasm/tile.ts";

const targets: readonly TileTarget[] = [{ fma: false, wide: false, unrolls: false }, { fma: true, wide: false, unrolls: true }, { fma: true, wide: true, unrolls: true }];

test("every window of a line is made, by tiles that are there, and nothing sticks out", () => {
  const size = fc.integer({ min: 1, max: 70 });
  fc.assert(
    fc.property(fc.constantFrom(32 as const, 64 as const), fc.constantFrom(...targets), fc.record({ items: size, lines: size, columns: size, depth: fc.integer({ min: 1, max: 400 }) }), (width, target, planes) => {
      const base = tileFor(width, target);
      const rows = windowRowsOf(base, planes);
      if (rows === undefined) return;
      assert.equal(rows.items % rows.unit, 0);
      assert.ok(rows.items >= planes.items && rows.items < planes.items + rows.unit);
      const made = new Set<number>();
      for (const { tile, start, count } of rows.segments) {
        assert.ok(tile.rows >= 4 && tile.rows <= base.rows && tile.columns === rows.unit && count > 0 && count % tile.rows === 0);
        for (let i = 0; i < count; i++) made.add(start + i);
      }
      assert.deepEqual([...made].sort((a, b) => a - b), Array.from({ length: planes.columns }, (_, i) => i));
      assert.ok(rows.lines * planes.columns * rows.items * (width / 8) <= rows.room);
    }),
    { numRuns: 300 },
  );
});

test("windows are rows where lines waste a part of a vector and sums are long, and columns elsewhere", () => {
  const wide = tileFor(32, { fma: true, wide: true, unrolls: true });
  const tiles = (items: number, columns: number, depth: number) => windowRowsOf(wide, { items, lines: columns, columns, depth })?.segments.map(({ tile, count }) => `${count} by ${tile.rows}`);
  assert.deepEqual(tiles(32, 14, 144), ["10 by 5", "4 by 4"]);
  assert.deepEqual(tiles(16, 14, 288), ["10 by 5", "4 by 4"]);
  assert.deepEqual(tiles(32, 7, 144), ["4 by 4", "4 by 4"]);
  assert.equal(tiles(32, 16, 144), undefined, "whole vectors");
  assert.equal(tiles(16, 28, 9), undefined, "short sums");
  assert.equal(tiles(3, 14, 144), undefined, "few filters");
});
