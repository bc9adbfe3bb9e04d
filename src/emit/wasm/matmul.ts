/**
 * Matrix products of any strides: blocks of both matrices are packed into panels (pack.ts), a register tile (tile.ts)
 * runs over pairs of them. Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
 *
 * Bits: every element is a sum over blocks of `depthBlock` steps, added in order, each summed in order by itself; whether
 * multiply-add is fused is all that changes them. Tiles, packing and how callers share out rows and columns do not.
 */
import { upTo } from "../../ir/up-to.ts";
import { blockFunction } from "./block.ts";
import type { Signature } from "./function.ts";
import type { ModuleBuilder } from "./module.ts";
import { packer } from "./pack.ts";
import { tileName, type LeftReading, type Tile } from "./tile.ts";

/** Steps of the sum for which a block of the left matrix stays in a second-level cache of 256 KiB or more. */
export const depthBlock = 256;
/** A multiple of the rows of every tile (4, 5, 6). */
const rowBlock = 120;
/** A multiple of the columns of every tile; the packed block of the right matrix has 1 MiB then. */
const columnBlock = 1024;

/** Bytes of scratch memory that a product of these sizes needs, 16-byte aligned. */
export const matmulScratch = (tile: Tile, m: number, n: number, k: number): number => {
  const depth = Math.min(k, depthBlock);
  const numbers = depth * (upTo(Math.min(m, rowBlock), tile.rows) + upTo(Math.min(n, columnBlock), tile.columns)) + tile.rows * tile.columns;
  return upTo((numbers * tile.width) / 8, 16) + 32;
};

const params = {
  out: "i32", outRow: "i32", outColumn: "i32", a: "i32", aRow: "i32", aColumn: "i32", b: "i32", bRow: "i32", bColumn: "i32",
  m: "i32", n: "i32", k: "i32", scratch: "i32", accumulate: "i32",
} as const;

/**
 * A function of the module (out, outRow, outColumn, a, aRow, aColumn, b, bRow, bColumn, m, n, k, scratch, accumulate):
 * out[i, j] = sum over p of a[i, p] b[p, j], or that much more where `accumulate` is not 0. Pointers are in bytes, strides
 * in numbers. `scratch` needs `matmulScratch` bytes, each thread its own. The result is written fastest where its columns
 * lie side by side. The strides of a must be those of the reading, and of "beside" there must be whole tiles.
 */
export const matmul = (m: ModuleBuilder, tile: Tile, reading: LeftReading): Signature<undefined> => {
  const name = `matmul.${tileName(tile)}.${reading}`;
  return m.shared(name, () => driver(m, name, tile, reading));
};

/** The walk over the blocks; unless it is packed, the left matrix is read where it lies. */
const driver = (m: ModuleBuilder, name: string, tile: Tile, reading: LeftReading): Signature<undefined> => {
  const size = tile.width / 8;
  const inPlace = reading !== "packed";
  const packLeft = packer(m, tile.width, tile.rows);
  const packRight = packer(m, tile.width, tile.columns);
  const block = blockFunction(m, tile, reading);
  return m.function(name, { params }, (f, p) => {
    const { i32 } = f;
    for (const stride of [p.outRow, p.outColumn, p.aRow, p.aColumn, p.bRow, p.bColumn]) f.set(stride, i32.mul(stride, size));
    const start = i32.and(i32.add(p.scratch, 15), -16);
    const left = f.copy(i32.add(start, tile.rows * tile.columns * size), "i32", "left");
    const leftBytes = i32.mul(i32.mul(f.upTo(f.least(rowBlock, p.m), tile.rows), f.least(depthBlock, p.k)), size);
    const right = f.copy(i32.and(i32.add(i32.add(left, leftBytes), 15), -16), "i32", "right");
    f.range(0, p.n, columnBlock, (column) => {
      const columns = f.copy(f.least(columnBlock, i32.sub(p.n, column)), "i32", "columns");
      const step = f.variable("i32", 0, "step");
      // At least once: a sum of nothing is 0.
      f.loop((again) => {
        const depth = f.copy(f.least(depthBlock, i32.sub(p.k, step)), "i32", "depth");
        f.call(packRight, i32.add(p.b, i32.add(i32.mul(step, p.bRow), i32.mul(column, p.bColumn))), p.bColumn, p.bRow, columns, depth, right);
        f.range(0, p.m, rowBlock, (row) => {
          const rows = f.copy(f.least(rowBlock, i32.sub(p.m, row)), "i32", "rows");
          const from = i32.add(p.a, i32.add(i32.mul(row, p.aRow), i32.mul(step, p.aColumn)));
          if (!inPlace) f.call(packLeft, from, p.aRow, p.aColumn, rows, depth, left);
          const out = i32.add(p.out, i32.add(i32.mul(row, p.outRow), i32.mul(column, p.outColumn)));
          const more = inPlace ? [p.aRow, p.aColumn] : [];
          f.call(block, inPlace ? from : left, right, rows, columns, depth, out, p.outRow, p.outColumn, i32.or(p.accumulate, step), start, ...more);
        }, "row");
        f.set(step, i32.add(step, depthBlock));
        f.branchIf(i32.ltS(step, p.k), again);
      });
    }, "column");
  });
};
