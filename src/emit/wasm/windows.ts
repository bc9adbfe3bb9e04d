/**
 * Products with windows of an image, for convolution and its gradients, without ever laying the windows out. Windows of
 * a padded image are numbers at image + table[p] + line * lineStep + column: the table, one offset for each step of the
 * sum (channel, row and column of the kernel, in bytes), holds all of stride, dilation and order. Where the stride along a
 * line is s, `padImage` deals the columns out to s images, so that windows side by side are numbers side by side.
 */
import { upTo } from "../../ir/up-to.ts";
import { blockFunction, copyTile } from "./block.ts";
import type { FunctionBuilder, Signature } from "./function.ts";
import { depthBlock } from "./matmul.ts";
import type { ModuleBuilder } from "./module.ts";
import { packer, tablePacker } from "./pack.ts";
import { tileFunction, tileName, type Tile } from "./tile.ts";
import type { Value } from "./values.ts";

/** Numbers behind an image that may be read, though nothing is done with them. */
export const windowSlack = (tile: Tile): number => tile.columns;

/** Bytes of scratch for `windowProduct`. */
export const windowProductScratch = (tile: Tile): number => (tile.rows * tile.columns * tile.width) / 8 + 16;

/**
 * A function of the module: out[row, line, column] = sum over p of left[row, p] image[table[p] + line * lineStep + column],
 * or that much more where `accumulate` is not 0. It is the forward pass of a convolution, or with other tables the gradient
 * of its image or of its weights. `left` is packed in panels of the tile's rows (`packer`, `tablePacker`). Steps, tables
 * and pointers are in bytes; behind the image `windowSlack` numbers may be read. Each row of the result is a plane of
 * lines * columns numbers where outColumn is one number and outLine that many; then, unless it accumulates, a tile may
 * stick out into a line that is written after it.
 */
export const windowProduct = (m: ModuleBuilder, tile: Tile): Signature<undefined> => {
  const name = `windows.${tileName(tile)}`;
  return m.shared(name, () => {
    const size = tile.width / 8;
    const run = tileFunction(m, tile, "table");
    const copy = copyTile(m, tile);
    const params = {
      out: "i32", outRow: "i32", outLine: "i32", outColumn: "i32", left: "i32", rows: "i32", table: "i32", depth: "i32", image: "i32", lineStep: "i32",
      lines: "i32", columns: "i32", scratch: "i32", accumulate: "i32",
    } as const;
    return m.function(name, { params }, (f, p) => {
      const { i32 } = f;
      const scratch = f.copy(i32.and(i32.add(p.scratch, 15), -16), "i32", "tile");
      const dense = i32.and(i32.eq(p.outColumn, size), i32.eq(p.outLine, i32.mul(p.columns, size)));
      const overwrites = f.copy(i32.and(dense, i32.eqz(p.accumulate)), "i32", "overwrites");
      const beside = f.copy(i32.eq(p.outColumn, size), "i32", "beside");
      const numbers = f.copy(i32.mul(p.lines, p.columns), "i32", "numbers");
      const panel = f.copy(i32.mul(p.depth, tile.rows * size), "i32", "panel");
      const atOnce = f.copy(stepsAtOnce(f, p.depth), "i32", "atOnce");
      f.range(0, p.lines, 1, (line) => {
        const windows = f.copy(i32.add(p.image, i32.mul(line, p.lineStep)), "i32", "windows");
        f.range(0, p.columns, tile.columns, (column) => {
          const columnsLeft = f.copy(i32.sub(p.columns, column), "i32", "columnsLeft");
          const inLine = i32.and(beside, i32.geS(columnsLeft, tile.columns));
          const inPlane = i32.and(overwrites, i32.leS(i32.add(i32.add(i32.mul(line, p.columns), column), tile.columns), numbers));
          const fits = f.copy(i32.or(inLine, inPlane), "i32", "fits");
          const right = f.copy(i32.add(windows, i32.mul(column, size)), "i32", "right");
          const step = f.variable("i32", 0, "step");
          // All rows of one block of steps before the next: its windows stay in the nearest cache. At least once: a sum of nothing is 0.
          f.loop((again) => {
            const depth = f.copy(f.least(i32.sub(p.depth, step), atOnce), "i32", "depth");
            const table = f.copy(i32.add(p.table, i32.mul(step, 4)), "i32", "steps");
            const more = f.copy(i32.or(p.accumulate, step), "i32", "more");
            const left = f.variable("i32", i32.add(p.left, i32.mul(step, tile.rows * size)), "left");
            const out = f.variable("i32", i32.add(p.out, i32.add(i32.mul(line, p.outLine), i32.mul(column, p.outColumn))), "at");
            f.range(0, p.rows, tile.rows, (row) => {
              const rowsLeft = f.copy(i32.sub(p.rows, row), "i32", "rowsLeft");
              f.if(
                i32.and(fits, i32.geS(rowsLeft, tile.rows)),
                () => f.call(run, depth, left, right, out, p.outRow, more, table),
                () => {
                  f.call(run, depth, left, right, scratch, tile.columns * size, 0, table);
                  f.call(copy, scratch, out, p.outRow, p.outColumn, rowsLeft, columnsLeft, more);
                },
              );
              f.set(left, i32.add(left, panel));
              f.set(out, i32.add(out, i32.mul(p.outRow, tile.rows)));
            }, "row");
            f.set(step, i32.add(step, atOnce));
            f.branchIf(i32.ltS(step, p.depth), again);
          });
        }, "column");
      }, "line");
    });
  });
};

/**
 * A function of the module: out[line, column, item] = sum over p of image[table[p] + line * lineStep + column] right[p, item]:
 * the same products with windows as rows, which are side by side along a line and so waste nothing at its end. Columns are
 * whole tiles' rows, items whole tiles' columns; `right` is packed in panels of those. All but columns, lines, items and
 * depth in bytes; items lie side by side.
 */
export const windowRows = (m: ModuleBuilder, tile: Tile): Signature<undefined> => {
  const name = `windowRows.${tileName(tile)}`;
  return m.shared(name, () => {
    const size = tile.width / 8;
    const run = tileFunction(m, tile, "windows");
    const params = {
      out: "i32", outLine: "i32", outColumn: "i32", right: "i32", items: "i32", table: "i32", depth: "i32", image: "i32", lineStep: "i32", lines: "i32", columns: "i32",
    } as const;
    return m.function(name, { params }, (f, p) => {
      const { i32 } = f;
      const panel = f.copy(i32.mul(p.depth, tile.columns * size), "i32", "panel");
      const atOnce = f.copy(stepsAtOnce(f, p.depth), "i32", "atOnce");
      f.range(0, p.lines, 1, () => {
        const out = f.variable("i32", p.out, "at");
        const windows = f.variable("i32", p.image, "windows");
        f.range(0, p.columns, tile.rows, () => {
          const step = f.variable("i32", 0, "step");
          // At least once: a sum of nothing is 0.
          f.loop((again) => {
            const depth = f.copy(f.least(i32.sub(p.depth, step), atOnce), "i32", "depth");
            const table = f.copy(i32.add(p.table, i32.mul(step, 4)), "i32", "steps");
            const right = f.variable("i32", i32.add(p.right, i32.mul(step, tile.columns * size)), "right");
            f.range(0, p.items, tile.columns, (item) => {
              f.call(run, depth, windows, right, i32.add(out, i32.mul(item, size)), p.outColumn, step, table);
              f.set(right, i32.add(right, panel));
            }, "item");
            f.set(step, i32.add(step, atOnce));
            f.branchIf(i32.ltS(step, p.depth), again);
          });
          f.set(windows, i32.add(windows, tile.rows * size));
          f.set(out, i32.add(out, i32.mul(p.outColumn, tile.rows)));
        }, "column");
        f.set(p.out, i32.add(p.out, p.outLine));
        f.set(p.image, i32.add(p.image, p.lineStep));
      }, "line");
    });
  });
};

/** Steps of a sum that are taken at once: as few blocks as there must be, of equal size. */
const stepsAtOnce = (f: FunctionBuilder, depth: Value<"i32">): Value<"i32"> => {
  const blocks = f.i32.or(ceilDivide(f, depth, f.copy<"i32">(depthBlock, "i32")), f.i32.eqz(depth));
  return ceilDivide(f, depth, f.copy(blocks, "i32", "blocks"));
};

const ceilDivide = (f: FunctionBuilder, x: Value<"i32">, by: Value<"i32">): Value<"i32"> => f.i32.divU(f.i32.add(x, f.i32.sub(by, 1)), by);

/** Lines of the image that one block of `windowGradient` sums over. */
const linesAtOnce = (columns: number): number => Math.max(1, Math.floor(depthBlock / Math.max(columns, 1)));

/** Bytes of scratch for `windowGradient`. */
export const windowGradientScratch = (tile: Tile, taps: number, channels: number, lines: number, columns: number): number => {
  const depth = Math.min(lines, linesAtOnce(columns)) * columns;
  return ((depth * (upTo(taps, tile.rows) + upTo(channels, tile.columns)) + tile.rows * tile.columns) * tile.width) / 8 + 48;
};

/**
 * A function of the module: out[tap, channel] = sum over line, column of image[table[tap] + line * lineStep + column]
 * upstream[channel, line, column], or that much more where `accumulate` is not 0: the gradient of a convolution's
 * weights, one image after another. Each channel of the upstream gradient is a plane of lines * columns numbers,
 * `upstreamRow` bytes apart. Blocks of lines are summed in order, each by itself.
 */
export const windowGradient = (m: ModuleBuilder, tile: Tile): Signature<undefined> => {
  const name = `windowGradient.${tileName(tile)}`;
  return m.shared(name, () => {
    const size = tile.width / 8;
    const packTaps = tablePacker(m, tile.width, tile.rows);
    const packChannels = packer(m, tile.width, tile.columns);
    const block = blockFunction(m, tile, "packed");
    const params = {
      out: "i32", outRow: "i32", outColumn: "i32", table: "i32", taps: "i32", image: "i32", lineStep: "i32", lines: "i32", columns: "i32", upstream: "i32",
      upstreamRow: "i32", channels: "i32", scratch: "i32", accumulate: "i32",
    } as const;
    return m.function(name, { params }, (f, p) => {
      const { i32 } = f;
      const aligned = (x: Value<"i32">): Value<"i32"> => i32.and(i32.add(x, 15), -16);
      const scratch = f.copy(aligned(p.scratch), "i32", "tile");
      const wide = i32.gtS(p.columns, depthBlock);
      const atOnce = f.copy(f.select(f.copy<"i32">(1, "i32"), i32.divU(f.copy<"i32">(depthBlock, "i32"), i32.or(p.columns, i32.eqz(p.columns))), wide), "i32", "atOnce");
      const left = f.copy(i32.add(scratch, tile.rows * tile.columns * size), "i32", "left");
      const most = i32.mul(f.least(p.lines, atOnce), p.columns);
      const right = f.copy(aligned(i32.add(left, i32.mul(i32.mul(f.upTo(p.taps, tile.rows), most), size))), "i32", "right");
      const line = f.variable("i32", 0, "line");
      // At least once: a sum of nothing is 0.
      f.loop((again) => {
        const lines = f.copy(f.least(i32.sub(p.lines, line), atOnce), "i32", "linesNow");
        const depth = f.copy(i32.mul(lines, p.columns), "i32", "depth");
        const first = i32.mul(i32.mul(line, p.columns), size);
        f.call(packChannels, i32.add(p.upstream, first), p.upstreamRow, size, p.channels, depth, right);
        f.call(packTaps, i32.add(p.image, i32.mul(line, p.lineStep)), p.table, p.taps, p.lineStep, lines, p.columns, left);
        f.call(block, left, right, p.taps, p.channels, depth, p.out, p.outRow, p.outColumn, i32.or(p.accumulate, line), scratch);
        f.set(line, i32.add(line, atOnce));
        f.branchIf(i32.ltS(line, p.lines), again);
      });
    });
  });
};
