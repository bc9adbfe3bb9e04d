/** Register tiles side by side: what is done with two packed blocks. */
import type { Num } from "../../ir/lanes.types.ts";
import type { Signature } from "./function.ts";
import { WasmLanes } from "./lanes.ts";
import type { ModuleBuilder } from "./module.ts";
import { transposed } from "./pack.ts";
import { tileFunction, tileName, type LeftReading, type Tile } from "./tile.ts";
import type { Value } from "./values.ts";

/**
 * All tiles of a block of the left matrix and a packed one of the right. Tiles that stick out, or whose columns lie apart,
 * go through a scratch tile. Unless the left block is packed, its strides come last (leftRow, leftStep, bytes).
 */
export const blockFunction = (m: ModuleBuilder, tile: Tile, reading: LeftReading): Signature<undefined> => {
  const name = `block.${tileName(tile)}.${reading}`;
  return m.shared(name, () => {
    const size = tile.width / 8;
    const inPlace = reading !== "packed";
    const run = tileFunction(m, tile, reading);
    const copy = copyTile(m, tile);
    const common = {
      left: "i32", right: "i32", rows: "i32", columns: "i32", depth: "i32", out: "i32", outRow: "i32", outColumn: "i32", accumulate: "i32", scratch: "i32",
    } as const;
    const params = { ...common, ...(inPlace ? { leftRow: "i32", leftStep: "i32" } : {}) } as typeof common;
    return m.function(name, { params }, (f, { left: leftBlock, right: rightBlock, ...p }) => {
      const { leftRow, leftStep } = p as unknown as Readonly<Record<"leftRow" | "leftStep", Value<"i32">>>;
      const { i32 } = f;
      const leftPanel = f.copy(inPlace ? i32.mul(leftRow, tile.rows) : i32.mul(p.depth, tile.rows * size), "i32", "leftPanel");
      const rightPanel = f.copy(i32.mul(p.depth, tile.columns * size), "i32", "rightPanel");
      const beside = f.copy(i32.eq(p.outColumn, size), "i32", "beside");
      const right = f.variable("i32", rightBlock);
      f.range(0, p.columns, tile.columns, (column) => {
        const columnsLeft = f.copy(i32.sub(p.columns, column), "i32", "columnsLeft");
        const left = f.variable("i32", leftBlock);
        const out = f.variable("i32", i32.add(p.out, i32.mul(column, p.outColumn)), "at");
        f.range(0, p.rows, tile.rows, (row) => {
          const rowsLeft = f.copy(i32.sub(p.rows, row), "i32", "rowsLeft");
          const whole = i32.and(i32.and(i32.geS(rowsLeft, tile.rows), i32.geS(columnsLeft, tile.columns)), beside);
          const more = inPlace ? [leftRow, leftStep, rowsLeft] : [];
          f.if(
            whole,
            () => f.call(run, p.depth, left, right, out, p.outRow, p.accumulate, ...more),
            () => {
              f.call(run, p.depth, left, right, p.scratch, tile.columns * size, 0, ...more);
              f.call(copy, p.scratch, out, p.outRow, p.outColumn, rowsLeft, columnsLeft, p.accumulate);
            },
          );
          f.set(left, i32.add(left, leftPanel));
          f.set(out, i32.add(out, i32.mul(p.outRow, tile.rows)));
        }, "row");
        f.set(right, i32.add(right, rightPanel));
      }, "column");
    });
  });
};

/**
 * The part of a scratch tile that exists, into a result of any strides. Where its rows lie side by side, squares of it are
 * transposed in registers.
 */
export const copyTile = (m: ModuleBuilder, tile: Tile): Signature<undefined> =>
  m.shared(`copy.${tileName(tile)}`, () => {
    const size = tile.width / 8;
    const copyParams = { from: "i32", to: "i32", toRow: "i32", toColumn: "i32", rows: "i32", columns: "i32", accumulate: "i32" } as const;
    return m.function(`copy.${tileName(tile)}`, { params: copyParams }, (f, p) => {
      const { i32 } = f;
      const lane = new WasmLanes(m, f, { width: tile.width, vectors: 0, fma: false });
      const vector = new WasmLanes(m, f, { width: tile.width, vectors: 1, fma: false });
      const side = vector.count;
      const limit = (x: Value<"i32">, most: number): Value<"i32"> => f.copy(f.least(x, most), "i32");
      const [rows, columns] = [limit(p.rows, tile.rows), limit(p.columns, tile.columns)];
      const put = (k: WasmLanes, to: Value<"i32">, value: Num): void =>
        f.if(
          p.accumulate,
          () => k.store(to, k.add(k.load(to), value)),
          () => k.store(to, value),
        );
      /** Rows and columns that were done in squares. */
      const [squareRows, squareColumns] = [f.variable("i32", 0, "squareRows"), f.variable("i32", 0, "squareColumns")];
      f.if(i32.eq(p.toRow, size), () => {
        f.set(squareRows, i32.and(rows, -side));
        f.set(squareColumns, i32.and(columns, -side));
        f.range(0, squareRows, side, (row) =>
          f.range(0, squareColumns, side, (column) => {
            const from = i32.add(p.from, i32.mul(i32.add(i32.mul(row, tile.columns), column), size));
            const to = f.variable("i32", i32.add(p.to, i32.add(i32.mul(row, size), i32.mul(column, p.toColumn))), "corner");
            const square = Array.from({ length: side }, (_, i) => f.v128.load(from, i * tile.columns * size));
            for (const line of transposed(f, tile.width, square)) {
              put(vector, to, vector.ofParts([line]));
              f.set(to, i32.add(to, p.toColumn));
            }
          }, "column"),
        "row");
      });
      f.range(0, rows, 1, (row) => {
        const done = f.copy(f.select(squareColumns, f.copy<"i32">(0, "i32"), i32.ltS(row, squareRows)), "i32", "done");
        const to = f.variable("i32", i32.add(p.to, i32.add(i32.mul(row, p.toRow), i32.mul(done, p.toColumn))), "target");
        const from = f.variable("i32", i32.add(p.from, i32.mul(i32.add(i32.mul(row, tile.columns), done), size)), "source");
        const whole = f.variable("i32", done, "whole");
        const move = (k: WasmLanes, step: Value<"i32"> | number): void => {
          put(k, to, k.load(from));
          f.set(to, i32.add(to, step));
          f.set(from, i32.add(from, k.count * size));
        };
        f.if(i32.eq(p.toColumn, size), () => {
          f.set(whole, i32.add(done, i32.and(i32.sub(columns, done), -side)));
          f.range(done, whole, side, () => move(vector, 16), "column");
        });
        f.range(whole, columns, 1, () => move(lane, p.toColumn), "column");
      }, "row");
    });
  });
