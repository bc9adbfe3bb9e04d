/** The register tile of a matrix product: the one loop in which nearly all of its time goes. */
import type { Signature } from "./function.ts";
import { WasmLanes } from "./lanes.ts";
import type { ModuleBuilder } from "./module.ts";
import type { Value, Variable } from "./values.ts";

export interface Tile {
  readonly width: 32 | 64;
  readonly rows: number;
  /** A multiple of the numbers in a vector. */
  readonly columns: number;
  /** One rounding for each product and sum. It changes bits; rows and columns do not. */
  readonly fma: boolean;
}

/**
 * Tiles by what the machine can do. x64 has 16 vector registers, 15 of them to use: sums, one row of the right panel and a
 * number of the left one must fit, and without fused multiply-add one product more. Where V8 joins two vectors into one
 * of 256 bits ("wide") half as many registers are needed, and elsewhere such a tile runs at half the speed of the others.
 * Eight sums are enough to hide how long an addition takes.
 */
export const tiles = {
  32: { plain: { width: 32, rows: 5, columns: 8, fma: false }, fma: { width: 32, rows: 6, columns: 8, fma: true }, wide: { width: 32, rows: 6, columns: 16, fma: true } },
  64: { plain: { width: 64, rows: 4, columns: 4, fma: false }, fma: { width: 64, rows: 4, columns: 4, fma: true }, wide: { width: 64, rows: 6, columns: 8, fma: true } },
} as const satisfies Record<32 | 64, Record<"plain" | "fma" | "wide", Tile>>;

/** What tiles are made for. */
export interface TileTarget {
  /** Whether products fuse multiplication and addition into one rounding. It changes bits. */
  readonly fma: boolean;
  /** Whether the runtime joins vectors into wider ones. It changes no bits; without `fma` it is not used. */
  readonly wide: boolean;
}

export const tileFor = (width: 32 | 64, { fma, wide }: TileTarget): Tile => tiles[width][!fma ? "plain" : wide ? "wide" : "fma"];

export const tileName = ({ width, rows, columns, fma }: Tile): string => `tile${rows}x${columns}.f${width}${fma ? ".fma" : ""}`;

/** What a row of a tile costs beside its multiplications, in rows: narrow tiles of four rows are a twentieth slower than those of six. */
const overhead = { narrow: 0.7, wide: 0.1 };

/**
 * The tile of the same kind for so many rows: where some stick out of every tile, smaller ones waste less. If there are so few
 * columns that half of a wide tile holds them, it is one of those.
 */
export const fittingTile = (tile: Tile, rows: number, columns = Infinity): Tile => {
  const half = (256 / tile.width) * Math.ceil(columns / (256 / tile.width));
  const width = Math.min(tile.columns, half);
  const more = width * tile.width > 256 ? overhead.wide : overhead.narrow;
  const cost = (unit: number): number => Math.ceil(rows / unit) * (unit + more);
  const sizes = [tile.rows, 5, 4].filter((unit) => unit <= tile.rows);
  return { ...tile, rows: sizes.reduce((best, unit) => (cost(unit) < cost(best) ? unit : best)), columns: width };
};

/** How a tile reads: both matrices packed, the right one through a table, or the left one where it lies. */
export type Reading = "packed" | "table" | "direct";

/**
 * A function of the module that computes out = a b, or out += a b, for so many steps. `outRow` is in bytes; the columns of
 * a row lie side by side. It must stay a function of its own: inlined into its callers it was seen to run 1.6 times
 * slower. Its parameters are
 * - packed: depth, a, b (panels of the tile's rows and columns), out, outRow, accumulate;
 * - table: the same and `table`: step p of the right matrix lies at b + table[p] (32-bit words, bytes);
 * - direct: the same and `aRow`, `aStep` (bytes) and `rows`: the left matrix is not packed, and of its rows only so many
 *   are there; the last of them stands in for the others.
 */
export const tileFunction = (m: ModuleBuilder, tile: Tile, reading: Reading): Signature<undefined> => {
  const name = `${tileName(tile)}.${reading}`;
  return m.shared(name, () => {
    const { width, rows, columns, fma } = tile;
    const size = width / 8;
    const vectors = (columns * width) / 128;
    const common = { depth: "i32", a: "i32", b: "i32", out: "i32", outRow: "i32", accumulate: "i32" } as const;
    const more = { packed: {}, table: { table: "i32" }, direct: { aRow: "i32", aStep: "i32", rows: "i32" } } as const;
    return m.function(name, { params: { ...common, ...more[reading] } as typeof common }, (f, { depth, a, b, out, outRow, accumulate, ...others }) => {
      const { table, aRow, aStep, rows: rowsThere } = others as Record<string, Variable<"i32">>;
      const { i32 } = f;
      const lane = new WasmLanes(m, f, { width, vectors: 1, fma });
      const grid = <T>(make: (row: number, vector: number) => T): T[][] =>
        Array.from({ length: rows }, (_, row) => Array.from({ length: vectors }, (_, vector) => make(row, vector)));
      // Never set to 0: they are 0 already, and a splat of 0 was seen to cost a register.
      const sums = grid((row, vector) => f.variable("v128", undefined, `sum${row}_${vector}`));
      /** For each row the variable that points at it, and the offset from there. */
      const lefts: [Variable<"i32">, number][] = Array.from({ length: rows }, (_, row) => [a, row * size]);
      if (reading === "direct") {
        lefts[0] = [a, 0];
        for (let row = 1; row < rows; row++) {
          const before = lefts[row - 1]![0];
          const at = f.select(i32.add(before, aRow!), before, i32.gtS(rowsThere!, row));
          lefts[row] = [f.variable("i32", at, `row${row}`), 0];
        }
      }
      // The loop stands behind an `if`: a bare one at the head of the function was seen to run at half the speed. And it is
      // not unrolled: two steps at a time ran at three quarters of it (5x8 without fused multiply-add, Node 20).
      f.if(depth, () =>
        f.loop((again) => {
          const at = reading === "table" ? i32.add(b, i32.load(table!)) : b;
          const right = Array.from({ length: vectors }, (_, vector) => f.v128.load(at, 16 * vector));
          for (let row = 0; row < rows; row++) {
            const left = lane.loadSplat(...lefts[row]!);
            for (let vector = 0; vector < vectors; vector++) {
              const sum = sums[row]![vector]!;
              const next = lane.mulAdd(left, lane.ofParts([right[vector]!]), lane.ofParts([sum]));
              f.set(sum, lane.parts(next)[0] as Value<"v128">);
            }
          }
          if (reading === "direct") for (const [row] of lefts) f.set(row, i32.add(row, aStep!));
          else f.set(a, i32.add(a, rows * size));
          if (reading === "table") f.set(table!, i32.add(table!, 4));
          else f.set(b, i32.add(b, columns * size));
          f.set(depth, i32.sub(depth, 1));
          f.branchIf(depth, again);
        }),
      );
      const each = (write: (at: Value<"i32">, offset: number, sum: Variable<"v128">) => void): void => {
        let at: Value<"i32"> = out;
        sums.forEach((list, row) => {
          if (row > 0) at = i32.add(at, outRow);
          list.forEach((sum, vector) => write(at, 16 * vector, sum));
        });
      };
      const family = width === 32 ? f.f32x4 : f.f64x2;
      f.if(
        accumulate,
        () => each((at, offset, sum) => f.v128.store(at, family.add(f.v128.load(at, offset), sum), offset)),
        () => each((at, offset, sum) => f.v128.store(at, sum, offset)),
      );
    });
  });
};
