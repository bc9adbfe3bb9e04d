/**
 * How a product of matrices is computed: by its shape, its strides and the register tile alone, so that neither threads nor
 * time have a say in it. None of it changes bits.
 */
import type { ProductKernel } from "../../ir/kernel.ts";
import { upTo } from "../../ir/up-to.ts";
import { fittingTile, type LeftReading, smallerTiles, type Tile, tileFor, type TileTarget } from "../wasm/tile.ts";

/** A matrix of a product: numbers between examples, between items of its outer axis, and between steps of the sum. */
export interface Side {
  readonly buffer: number;
  readonly batch: number;
  readonly outer: number;
  readonly inner: number;
}

/** A product, perhaps turned: out^T = b^T a^T, with the operands' places changed. */
export interface Oriented {
  readonly rows: number;
  readonly columns: number;
  readonly shared: number;
  readonly left: Side;
  readonly right: Side;
  readonly outRow: number;
  readonly outColumn: number;
}

/**
 * - examples: each point is a few whole products, packed where the thread works;
 * - columns: few rows. Each point packs some columns of the right matrix for itself; the left one is read where it lies;
 * - rows: few columns. The right matrix is packed once for all, and each point reads some rows of the left one in place;
 * - blocks: both are packed once for all, and each point is a block of the result;
 * - halves: the same, but only the right matrix is packed. The left one, whose lines run along the sum, is read in place.
 */
export type WayKind = "examples" | "columns" | "rows" | "blocks" | "halves";

export interface ProductWay extends Oriented {
  readonly kind: WayKind;
  readonly batch: number;
  readonly tile: Tile;
  /** How the tile reads the left matrix. */
  readonly reading: LeftReading;
  /** Sizes of one point: examples, or rows and columns of the result. */
  readonly point: readonly [rows: number, columns: number];
}

/** Multiplications of a product that is not worth sharing out: some microseconds. */
const smallest = 65_536;

/** Multiplications of an example that is worth sharing out where there are several. */
const largeExample = 4_194_304;

/** Rows of a point at most: with a block of steps they are less than a second-level cache holds. */
const highest = 120;

const turn = ({ rows, columns, left, right, outRow, outColumn, shared }: Oriented): Oriented => ({
  rows: columns, columns: rows, shared, left: right, right: left, outRow: outColumn, outColumn: outRow,
});

export const productWay = ({ batch, rows, columns, shared, a, b, out, tail }: ProductKernel, target: TileTarget): ProductWay => {
  const base = tileFor(out.dtype === "float64" ? 64 : 32, target);
  const side = (x: ProductKernel["a"]): Side => ({ buffer: x.buffer.id, batch: x.batch, outer: x.outer, inner: x.inner });
  const given: Oriented = { rows, columns, shared, left: side(a), right: side(b), outRow: columns, outColumn: 1 };
  const work = rows * columns * shared;
  const few = Math.max(16, 2 * base.columns);
  const whole = (kind: WayKind, product: Oriented, point: (tile: Tile) => readonly [number, number], tile = fittingTile(base, product.rows, product.columns)): ProductWay => {
    return { ...product, kind, batch, tile, reading: readingOf(kind, product, tile), point: point(tile) };
  };
  if (work * batch < smallest || batch >= 16 || (batch >= 4 && work < largeExample)) {
    const tile = besideTile(given, fittingTile(base, rows, columns));
    return whole("examples", given, () => [Math.max(1, Math.min(Math.ceil(batch / 16), Math.round((4 * smallest) / work))), 0], tile);
  }
  if (Math.min(rows, columns) > few) {
    const point = (tile: Tile): readonly [number, number] => (tail && rows >= manyRows ? linesOf(rows, columns, tile) : blockOf(rows, columns, tile));
    const isWide = base.columns * base.width > 256;
    return isWide && a.inner === 1 && columns <= mostInPlace ? whole("halves", given, point) : whole("blocks", given, point);
  }
  // The side with few items is the left one, or the right one: whichever way the large matrix is read along its lines.
  const upright = columns <= few ? given : turn(given);
  if (upright.left.outer === 1 && upright.left.inner !== 1) return whole("columns", turn(upright), ({ columns: unit }) => [upright.columns, 8 * unit]);
  return whole("rows", upright, ({ rows: unit }) => [Math.min(upTo(Math.ceil(upright.rows / 32), unit), upTo(highest, unit)), upright.columns]);
};

/** A wide tile reads lines in place at nearly the speed of packed panels. What is lost grows with the columns, and what packing takes does not. */
const mostInPlace = 256;

/** Numbers from the first step of a small left matrix to behind the last that a nearest cache holds beside the others. */
const mostBeside = 4096;

/** Whether the left matrix can be read as if it were packed: the numbers of a step lie side by side, steps near each other, and no tile sticks out. */
const isBeside = ({ left, rows, shared }: Oriented, tile: Tile): boolean => left.outer === 1 && rows % tile.rows === 0 && shared * left.inner <= mostBeside;

/** The largest tile that reads its left matrix so, if there is one: packing a small matrix takes longer than what a larger one gains. */
const besideTile = (product: Oriented, tile: Tile): Tile => {
  return smallerTiles(tile).find((smaller) => isBeside(product, smaller)) ?? tile;
};

/**
 * What is read in place need not be packed. Where the numbers of a step lie side by side that costs nothing; along lines every
 * row of a tile needs a pointer, which only the turns of a wide tile pay for.
 */
const readingOf = (kind: WayKind, product: Oriented, tile: Tile): LeftReading => {
  if (kind === "blocks") return "packed";
  if (isBeside(product, tile)) return "beside";
  const { left, columns } = product;
  const isWorthPacking = kind === "examples" && columns >= 2 * tile.columns && (left.inner !== 1 || tile.steps === 1 || columns > mostInPlace);
  return isWorthPacking ? "packed" : left.inner === 1 ? "lines" : "direct";
};

/** Rows of a product that a tail goes through in long lines: enough of them for the threads to share. */
const manyRows = 192;

/** Of a block with a tail: what stays in a second-level cache beside what the tail reads and stores. */
const line = { rows: 30, columns: 512 };

/**
 * Whole lines, or long parts of them: a tail may read many other tensors, and processors fetch in advance what is read for
 * long in order. An even number of blocks, so that two threads have the same to do.
 */
const linesOf = (rows: number, columns: number, tile: Tile): readonly [number, number] => {
  const pairs = Math.ceil(rows / (2 * line.rows));
  return [upTo(Math.ceil(rows / (2 * pairs)), tile.rows), Math.min(upTo(columns, tile.columns), line.columns)];
};

/** Blocks of a product, at least about so many: who is done first waits for no more than one. */
const fewest = 32;

/**
 * Blocks as square as can be: for every step one of them fetches as many numbers as its two sides are long, and multiplies
 * as many as their product.
 */
const blockOf = (rows: number, columns: number, tile: Tile): readonly [number, number] => {
  let best: readonly [number, number] = [0, 0];
  let least = Infinity;
  for (let parts = Math.ceil(rows / upTo(highest, tile.rows)); parts <= Math.ceil(rows / tile.rows / 2); parts++) {
    const high = upTo(Math.ceil(rows / parts), tile.rows);
    const down = Math.ceil(rows / high);
    const wide = Math.max(upTo(Math.ceil(columns / Math.ceil(fewest / down)), tile.columns), 2 * tile.columns);
    const fetched = down * Math.ceil(columns / wide) * (high + wide);
    if (fetched < least) [best, least] = [[high, wide], fetched];
  }
  return best;
};
