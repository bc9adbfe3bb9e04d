/** The register tile of a matrix product: the one loop in which nearly all of its time goes. */
import type { FunctionBuilder, Signature } from "./function.ts";
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
  /** Steps of the sum in one turn of the loop, a power of 2. */
  readonly steps: number;
}

/**
 * Tiles by what the machine can do. x64 has 16 vector registers, 15 of them to use: sums, one row of the right panel and a
 * number of the left one must fit, and without fused multiply-add one product more. Where V8 joins two vectors into one
 * of 256 bits ("wide") half as many registers are needed, and elsewhere such a tile runs at half the speed of the others.
 * Eight sums are enough to hide how long an addition takes.
 */
export const tiles = {
  32: { plain: { width: 32, rows: 5, columns: 8, fma: false, steps: 4 }, fma: { width: 32, rows: 6, columns: 8, fma: true, steps: 4 }, wide: { width: 32, rows: 6, columns: 16, fma: true, steps: 4 } },
  64: { plain: { width: 64, rows: 4, columns: 4, fma: false, steps: 4 }, fma: { width: 64, rows: 4, columns: 4, fma: true, steps: 4 }, wide: { width: 64, rows: 6, columns: 8, fma: true, steps: 4 } },
} as const satisfies Record<32 | 64, Record<"plain" | "fma" | "wide", Tile>>;

/** What tiles are made for. */
export interface TileTarget {
  /** Whether products fuse multiplication and addition into one rounding. It changes bits. */
  readonly fma: boolean;
  /** Whether the runtime joins vectors into wider ones. It changes no bits; without `fma` it is not used. */
  readonly wide: boolean;
  /** Whether the runtime keeps sums in registers through several steps of one turn; V8 does so since 2024. It changes no bits. */
  readonly unrolls: boolean;
}

export const tileFor = (width: 32 | 64, { fma, wide, unrolls }: TileTarget): Tile => {
  const tile = tiles[width][!fma ? "plain" : wide ? "wide" : "fma"];
  return unrolls ? tile : { ...tile, steps: 1 };
};

export const tileName = ({ width, rows, columns, fma }: Tile): string => `tile${rows}x${columns}.f${width}${fma ? ".fma" : ""}`;

/** What a tile costs beside its multiplications, in rows: those of four rows are a twentieth slower than those of six. */
const overhead = 0.7;

/**
 * The tile of the same kind for so many rows: where some stick out of every tile, smaller ones waste less. If there are so few
 * columns that half of a wide tile holds them, it is one of those.
 */
export const fittingTile = (tile: Tile, rows: number, columns = Infinity): Tile => {
  const half = (256 / tile.width) * Math.ceil(columns / (256 / tile.width));
  const width = Math.min(tile.columns, half);
  const cost = (unit: number): number => Math.ceil(rows / unit) * (unit + overhead);
  const fitting = smallerTiles(tile).reduce((best, smaller) => (cost(smaller.rows) < cost(best.rows) ? smaller : best));
  return { ...fitting, columns: width };
};

/** A tile, and those of the same kind with fewer rows; the largest first. */
export const smallerTiles = (tile: Tile): readonly Tile[] =>
  [tile.rows, 5, fewestRows].filter((rows) => rows <= tile.rows).map((rows) => ({ ...tile, rows }));

/** Rows that are gone through by tiles of one kind. */
export interface TileRows {
  readonly tile: Tile;
  readonly start: number;
  readonly count: number;
}

/** Rows of the smallest tile that is used. */
export const fewestRows = 4;

/** So many rows by as few tiles as there must be, of about one size, so that none sticks out; where none of these fit, nothing. */
export const evenTiles = (tile: Tile, rows: number): readonly TileRows[] | undefined => {
  const tiles = Math.ceil(rows / tile.rows);
  const least = Math.floor(rows / tiles);
  if (rows === 0 || least < fewestRows) return undefined;
  const larger = (rows % tiles) * (least + 1);
  const parts = [
    { tile: { ...tile, rows: least + 1 }, start: 0, count: larger },
    { tile: { ...tile, rows: least }, start: larger, count: rows - larger },
  ];
  return parts.filter(({ count }) => count > 0);
};

/**
 * How a tile reads: both matrices packed; the right one through a table, or the left one ("windows"); or the left one where
 * it lies, with strides of any size ("direct"), along lines whose steps lie side by side ("lines"), or where the rows of a
 * step do ("beside").
 */
export type Reading = "packed" | "table" | "windows" | "direct" | "lines" | "beside";

/** How a product reads its left matrix. */
export type LeftReading = Exclude<Reading, "table" | "windows">;

/**
 * A function of the module that computes out = a b, or out += a b, for so many steps. `outRow` is in bytes; the columns of
 * a row lie side by side. It must stay a function of its own: inlined into its callers it was seen to run 1.6 times
 * slower. Its parameters are
 * - packed: depth, a, b (panels of the tile's rows and columns), out, outRow, accumulate;
 * - table: the same and `table`: step p of the right matrix lies at b + table[p] (32-bit words, bytes);
 * - windows: the same, but step p of row r of the left one lies r numbers behind a + table[p];
 * - direct, lines, beside: the same and `aRow`, `aStep` (bytes; "lines" has the size of a number there, "beside" in the
 *   place before) and `rows`: the left matrix is not packed, and of its rows only so many are there; the last of them
 *   stands in for the others, but for "beside", which needs all of them.
 *
 * How fast it is depends on the number of instructions beside the multiplications: a processor whose front end serves
 * two threads has little more than the twelve of a step to give. So pointers are moved before they are read (V8 knows that
 * a sum has no upper half, and of a variable it does not), several steps share what a turn of the loop costs, and every
 * offset from which a number is spread is read once before the loop: V8 adds such offsets to the start of the memory, and
 * keeps the sum only if it was there before. That is 87 instructions for 4 steps of 12 multiplications; without it 128.
 */
export const tileFunction = (m: ModuleBuilder, tile: Tile, reading: Reading): Signature<undefined> => {
  const name = `${tileName(tile)}.${reading}`;
  return m.shared(name, () => {
    const { width, rows, columns, fma } = tile;
    const vectors = (columns * width) / 128;
    const common = { depth: "i32", a: "i32", b: "i32", out: "i32", outRow: "i32", accumulate: "i32" } as const;
    const inPlace = { aRow: "i32", aStep: "i32", rows: "i32" } as const;
    const more = { packed: {}, table: { table: "i32" }, windows: { table: "i32" }, direct: inPlace, lines: inPlace, beside: inPlace } as const;
    return m.function(name, { params: { ...common, ...more[reading] } as typeof common }, (f, { depth, a, b, out, outRow, accumulate, ...others }) => {
      const { table, aRow, aStep, rows: rowsThere } = others as Record<string, Variable<"i32">>;
      const { i32 } = f;
      const lane = new WasmLanes(m, f, { width, vectors: 1, fma });
      // Never set to 0: they are 0 already, and a splat of 0 was seen to cost a register.
      const sums = Array.from({ length: rows }, (_, row) => Array.from({ length: vectors }, (_, vector) => f.variable("v128", undefined, `sum${row}_${vector}`)));
      const walk = walks[reading]({ f, tile, a, b, table: table!, aStep: aStep!, rows: reading === "direct" || reading === "lines" ? rowPointers(f, tile, a, aRow!, rowsThere!) : [] });
      const multiply = (step: number): void => {
        const entry = walk.entries && i32.add(walk.entries, i32.load(table!, 4 * step));
        const [from, offset] = walk.right(step, entry);
        const right = Array.from({ length: vectors }, (_, vector) => f.v128.load(from, offset + 16 * vector));
        sums.forEach((list, row) => {
          const left = lane.loadSplat(...walk.left(row, step, entry));
          list.forEach((sum, vector) => f.set(sum, lane.parts(lane.mulAdd(left, lane.ofParts([right[vector]!]), lane.ofParts([sum])))[0] as Value<"v128">));
        });
      };
      const turns = (count: Variable<"i32">, steps: number): void => {
        // The loop stands behind an `if`: a bare one at the head of the function was seen to run at half the speed.
        f.if(count, () => {
          const turn = (back: boolean): void => {
            for (const [pointer, by] of walk.eachStep) move(f, pointer, by, back);
            for (const [pointer, by] of walk.eachTurn) move(f, pointer, steps * by, back);
          };
          const offsets = new Set(Array.from({ length: rows * steps }, (_, i) => walk.left(i % rows, Math.floor(i / rows), a)[1]));
          for (const offset of offsets) if (offset > 0) lane.loadSplat(a, offset);
          turn(true);
          f.loop((again) => {
            for (const [pointer, by] of walk.eachTurn) move(f, pointer, steps * by);
            for (let step = 0; step < steps; step++) {
              for (const [pointer, by] of walk.eachStep) move(f, pointer, by);
              multiply(step);
            }
            f.set(count, i32.sub(count, 1));
            f.branchIf(count, again);
          });
          turn(false);
        });
      };
      const { steps } = tile;
      if (steps > 1) {
        turns(f.variable("i32", i32.shrU(depth, Math.log2(steps)), "turns"), steps);
        f.set(depth, i32.and(depth, steps - 1));
      }
      turns(depth, 1);
      const family = width === 32 ? f.f32x4 : f.f64x2;
      const each = (value: (at: Value<"i32">, offset: number, sum: Value<"v128">) => Value<"v128">): void => {
        let at: Value<"i32"> = out;
        sums.forEach((list, row) => {
          if (row > 0) at = i32.add(at, outRow);
          // All of a row is read before any of it is written: V8 joins neighbours only then.
          f.storeBeside(at, list.map((sum, vector) => value(at, 16 * vector, sum)));
        });
      };
      f.if(
        accumulate,
        () => each((at, offset, sum) => family.add(f.v128.load(at, offset), sum)),
        () => each((_at, _offset, sum) => sum),
      );
    });
  });
};

type Pointer = Variable<"i32">;
type Address = readonly [from: Value<"i32">, offset: number];

/** Through what a tile goes: its parameters, and the rows of a left matrix that is not packed. */
interface Ground {
  readonly f: FunctionBuilder;
  readonly tile: Tile;
  readonly a: Pointer;
  readonly b: Pointer;
  readonly table: Pointer;
  readonly aStep: Value<"i32">;
  readonly rows: readonly Pointer[];
}

interface Walk {
  /** Pointers that move for each step, by so many bytes. */
  readonly eachStep: readonly (readonly [Pointer, Value<"i32"> | number])[];
  /** Pointers that move once a turn, by so many bytes for each of its steps. */
  readonly eachTurn: readonly (readonly [Pointer, number])[];
  /** From where the table's entries count. */
  readonly entries?: Pointer;
  /** Where the left number of a row is, and where the right ones begin. */
  readonly left: (row: number, step: number, entry: Value<"i32"> | undefined) => Address;
  readonly right: (step: number, entry: Value<"i32"> | undefined) => Address;
}

const walks: Readonly<Record<Reading, (ground: Ground) => Walk>> = {
  packed: (g) => ({ ...panelWalk(g), eachStep: [[g.a, g.tile.rows * sizeOf(g)]] }),
  table: (g) => ({ eachStep: [[g.a, g.tile.rows * sizeOf(g)]], eachTurn: [[g.table, 4]], entries: g.b, left: (row) => [g.a, row * sizeOf(g)], right: (_, entry) => [entry!, 0] }),
  windows: (g) => ({ ...panelWalk(g), eachTurn: [[g.table, 4], ...panelWalk(g).eachTurn], entries: g.a, left: (row, _, entry) => [entry!, row * sizeOf(g)] }),
  direct: (g) => ({ ...panelWalk(g), eachStep: g.rows.map((row) => [row, g.aStep]), left: (row) => [g.rows[row]!, 0] }),
  lines: (g) => ({ ...panelWalk(g), eachTurn: [...g.rows.map((row) => [row, sizeOf(g)] as const), ...panelWalk(g).eachTurn], left: (row, step) => [g.rows[row]!, step * sizeOf(g)] }),
  beside: (g) => ({ ...panelWalk(g), eachStep: [[g.a, g.aStep]] }),
};

/** The right matrix in panels, and the rows of a step side by side. */
const panelWalk = (g: Ground): Walk => {
  const panel = g.tile.columns * sizeOf(g);
  return { eachStep: [], eachTurn: [[g.b, panel]], left: (row) => [g.a, row * sizeOf(g)], right: (step) => [g.b, step * panel] };
};

const sizeOf = ({ tile }: Ground): number => tile.width / 8;

/** A pointer for each row, of which so many are there. */
const rowPointers = (f: FunctionBuilder, { rows }: Tile, a: Pointer, aRow: Value<"i32">, there: Value<"i32">): readonly Pointer[] => {
  const out = [a];
  for (let row = 1; row < rows; row++) {
    const before = out[row - 1]!;
    out.push(f.variable("i32", f.select(f.i32.add(before, aRow), before, f.i32.gtS(there, row)), `row${row}`));
  }
  return out;
};

const move = (f: FunctionBuilder, pointer: Pointer, by: Value<"i32"> | number, back = false): void =>
  f.set(pointer, back ? f.i32.sub(pointer, by) : f.i32.add(pointer, by));
