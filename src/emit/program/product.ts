/**
 * Products of matrices as stretches: what is packed for all threads first, then the result by blocks, each of which is
 * written by one of them, who goes on with the tail. Every element is the sum that wasm/matmul.ts describes, whatever the
 * blocks are.
 */
import { deepest, type ProductKernel } from "../../ir/kernel.ts";
import { upTo } from "../../ir/up-to.ts";
import { blockFunction } from "../wasm/block.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import { depthBlock, matmul, matmulScratch } from "../wasm/matmul.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { packer } from "../wasm/pack.ts";
import type { Value } from "../wasm/values.ts";
import { productWay, type ProductWay, type Side } from "./product-way.ts";
import type { Site, Stretch } from "./stretch.ts";
import { tailOf, type Tailing } from "./tail.ts";
import { moveNanoseconds, multiplyNanoseconds, tailNanoseconds } from "./work.ts";

/** A part of an axis. */
interface Part {
  readonly start: number;
  readonly size: number;
}

/** What is packed at once has so many numbers at most; where more are needed, one part of the product follows another. */
const mostPacked = 4 * 2 ** 20;
/** Items that one point packs. */
const packedAtOnce = 128;
/** Numbers that a tail is given at once, at most, and columns: they stay in a second-level cache. */
const mostNumbers = 65_536;
const mostColumns = 512;

/** The largest number that both are multiples of. */
const commonOf = (a: number, b: number): number => (a === 0 ? b : commonOf(b % a, a));

const partsOf = (size: number, most: number): readonly Part[] =>
  Array.from({ length: Math.ceil(size / most) }, (_, i) => ({ start: i * most, size: Math.min(most, size - i * most) }));

interface ProductPart {
  readonly z: Part;
  readonly step: Part;
  readonly row: Part;
  readonly column: Part;
}

/** Where a packed matrix lies: its address, and its items with those that fill the last panel. */
interface Room {
  readonly start: number;
  readonly items: number;
}

interface Rooms {
  readonly left: Room;
  readonly right: Room;
  readonly bytes: number;
}

/** Which matrices are packed before a part. */
interface Packs {
  readonly left: boolean;
  readonly right: boolean;
}

type Place = Value<"i32"> | 0;

/** Where blocks of the result go, and what is then done with them. Strides are in numbers. */
interface Target {
  readonly row: number;
  readonly column: number;
  /** Bytes of the room that blocks are written into, one over the other; 0 where they go to their places in the result. */
  readonly room: number;
  readonly tail: Tailing | undefined;
}

export const productStretches = (module: ModuleBuilder, name: string, kernel: ProductKernel, site: Site): readonly Stretch[] => {
  const way = productWay(kernel, site.target);
  const writer = new ProductWriter(module, name, way, kernel, site);
  switch (way.kind) {
    case "examples":
      return [writer.examples()];
    case "columns":
      return [writer.columns()];
    default:
      return writer.blocks();
  }
};

class ProductWriter {
  readonly #module: ModuleBuilder;
  readonly #name: string;
  readonly #way: ProductWay;
  readonly #kernel: ProductKernel;
  readonly #site: Site;
  /** Bytes of a number, and of a register tile. */
  readonly #size: number;
  readonly #tileBytes: number;

  constructor(module: ModuleBuilder, name: string, way: ProductWay, kernel: ProductKernel, site: Site) {
    this.#module = module;
    this.#name = name;
    this.#way = way;
    this.#kernel = kernel;
    this.#site = site;
    this.#size = way.tile.width / 8;
    this.#tileBytes = upTo(way.tile.rows * way.tile.columns * this.#size, 64);
  }

  examples(): Stretch {
    const { batch, rows, columns, shared, tile, reading, left, right, point } = this.#way;
    const run = matmul(this.#module, tile, reading);
    const wide = this.#kernel.tail ? Math.min(columns, mostColumns) : columns;
    const high = this.#kernel.tail ? Math.min(rows, Math.floor(mostNumbers / wide / tile.rows) * tile.rows) : rows;
    const target = this.#target(high, wide);
    const scratch = upTo(matmulScratch(tile, high, wide, shared), 64);
    return this.#stretch("", batch, point[0], scratch + target.room, (f, z) => {
      f.range(0, rows, high, (row) => {
        const rowsHere = f.copy(f.least(high, f.i32.sub(rows, row)), "i32", "rows");
        f.range(0, columns, wide, (column) => {
          const columnsHere = f.copy(f.least(wide, f.i32.sub(columns, column)), "i32", "columns");
          const own = f.global(this.#site.scratch);
          const room = f.copy(f.i32.add(own, scratch), "i32", "room");
          const [a, b] = [this.#address(f, left, z, row, 0), this.#address(f, right, z, column, 0)];
          const to = this.#place(f, target, room, z, row, column);
          f.call(run, to, target.row, target.column, a, left.outer, left.inner, b, right.inner, right.outer, rowsHere, columnsHere, shared, own, 0);
          this.#finish(f, target, room, z, row, rowsHere, column, columnsHere);
        }, "column");
      }, "row");
    });
  }

  columns(): Stretch {
    const { batch, rows, columns, shared, tile, left, right, point } = this.#way;
    const [, width] = point;
    const pack = packer(this.#module, tile.width, tile.columns);
    const run = blockFunction(this.#module, tile, this.#way.reading);
    const size = this.#size;
    const blocks = Math.ceil(columns / width);
    const target = this.#target(rows, Math.min(width, columns));
    const scratch = upTo(this.#tileBytes + Math.min(shared, depthBlock) * upTo(Math.min(columns, width), tile.columns) * size, 64);
    return this.#stretch("", batch * blocks, 1, scratch + target.room, (f, point) => {
      const { i32 } = f;
      const z = f.copy(i32.divU(point, blocks), "i32", "z");
      const column = f.copy(i32.mul(i32.sub(point, i32.mul(z, blocks)), width), "i32", "column");
      const count = f.copy(f.least(width, i32.sub(columns, column)), "i32", "columns");
      const own = f.global(this.#site.scratch);
      const packed = f.copy(i32.add(own, this.#tileBytes), "i32", "packed");
      const room = f.copy(i32.add(own, scratch), "i32", "room");
      const all = f.copy<"i32">(rows, "i32", "rows");
      f.range(0, shared, depthBlock, (step) => {
        const depth = f.copy(f.least(depthBlock, i32.sub(shared, step)), "i32", "depth");
        f.call(pack, this.#address(f, right, z, column, step), right.outer * size, right.inner * size, count, depth, packed);
        this.#block(f, run, target, this.#address(f, left, z, 0, step), packed, all, count, depth, this.#place(f, target, room, z, 0, column), step, true);
      }, "step");
      this.#finish(f, target, room, z, 0, all, column, count);
    });
  }

  /** Parts of the product one after the other; in each what is packed first, and then the result. */
  blocks(): readonly Stretch[] {
    const { batch, rows, columns, shared, tile, kind } = this.#way;
    const depth = Math.min(shared, deepest);
    const most = (items: number, unit: number): number => Math.max(unit, Math.min(upTo(items, unit), Math.floor(mostPacked / depth / unit) * unit));
    const [high, wide] = [most(rows, tile.rows), most(columns, tile.columns)];
    const examples = Math.max(1, Math.floor(mostPacked / (depth * Math.max(high, wide))));
    const direct = kind !== "blocks";
    const mostRight = Math.min(batch, examples) * depth * wide;
    const out: Stretch[] = [];
    for (const z of partsOf(batch, examples)) {
      for (const step of partsOf(shared, depth)) {
        const [rowParts, columnParts] = [direct ? [{ start: 0, size: rows }] : partsOf(rows, high), partsOf(columns, wide)];
        for (const column of columnParts) {
          for (const row of rowParts) {
            // What the part before has packed is still there.
            const packs = { right: row.start === 0, left: !direct && (column.start === 0 || rowParts.length > 1) };
            out.push(...this.#part(`.${out.length}`, { z, step, row, column }, packs, mostRight));
          }
        }
      }
    }
    return out;
  }

  #part(name: string, part: ProductPart, packs: Packs, mostRight: number): readonly Stretch[] {
    const { tile, point, kind, left, shared } = this.#way;
    const { z, step, row, column } = part;
    const size = this.#size;
    const direct = kind !== "blocks";
    const rooms = this.#rooms(part, mostRight);
    const packed = this.#packing(`${name}.pack`, part, packs, rooms);
    const run = blockFunction(this.#module, tile, this.#way.reading);
    const [high, wide] = [Math.min(point[0], upTo(row.size, tile.rows)), Math.min(point[1], upTo(column.size, tile.columns))];
    const [down, across] = [Math.ceil(row.size / high), Math.ceil(column.size / wide)];
    const isLast = step.start + step.size === shared;
    const atOnce = Math.min(wide, mostColumns);
    const target = isLast ? this.#target(high, atOnce, commonOf(row.start, high), commonOf(column.start, commonOf(wide, atOnce))) : this.#plain();
    const multiplied = this.#stretch(name, z.size * down * across, 1, this.#tileBytes + target.room, (f, i) => {
      const { i32 } = f;
      // Threads take points from front to back, so each has columns of its own, and of the right matrix only those.
      const line = f.copy(i32.divU(i, down), "i32", "line");
      const example = f.copy(i32.divU(line, across), "i32", "example");
      const firstRow = f.copy(i32.mul(i32.sub(i, i32.mul(line, down)), high), "i32", "row");
      const firstColumn = f.copy(i32.mul(i32.sub(line, i32.mul(example, across)), wide), "i32", "column");
      const rows = f.copy(f.least(high, i32.sub(row.size, firstRow)), "i32", "rows");
      const columns = f.copy(f.least(wide, i32.sub(column.size, firstColumn)), "i32", "columns");
      const zNow = f.copy(i32.add(example, z.start), "i32", "z");
      /** In a room: panels of a block of steps lie one behind the other, and blocks likewise. */
      const panel = (room: Room, at: Value<"i32">, item: Value<"i32">, depth: Value<"i32">): Value<"i32"> =>
        i32.add(i32.mul(i32.add(i32.mul(i32.add(i32.mul(example, step.size), at), room.items), i32.mul(item, depth)), size), room.start);
      const depths = (body: (at: Value<"i32">, depth: Value<"i32">) => void): void =>
        f.range(0, step.size, depthBlock, (at) => body(at, f.copy(f.least(depthBlock, i32.sub(step.size, at)), "i32", "depth")), "step");
      const started = (at: Value<"i32">): Value<"i32"> => i32.add(at, step.start);
      const room = f.copy(i32.add(f.global(this.#site.scratch), this.#tileBytes), "i32", "room");
      if (kind !== "rows") {
        const some = (first: Value<"i32">, count: Value<"i32">): void => {
          const [rowNow, columnNow] = [f.copy(i32.add(firstRow, row.start), "i32", "rowNow"), f.copy(i32.add(first, column.start), "i32", "columnNow")];
          depths((at, depth) => {
            const to = this.#place(f, target, room, zNow, rowNow, columnNow);
            const from = direct ? this.#address(f, left, zNow, rowNow, started(at)) : panel(rooms.left, at, firstRow, depth);
            this.#block(f, run, target, from, panel(rooms.right, at, first, depth), rows, count, depth, to, started(at), direct);
          });
          this.#finish(f, target, room, zNow, rowNow, rows, columnNow, count);
        };
        if (target.tail === undefined || wide <= mostColumns) some(firstColumn, columns);
        else {
          f.range(0, columns, mostColumns, (by) => {
            some(f.copy(i32.add(firstColumn, by), "i32", "first"), f.copy(f.least(mostColumns, i32.sub(columns, by)), "i32", "count"));
          }, "by");
        }
        return;
      }
      // Tile by tile through all steps: the rows are read from end to end.
      f.range(0, rows, tile.rows, (down) => {
        const at = f.copy(i32.add(firstRow, down), "i32", "at");
        const count = f.copy(f.least(tile.rows, i32.sub(rows, down)), "i32", "count");
        depths((first, depth) => {
          const to = this.#place(f, target, room, zNow, at, i32.add(firstColumn, column.start), down);
          const from = this.#address(f, left, zNow, at, started(first));
          this.#block(f, run, target, from, panel(rooms.right, first, firstColumn, depth), count, columns, depth, to, started(first), true);
        });
      }, "down");
      this.#finish(f, target, room, zNow, firstRow, rows, f.copy(i32.add(firstColumn, column.start), "i32", "columnNow"), columns);
    });
    const numbers = z.size * row.size * column.size;
    const work = multiplyNanoseconds(numbers * step.size) + (isLast ? (tailNanoseconds(this.#kernel) * numbers) / this.#kernel.out.size : 0);
    return [...packed, { ...multiplied, shared: rooms.bytes, work }];
  }

  /** For blocks of so many rows and columns, which begin at multiples of the others. */
  #target(high: number, wide: number, rowUnit = high, columnUnit = wide): Target {
    const { outColumn } = this.#way;
    const { tail } = this.#kernel;
    if (tail === undefined) return this.#plain();
    const turned = outColumn !== 1;
    // Rows of the result lie side by side in the room, too.
    const pitch = turned ? high : wide;
    const own = tailOf(this.#module, this.#name, this.#kernel, this.#site, { pitch: tail.stored ? undefined : pitch, unit: turned ? rowUnit : columnUnit });
    const named: Tailing = turned ? (f, { example, row, rowEnd, column, columnEnd }, room) => own(f, { example, row: column, rowEnd: columnEnd, column: row, columnEnd: rowEnd }, room) : own;
    if (tail.stored) return { ...this.#plain(), tail: named };
    return { row: turned ? 1 : pitch, column: turned ? pitch : 1, room: upTo(high * wide * this.#size, 64), tail: named };
  }

  #plain(): Target {
    const { outRow, outColumn } = this.#way;
    return { row: outRow, column: outColumn, room: 0, tail: undefined };
  }

  /** Where a block is written, in the result, or in the room, where it begins `down` rows below the first. */
  #place(f: FunctionBuilder, target: Target, room: Value<"i32">, z: Place, row: Place, column: Place, down: Place = 0): Value<"i32"> {
    if (target.room === 0) return this.#result(f, z, row, column);
    return down === 0 ? room : f.i32.add(room, f.i32.mul(down, target.row * this.#size));
  }

  /** What follows when all sums of a block are there. */
  #finish(f: FunctionBuilder, { tail }: Target, room: Value<"i32">, example: Place, row: Place, rows: Value<"i32">, column: Place, columns: Value<"i32">): void {
    tail?.(f, { example, row, rowEnd: f.i32.add(rows, row), column, columnEnd: f.i32.add(columns, column) }, room);
  }

  /** Where a part's packed matrices lie, the left one behind as many numbers as the right one ever has. */
  #rooms({ z, step, row, column }: ProductPart, most: number): Rooms {
    const { tile, kind } = this.#way;
    const size = this.#size;
    const right = { start: this.#site.shared, items: upTo(column.size, tile.columns) };
    const left = { start: right.start + upTo(most * size, 64), items: kind !== "blocks" ? 0 : upTo(row.size, tile.rows) };
    return { left, right, bytes: left.start + upTo(z.size * step.size * left.items * size, 64) - right.start };
  }

  #packing(name: string, part: ProductPart, packs: Packs, rooms: Rooms): readonly Stretch[] {
    const { tile } = this.#way;
    const { z, step } = part;
    const size = this.#size;
    const depths = Math.ceil(step.size / depthBlock);
    const sides = [
      ...(packs.right ? [{ side: this.#way.right, room: rooms.right, items: part.column, unit: tile.columns }] : []),
      ...(packs.left ? [{ side: this.#way.left, room: rooms.left, items: part.row, unit: tile.rows }] : []),
    ];
    const jobs = sides.map(({ side, room, items, unit }) => {
      const atOnce = upTo(packedAtOnce, unit);
      const groups = Math.ceil(items.size / atOnce);
      return { side, room, items, atOnce, groups, points: z.size * depths * groups, pack: packer(this.#module, tile.width, unit) };
    });
    const all = jobs.reduce((sum, { points }) => sum + points, 0);
    if (all === 0) return [];
    const stretch = this.#stretch(name, all, 1, 0, (f, i) => {
      const { i32 } = f;
      const rest = f.variable("i32", i, "rest");
      for (const { side, room, items, atOnce, groups, points, pack } of jobs) {
        f.if(i32.ltU(rest, points), () => {
          const line = f.copy(i32.divU(rest, groups), "i32", "line");
          const example = f.copy(i32.divU(line, depths), "i32", "example");
          const item = f.copy(i32.mul(i32.sub(rest, i32.mul(line, groups)), atOnce), "i32", "item");
          const first = f.copy(i32.mul(i32.sub(line, i32.mul(example, depths)), depthBlock), "i32", "first");
          const depth = f.copy(f.least(depthBlock, i32.sub(step.size, first)), "i32", "depth");
          const count = f.least(atOnce, i32.sub(items.size, item));
          const from = this.#address(f, side, i32.add(example, z.start), i32.add(item, items.start), i32.add(first, step.start));
          const place = i32.add(i32.mul(i32.add(i32.mul(example, step.size), first), room.items), i32.mul(item, depth));
          f.call(pack, from, side.outer * size, side.inner * size, count, depth, i32.add(i32.mul(place, size), room.start));
        });
        // As an unsigned number it is far beyond what is left once its job is done.
        f.set(rest, i32.sub(rest, points));
      }
    });
    const numbers = sides.reduce((sum, { items }) => sum + z.size * step.size * items.size, 0);
    return [{ ...stretch, shared: rooms.bytes, work: moveNanoseconds(numbers) }];
  }

  #stretch(name: string, size: number, block: number, scratch: number, write: (f: FunctionBuilder, point: Value<"i32">) => void): Stretch {
    const run = this.#module.function(`${this.#name}${name}`, { params: { from: "i32", to: "i32" } }, (f, { from, to }) => f.range(from, to, 1, (i) => write(f, i), "point"));
    return { run, size, block, scratch };
  }

  #block(f: FunctionBuilder, run: ReturnType<typeof blockFunction>, target: Target, left: Value<"i32">, right: Value<"i32">, rows: Value<"i32">, columns: Value<"i32">, depth: Value<"i32">, to: Value<"i32">, step: Value<"i32">, direct: boolean): void {
    const { left: side } = this.#way;
    const size = this.#size;
    const more = direct ? [side.outer * size, side.inner * size] : [];
    f.call(run, left, right, rows, columns, depth, to, target.row * size, target.column * size, step, f.global(this.#site.scratch), ...more);
  }

  /** Where an operand's number is: example, item along its outer axis, step of the sum. */
  #address(f: FunctionBuilder, side: Side, z: Place, item: Place, step: Place): Value<"i32"> {
    return this.#affine(f, this.#site.offsets[side.buffer]!, [[z, side.batch], [item, side.outer], [step, side.inner]]);
  }

  #result(f: FunctionBuilder, z: Place, row: Place, column: Place): Value<"i32"> {
    const { rows, columns, outRow, outColumn } = this.#way;
    return this.#affine(f, this.#site.offsets[this.#kernel.out.id]!, [[z, rows * columns], [row, outRow], [column, outColumn]]);
  }

  #affine(f: FunctionBuilder, start: number, terms: readonly (readonly [Place, number])[]): Value<"i32"> {
    return terms.reduce<Value<"i32">>((sum, [i, stride]) => (i === 0 || stride === 0 ? sum : f.i32.add(sum, f.i32.mul(i, stride * this.#size))), f.copy<"i32">(start, "i32"));
  }
}
