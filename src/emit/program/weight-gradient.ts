/**
 * The gradient of a convolution's weights. Each group of images is summed, one image after another, and the groups' sums
 * are added in order. With its channels last, what lies under one row of the kernel is numbers side by side: they are a
 * product's columns, the filters its rows, and the sum goes over the places of the windows. Where such a row is short (an
 * image of one channel) the windows are packed instead, and the taps are the rows.
 */
import type { Convolution } from "../../ir/convolution.ts";
import { resultSize } from "../../ir/convolution.ts";
import type { ConvolutionKernel } from "../../ir/kernel.ts";
import { upTo } from "../../ir/up-to.ts";
import { channelsLast } from "../wasm/channels-last.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import { paddedImage, pixelImage, pixelTable, windowTable } from "../wasm/geometry.ts";
import { WasmLanes } from "../wasm/lanes.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { packer } from "../wasm/pack.ts";
import { padImage } from "../wasm/pad.ts";
import type { Tile } from "../wasm/tile.ts";
import type { Value } from "../wasm/values.ts";
import { windowGradient, windowGradientScratch, windowProduct, windowProductScratch, windowSlack } from "../wasm/windows.ts";
import { sizeOfNumbers, tileFor } from "./convolution-tile.ts";
import type { Site, Stretch } from "./stretch.ts";
import { nanosecondsOf } from "./work.ts";

/**
 * Groups of images: more than there are threads, so that a slow core holds nobody up, and few enough for adding their sums to
 * take little time beside the images, which is where each has so many places of windows.
 */
const groupsOf = { least: 8, most: 16, places: 512 };
/** Bytes of all groups' sums together, unless one alone is larger. */
const mostBytes = 2 ** 25;

/** Places of windows that are summed over at once. */
const placesAtOnce = 1024;

const weightsOf = ({ filters, channels, kernel }: Convolution): number => filters * channels * kernel[0] * kernel[1];

const linesAtOnce = (c: Convolution): number => {
  const [lines, columns] = resultSize(c);
  return Math.min(lines, Math.max(1, Math.floor(placesAtOnce / columns)));
};

/** Whether a row of the kernel is long enough; by the smallest tile, so that no other one changes bits. */
const byPixel = ({ channels, filters, kernel: [height, width], dilation }: Convolution): boolean => {
  const row = dilation[1] === 1 ? upTo(width * channels, 8) : width * upTo(channels, 8);
  const packing = 10;
  return upTo(filters, 4) * height * row <= upTo(channels * height * width, 4) * (upTo(filters, 8) + packing);
};

export const weightGradientTables = (kernel: ConvolutionKernel): readonly Int32Array[] => {
  const { convolution: c } = kernel;
  const size = sizeOfNumbers(kernel);
  return [byPixel(c) ? pixelTable(c, size, linesAtOnce(c)) : windowTable(c, size)];
};

/** Adds one image's part to a group's sum, or begins it. */
interface OneImage {
  readonly scratch: number;
  /** What must be done once before the images of a call. */
  readonly begin: (f: FunctionBuilder) => void;
  readonly add: (f: FunctionBuilder, image: Value<"i32">, upstream: Value<"i32">, sum: Value<"i32">, accumulate: Value<"i32">) => void;
  /** Numbers from one to the next in a group's sum. */
  readonly strides: { readonly filter: number; readonly channel: number; readonly row: number; readonly column: number };
}

export const weightGradientStretches = (module: ModuleBuilder, name: string, kernel: ConvolutionKernel, site: Site, [table]: readonly number[]): readonly Stretch[] => {
  const { convolution: c, examples, images, results, weights } = kernel;
  const size = sizeOfNumbers(kernel);
  const bytes = weightsOf(c) * size;
  const [lines, columns] = resultSize(c);
  const wanted = Math.min(groupsOf.most, Math.max(groupsOf.least, Math.floor((examples * lines * columns) / groupsOf.places)));
  const groups = Math.max(1, Math.min(examples, wanted, Math.floor(mostBytes / bytes)));
  const one = (byPixel(c) ? pixelWay : windowWay)(module, kernel, site, table!);
  const image = c.channels * c.height * c.width * size;
  const upstream = c.filters * lines * columns * size;
  const run = module.function(name, { params: { from: "i32", to: "i32" } }, (f, { from, to }) => {
    const { i32 } = f;
    one.begin(f);
    f.range(from, to, 1, (group) => {
      const first = f.copy(i32.divU(i32.mul(group, examples), groups), "i32", "first");
      const end = f.copy(i32.divU(i32.mul(i32.add(group, 1), examples), groups), "i32", "end");
      const sum = f.copy(i32.add(i32.mul(group, bytes), site.shared), "i32", "sum");
      f.range(first, end, 1, (n) => {
        const at = (id: number, step: number): Value<"i32"> => i32.add(i32.mul(n, step), site.offsets[id]!);
        one.add(f, at(images.id, image), at(results.id, upstream), sum, i32.ne(n, first));
      }, "image");
    }, "group");
  });
  const added = addGroups(module, `${name}.add`, kernel, groups, site.shared, site.offsets[weights.id]!, one.strides);
  return [{ run, size: groups, block: 1, scratch: one.scratch, shared: groups * bytes, work: nanosecondsOf(kernel) }, added];
};

const pixelWay = (module: ModuleBuilder, kernel: ConvolutionKernel, site: Site, table: number): OneImage => {
  const { convolution: c } = kernel;
  const size = sizeOfNumbers(kernel);
  const tile = tileFor(kernel, c.filters, site);
  const [lines, columns] = resultSize(c);
  const atOnce = linesAtOnce(c);
  const places = atOnce * columns;
  const pixels = pixelImage(c, size);
  const border = upTo(pixels.bytes + windowSlack(tile) * size, 16);
  const panels = upTo(c.filters, tile.rows) * places * size;
  const [copy, pack, product] = [channelsLast(module, tile.width), packer(module, tile.width, tile.rows), windowProduct(module, tile)];
  const [height, width] = c.kernel;
  const beside = c.dilation[1] === 1;
  const row = width * c.channels * size;
  return {
    scratch: border + panels + windowProductScratch(tile),
    begin: (f) => f.memoryFill(f.global(site.scratch), 0, border),
    add: (f, image, upstream, sum, accumulate) => {
      const { i32 } = f;
      const padded = f.copy(f.global(site.scratch), "i32", "padded");
      const left = f.copy(i32.add(padded, border), "i32", "left");
      const scratch = f.copy(i32.add(left, panels), "i32", "scratch");
      f.call(copy, i32.add(padded, pixels.first), pixels.toRow, pixels.toPixel, image, c.channels, c.height, c.width);
      const source = f.copy(upstream, "i32", "upstream");
      f.range(0, lines, atOnce, (line) => {
        const depth = f.copy(f.least(i32.mul(i32.sub(lines, line), columns), places), "i32", "depth");
        f.call(pack, i32.add(source, i32.mul(line, columns * size)), lines * columns * size, size, c.filters, depth, left);
        const from = f.copy(i32.add(padded, i32.mul(line, c.stride[0] * pixels.toRow)), "i32", "from");
        const more = f.copy(i32.or(accumulate, line), "i32", "more");
        const run = (to: Value<"i32">, at: Value<"i32">, outLine: number, step: number, count: number, numbers: number): void =>
          f.call(product, to, height * row, outLine, size, left, c.filters, table, depth, at, step, count, numbers, scratch, more);
        if (beside) run(sum, from, row, pixels.kernelRow, height, width * c.channels);
        else f.range(0, height, 1, (i) => run(i32.add(sum, i32.mul(i, row)), i32.add(from, i32.mul(i, pixels.kernelRow)), c.channels * size, pixels.kernelColumn, width, c.channels), "row");
      }, "line");
    },
    strides: { filter: height * width * c.channels, row: width * c.channels, column: c.channels, channel: 1 },
  };
};

const windowWay = (module: ModuleBuilder, kernel: ConvolutionKernel, site: Site, table: number): OneImage => {
  const { convolution: c } = kernel;
  const size = sizeOfNumbers(kernel);
  const [height, width] = c.kernel;
  const taps = c.channels * height * width;
  const tile: Tile = tileFor(kernel, taps, site);
  const [lines, columns] = resultSize(c);
  const padded = paddedImage(c, size);
  const border = upTo(padded.bytes + windowSlack(tile) * size, 16);
  const [pad, gradient] = [padImage(module, tile.width), windowGradient(module, tile)];
  return {
    scratch: border + windowGradientScratch(tile, taps, c.filters, lines, columns),
    begin: (f) => f.memoryFill(f.global(site.scratch), 0, border),
    add: (f, image, upstream, sum, accumulate) => {
      const to = f.copy(f.global(site.scratch), "i32", "padded");
      f.call(pad, to, padded.toChannel, padded.toPart, padded.toRow, image, c.channels, c.height, c.width, padded.top, padded.left, ...padded.stride);
      f.call(gradient, sum, c.filters * size, size, table, taps, to, padded.toRow, lines, columns, upstream, lines * columns * size, c.filters, f.i32.add(to, border), accumulate);
    },
    strides: { filter: 1, channel: height * width * c.filters, row: width * c.filters, column: c.filters },
  };
};

/** The groups' sums, added in order, each number to its place among the weights. Filters are what is shared out. */
const addGroups = (module: ModuleBuilder, name: string, kernel: ConvolutionKernel, groups: number, from: number, to: number, strides: OneImage["strides"]): Stretch => {
  const { convolution: c } = kernel;
  const size = sizeOfNumbers(kernel);
  const each = c.channels * c.kernel[0] * c.kernel[1];
  const group = weightsOf(c) * size;
  const run = module.function(name, { params: { from: "i32", to: "i32" } }, (f, range) => {
    const { i32 } = f;
    const k = new WasmLanes(module, f, { width: (size * 8) as 32 | 64, vectors: 0, fma: false });
    const target = f.variable("i32", i32.add(i32.mul(range.from, each * size), to), "target");
    const nest = (at: Value<"i32">, [axis, ...rest]: readonly (readonly [count: number, step: number])[]): void => {
      if (axis !== undefined) {
        const source = f.variable("i32", at);
        f.range(0, axis[0], 1, () => {
          nest(source, rest);
          f.set(source, i32.add(source, axis[1] * size));
        });
        return;
      }
      let sum = k.load(at);
      for (let g = 1; g < groups; g++) sum = k.add(sum, k.load(i32.add(at, g * group)));
      k.store(target, sum);
      f.set(target, i32.add(target, size));
    };
    f.range(range.from, range.to, 1, (filter) => {
      nest(i32.add(i32.mul(filter, strides.filter * size), from), [[c.channels, strides.channel], [c.kernel[0], strides.row], [c.kernel[1], strides.column]]);
    }, "filter");
  });
  return { run, size: c.filters, block: Math.max(1, Math.ceil(1024 / each)), work: groups * each * c.filters };
};
