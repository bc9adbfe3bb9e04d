/** The results of convolutions and the gradients of their images: products of weights with windows. */
import { resultSize, type Convolution } from "../../ir/convolution.ts";
import type { ConvolutionKernel } from "../../ir/kernel.ts";
import { upTo } from "../../ir/up-to.ts";
import { inputGradient, paddedImage, type PaddedImage } from "../wasm/geometry.ts";
import { WasmLanes } from "../wasm/lanes.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { gatherPacker, packer } from "../wasm/pack.ts";
import { padImage } from "../wasm/pad.ts";
import type { Value } from "../wasm/values.ts";
import { windowProduct, windowProductScratch, windowSlack } from "../wasm/windows.ts";
import { kindOfTile, sizeOfNumbers, tileFor } from "./convolution-tile.ts";
import { plainImageGradient } from "./plain-image-gradient.ts";
import type { Site, Stretch } from "./stretch.ts";
import { tailOf } from "./tail.ts";
import { makePlanes, type Planes, windowRowsOf } from "./window-rows.ts";
import { nanosecondsOf } from "./work.ts";

/** Multiplications of one call, at least: enough to be worth it, few enough for the threads to share. */
const perCall = 2 ** 20;

/** Of small images into so many calls all the same, or one thread would wait for the other. */
const fewestCalls = 32;

/** A product of packed weights with windows: a plane of lines and columns of each image that is made. */
interface Piece {
  readonly table: number;
  readonly depth: number;
  /** Steps of the pieces before: their weights are packed in front. */
  readonly before: number;
  /** Bytes from the made image's first number. */
  readonly first: number;
  readonly line: number;
  readonly column: number;
  readonly lines: number;
  readonly columns: number;
}

/** The weights of a piece as they are packed: item i at step p lies at i * across + p * along, or where a table says. */
interface Weights {
  readonly across: number;
  readonly along: number | { readonly table: number };
}

interface Task {
  readonly padded: PaddedImage;
  /** The shape of the image that is read: channels, height, width. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** Planes of the image that is made, and bytes of one. */
  readonly rows: number;
  readonly plane: number;
  readonly pieces: readonly (Piece & Weights)[];
}

const resultsTask = (c: Convolution, size: 4 | 8, tables: readonly number[]): Task => {
  const [lines, columns] = resultSize(c);
  const depth = c.channels * c.kernel[0] * c.kernel[1];
  const piece = { table: tables[0]!, depth, before: 0, first: 0, line: columns * size, column: size, lines, columns, across: depth * size, along: size };
  return { padded: paddedImage(c, size), shape: [c.channels, c.height, c.width], rows: c.filters, plane: lines * columns * size, pieces: [piece] };
};

const imagesTask = (c: Convolution, size: 4 | 8, tables: readonly number[]): Task => {
  const { upstream, parts } = inputGradient(c, size);
  let before = 0;
  const pieces = parts.map((part, i) => {
    const depth = part.table.length;
    const piece = {
      table: tables[2 * i]!,
      depth,
      before,
      first: (part.firstLine * c.width + part.firstColumn) * size,
      line: c.stride[0] * c.width * size,
      column: c.stride[1] * size,
      lines: part.lines,
      columns: part.columns,
      across: c.kernel[0] * c.kernel[1] * size,
      along: { table: tables[2 * i + 1]! },
    };
    before += depth;
    return piece;
  });
  return { padded: upstream, shape: [c.filters, ...resultSize(c)], rows: c.channels, plane: c.height * c.width * size, pieces };
};

export const windowProductStretches = (module: ModuleBuilder, name: string, kernel: ConvolutionKernel, part: "results" | "images", site: Site, tables: readonly number[]): readonly Stretch[] => {
  const { convolution: c, examples, weights } = kernel;
  const size = sizeOfNumbers(kernel);
  const task = part === "results" ? resultsTask(c, size, tables) : imagesTask(c, size, tables);
  const { padded, rows, plane, pieces } = task;
  const tile = tileFor(kernel, rows, site);
  const planes = planesOf(task, size);
  const windows = planes && windowRowsOf(kindOfTile(kernel, site), planes);
  const unit = windows?.unit ?? tile.rows;
  const [made, read] = part === "results" ? [kernel.results, kernel.images] : [kernel.images, kernel.results];
  const panels = Math.ceil(rows / unit);
  const step = panels * unit * size;
  const packed = step * pieces.reduce((sum, { depth }) => sum + depth, 0);
  // Of each panel a few sums that are 0, or NaN if a weight of it is not finite.
  const checks = part === "images" ? { from: site.shared + packed, bytes: panels * checkBytes(unit, size) } : undefined;
  const shared = packed + (checks?.bytes ?? 0);
  const pack = packStretch(module, `${name}.pack`, { width: tile.width, unit }, task, { from: site.offsets[weights.id]!, to: site.shared, checks: checks?.from });
  const plain = checks && plainImageGradient(module, `${name}.plain`, tile.width, c);
  const border = upTo(padded.bytes + windowSlack(tile) * size, 64);
  const pad = padImage(module, tile.width);
  const product = windowProduct(module, tile);
  const readBytes = task.shape.reduce((a, b) => a * b, size);
  // A whole image is made before its tail: it has a room of the thread's own if nobody else wants it.
  const aside = kernel.tail?.stored === false ? upTo(plane * rows, 64) : 0;
  const tail = kernel.tail && tailOf(module, name, kernel, site, { pitch: aside === 0 ? undefined : plane / size, unit: plane / size });
  const run = module.function(name, { params: { from: "i32", to: "i32" } }, (f, { from, to }) => {
    const { i32 } = f;
    const room = f.copy(f.global(site.scratch), "i32", "room");
    const image = f.copy(i32.add(room, aside), "i32", "image");
    const scratch = f.copy(i32.add(image, border), "i32", "scratch");
    f.memoryFill(image, 0, border);
    const at = (offset: number, bytes: number, n: Value<"i32">): Value<"i32"> => i32.add(i32.mul(n, bytes), offset);
    const outOf = (n: Value<"i32">): Value<"i32"> => (aside > 0 ? room : f.copy(at(site.offsets[made.id]!, plane * rows, n), "i32", "out"));
    const finish = (n: Value<"i32">): void => tail?.(f, { example: n, row: 0, rowEnd: rows, column: 0, columnEnd: plane / size }, room);
    if (checks && plain) {
      const k = new WasmLanes(module, f, { width: tile.width, vectors: 0, fma: false });
      const strange = f.variable("i32", 0, "strange");
      f.range(0, checks.bytes, size, (i) => f.set(strange, i32.or(strange, k.parts(k.ne(k.load(i32.add(i, checks.from)), 0))[0] as Value<"i32">)));
      f.if(strange, () => {
        f.range(from, to, 1, (n) => {
          f.call(plain, outOf(n), at(site.offsets[read.id]!, readBytes, n), site.offsets[weights.id]!);
          finish(n);
        }, "image");
        f.return();
      });
    }
    f.range(from, to, 1, (n) => {
      f.call(pad, image, padded.toChannel, padded.toPart, padded.toRow, at(site.offsets[read.id]!, readBytes, n), ...task.shape, padded.top, padded.left, ...padded.stride);
      const out = outOf(n);
      if (planes && windows) makePlanes(module, f, windows, planes, { out, plane, image, lineStep: padded.toRow, packed: site.shared, table: pieces[0]!.table, room: scratch });
      else for (const p of pieces) {
        const to = p.first === 0 ? out : i32.add(out, p.first);
        f.call(product, to, plane, p.line, p.column, site.shared + p.before * step, rows, p.table, p.depth, image, padded.toRow, p.lines, p.columns, scratch, 0);
      }
      finish(n);
    }, "image");
  });
  const work = rows * pieces.reduce((sum, { depth, lines, columns }) => sum + depth * lines * columns, 0);
  const block = Math.max(1, Math.min(Math.ceil(perCall / Math.max(1, work)), Math.ceil(examples / fewestCalls)));
  return [pack, { run, size: examples, block, scratch: aside + border + (windows?.room ?? windowProductScratch(tile)), shared, work: nanosecondsOf(kernel) }];
};

/** What a task makes, if that is whole planes at once. */
const planesOf = ({ rows, plane, pieces: [piece, ...others] }: Task, size: number): Planes | undefined => {
  const { lines, columns, depth } = piece!;
  return others.length === 0 && lines * columns * size === plane ? { items: rows, lines, columns, depth } : undefined;
};

/** Bytes of the sums that say of a panel whether it is finite: a vector, where it is made of whole vectors. */
const checkBytes = (unit: number, size: number): number => ((unit * size) % 16 === 0 ? 16 : size);

interface Packing {
  readonly from: number;
  readonly to: number;
  /** Where to say of each panel whether all of it is finite, if anybody asks. */
  readonly checks: number | undefined;
}

/** Weights in panels of so many rows; panels are what is shared out. */
const packStretch = (module: ModuleBuilder, name: string, { width, unit }: { readonly width: 32 | 64; readonly unit: number }, { rows, pieces }: Task, { from, to, checks }: Packing): Stretch => {
  const size = width / 8;
  const panels = Math.ceil(rows / unit);
  const step = panels * unit * size;
  const work = unit * pieces.reduce((sum, { depth }) => sum + depth, 0);
  const run = module.function(name, { params: { from: "i32", to: "i32" } }, (f, range) => {
    const { i32 } = f;
    const first = f.copy(i32.mul(range.from, unit), "i32", "first");
    const count = f.copy(f.least(i32.mul(i32.sub(range.to, range.from), unit), i32.sub(rows, first)), "i32", "count");
    for (const { across, along, depth, before } of pieces) {
      const source = i32.add(i32.mul(first, across), from);
      const target = i32.add(i32.mul(range.from, unit * depth * size), to + before * step);
      if (typeof along === "number") f.call(packer(module, width, unit), source, across, along, count, depth, target);
      else f.call(gatherPacker(module, width, unit), source, across, along.table, count, depth, target);
    }
    if (checks === undefined) return;
    const check = checkBytes(unit, size);
    f.range(range.from, range.to, 1, (panel) => {
      const k = new WasmLanes(module, f, { width, vectors: check === 16 ? 1 : 0, fma: false });
      const [zero] = k.parts(0);
      const sum = f.variable(zero!.type, zero!);
      for (const { depth, before } of pieces) {
        const bytes = unit * depth * size;
        const start = f.copy(i32.add(i32.mul(panel, bytes), to + before * step), "i32", "start");
        f.range(start, i32.add(start, bytes), check, (at) => {
          f.set(sum, k.parts(k.add(k.ofParts([sum]), k.mul(k.load(at), 0)))[0]!);
        });
      }
      k.store(i32.add(i32.mul(panel, check), checks), k.ofParts([sum]));
    });
  });
  return { run, size: panels, block: Math.max(1, Math.ceil(2 ** 14 / Math.max(1, work))), work: panels * work };
};
