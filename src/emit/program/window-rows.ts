/**
 * Whether the windows of a line are better the rows of a product than its columns: they then waste nothing where a line is
 * no whole number of vectors, and offsets are read less often. What comes out has its filters side by side and must be
 * turned, which many steps of the sum pay for.
 */
import { upTo } from "../../ir/up-to.ts";
import { channelsFirst } from "../wasm/channels-first.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { evenTiles, fewestRows, fittingTile, type Tile, type TileRows } from "../wasm/tile.ts";
import type { Value } from "../wasm/values.ts";
import { windowRows } from "../wasm/windows.ts";

export interface WindowRows {
  /** Parts of a line. */
  readonly segments: readonly TileRows[];
  /** Items with those that fill the last panel, and items of a panel. */
  readonly items: number;
  readonly unit: number;
  /** Lines that are made before they are turned, and bytes of them. */
  readonly lines: number;
  readonly room: number;
}

/** A dense plane of lines and columns for each item, each number of it a sum of so many steps. */
export interface Planes {
  readonly items: number;
  readonly lines: number;
  readonly columns: number;
  readonly depth: number;
}

/** Multiplications that take as long as one number's turning does. */
const turning = 6;

/** Bytes that wait to be turned: they stay in the nearest cache. */
const mostRoom = 16_384;

export const windowRowsOf = (base: Tile, { items, lines, columns, depth }: Planes): WindowRows | undefined => {
  if (columns < fewestRows || base.rows < fewestRows) return undefined;
  const { columns: unit } = fittingTile(base, base.rows, items);
  const segments = segmentsOf({ ...base, columns: unit }, columns);
  const across = segments.reduce((sum, { count }) => sum + count, 0);
  const planes = fittingTile(base, items);
  const [wide, high] = [upTo(items, unit), upTo(items, planes.rows)];
  if (across * wide * depth + turning * items * columns >= upTo(columns, planes.columns) * high * depth) return undefined;
  const line = columns * wide * (base.width / 8);
  const atOnce = Math.min(lines, Math.max(1, Math.floor(mostRoom / line)));
  return { segments, items: wide, unit, lines: atOnce, room: upTo(atOnce * line, 64) };
};

/** Where even the smallest tiles stick out the last one does again what is done. */
const segmentsOf = (tile: Tile, columns: number): readonly TileRows[] => {
  const small = { ...tile, rows: fewestRows };
  const whole = columns - (columns % fewestRows);
  return evenTiles(tile, columns) ?? [{ tile: small, start: 0, count: whole }, { tile: small, start: columns - fewestRows, count: fewestRows }];
};

/** Where the windows of an image are read, and where it goes; steps in bytes. */
export interface WindowPlaces {
  readonly out: Value<"i32">;
  readonly plane: number;
  readonly image: Value<"i32">;
  readonly lineStep: number;
  readonly packed: number;
  readonly table: number;
  readonly room: Value<"i32">;
}

export const makePlanes = (module: ModuleBuilder, f: FunctionBuilder, rows: WindowRows, { items, lines, columns, depth }: Planes, places: WindowPlaces): void => {
  const { i32 } = f;
  const size = rows.segments[0]!.tile.width / 8;
  const pixel = rows.items * size;
  const turn = channelsFirst(module, rows.segments[0]!.tile.width);
  f.range(0, lines, rows.lines, (line) => {
    const count = f.copy(f.least(i32.sub(lines, line), rows.lines), "i32", "lines");
    const windows = f.copy(i32.add(places.image, i32.mul(line, places.lineStep)), "i32", "windows");
    for (const { tile, start, count: some } of rows.segments) {
      const [to, from] = [i32.add(places.room, start * pixel), i32.add(windows, start * size)];
      f.call(windowRows(module, tile), to, columns * pixel, pixel, places.packed, rows.items, places.table, depth, from, places.lineStep, count, some);
    }
    f.call(turn, i32.add(places.out, i32.mul(line, columns * size)), places.plane, places.room, pixel, items, i32.mul(count, columns));
  }, "line");
};
