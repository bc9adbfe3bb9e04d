/**
 * Where the numbers of a two-dimensional convolution lie: the padded images and the tables of offsets that
 * `windowProduct` and `windowGradient` read through. Pure arithmetic; all sizes in numbers unless they say bytes.
 */
import { type Convolution, resultSize } from "../../ir/convolution.ts";

/** A padded copy of an image, as `padImage` makes it. All in bytes but for `top`, `left` and the strides. */
export interface PaddedImage {
  readonly bytes: number;
  readonly toChannel: number;
  readonly toPart: number;
  readonly toRow: number;
  readonly top: number;
  readonly left: number;
  readonly stride: readonly [y: number, x: number];
}

/** The image as the forward pass and the gradient of the weights read it. */
export const paddedImage = (c: Convolution, size: 4 | 8): PaddedImage => {
  const rows = Math.ceil((c.height + c.padding[0] + c.padding[1]) / c.stride[0]);
  const columns = Math.ceil((c.width + c.padding[2] + c.padding[3]) / c.stride[1]);
  const toRow = columns * size;
  const toPart = rows * toRow;
  const toChannel = toPart * c.stride[0] * c.stride[1];
  return { bytes: toChannel * c.channels, toChannel, toPart, toRow, top: c.padding[0], left: c.padding[2], stride: c.stride };
};

/** Bytes from a window's first number to the one under each tap (channel, row and column of the kernel). */
export const windowTable = (c: Convolution, size: 4 | 8): Int32Array => {
  const { toChannel, toPart, toRow } = paddedImage(c, size);
  const [kernelHeight, kernelWidth] = c.kernel;
  const table = new Int32Array(c.channels * kernelHeight * kernelWidth);
  let at = 0;
  for (let channel = 0; channel < c.channels; channel++) {
    for (let i = 0; i < kernelHeight; i++) {
      for (let j = 0; j < kernelWidth; j++) {
        const [y, x] = [i * c.dilation[0], j * c.dilation[1]];
        const part = (y % c.stride[0]) * c.stride[1] + (x % c.stride[1]);
        table[at++] = channel * toChannel + part * toPart + Math.floor(y / c.stride[0]) * toRow + Math.floor(x / c.stride[1]) * size;
      }
    }
  }
  return table;
};

/** The image with its channels last, as the gradient of the weights reads it in vectors. All in bytes. */
export interface PixelImage {
  readonly bytes: number;
  readonly toRow: number;
  readonly toPixel: number;
  /** Of the first number that is not border. */
  readonly first: number;
  /** From the numbers under one row of the kernel to those under the next, and alike for its columns. */
  readonly kernelRow: number;
  readonly kernelColumn: number;
}

export const pixelImage = (c: Convolution, size: 4 | 8): PixelImage => {
  const toPixel = c.channels * size;
  const toRow = (c.width + c.padding[2] + c.padding[3]) * toPixel;
  return {
    bytes: (c.height + c.padding[0] + c.padding[1]) * toRow,
    toRow,
    toPixel,
    first: c.padding[0] * toRow + c.padding[2] * toPixel,
    kernelRow: c.dilation[0] * toRow,
    kernelColumn: c.dilation[1] * toPixel,
  };
};

/** Bytes from a tap's first number in the first window to its number in each window of so many lines of the result. */
export const pixelTable = (c: Convolution, size: 4 | 8, lines: number): Int32Array => {
  const { toRow, toPixel } = pixelImage(c, size);
  const columns = resultSize(c)[1];
  return Int32Array.from({ length: lines * columns }, (_, p) => Math.floor(p / columns) * c.stride[0] * toRow + (p % columns) * c.stride[1] * toPixel);
};

/**
 * One of stride x stride parts of the gradient of the image: the rows y = firstLine + line * stride and the columns
 * alike, which only some taps have reached.
 */
export interface GradientPart {
  readonly firstLine: number;
  readonly firstColumn: number;
  readonly lines: number;
  readonly columns: number;
  /** Bytes from the window's first number in the padded upstream gradient, for (filter, tap). */
  readonly table: Int32Array;
  /** Bytes from W[0, channel, 0, 0] to the weight of (filter, tap). */
  readonly weights: Int32Array;
}

export interface InputGradient {
  /** The upstream gradient in its border; it has one part. */
  readonly upstream: PaddedImage;
  readonly parts: readonly GradientPart[];
}

/** How the gradient of the image is a product of windows of the upstream gradient with the weights. */
export const inputGradient = (c: Convolution, size: 4 | 8): InputGradient => {
  const [lines, columns] = resultSize(c);
  const axes = [
    axisParts(c.height, lines, c.kernel[0], c.stride[0], c.dilation[0], c.padding[0]),
    axisParts(c.width, columns, c.kernel[1], c.stride[1], c.dilation[1], c.padding[2]),
  ] as const;
  const border = axes.map((parts) => ({
    before: Math.max(0, ...parts.flatMap((part) => part.taps.map(({ at }) => -at))),
    behind: Math.max(0, ...parts.flatMap((part) => part.taps.map(({ at }) => at + part.count - part.size))),
  })) as unknown as readonly [Border, Border];
  const toRow = (columns + border[1].before + border[1].behind) * size;
  const toChannel = (lines + border[0].before + border[0].behind) * toRow;
  const upstream = { bytes: toChannel * c.filters, toChannel, toPart: toChannel, toRow, top: border[0].before, left: border[1].before, stride: [1, 1] as const };
  const parts = axes[0].flatMap((y) => axes[1].map((x) => gradientPart(c, size, y, x, upstream)));
  return { upstream, parts: parts.filter((part) => part.lines > 0 && part.columns > 0) };
};

interface Border {
  readonly before: number;
  readonly behind: number;
}

/** Along one axis: every stride-th place of the image from `first` on, and the taps that reach it. */
interface AxisPart {
  readonly first: number;
  readonly count: number;
  /** Numbers of the upstream gradient. */
  readonly size: number;
  /** `at`: which upstream number the first place gets through the tap; the next place gets the next. */
  readonly taps: readonly { readonly tap: number; readonly at: number }[];
}

const axisParts = (size: number, results: number, kernel: number, stride: number, dilation: number, before: number): AxisPart[] =>
  Array.from({ length: stride }, (_, first) => {
    // Place y of the image is under the tap i of window o where y + before = stride o + dilation i.
    const taps = Array.from({ length: kernel }, (_, tap) => ({ tap, at: (first + before - dilation * tap) / stride }));
    return { first, count: Math.max(0, Math.ceil((size - first) / stride)), size: results, taps: taps.filter(({ at }) => Number.isInteger(at)) };
  });

const gradientPart = (c: Convolution, size: 4 | 8, y: AxisPart, x: AxisPart, upstream: PaddedImage): GradientPart => {
  const table: number[] = [];
  const weights: number[] = [];
  for (let filter = 0; filter < c.filters; filter++) {
    for (const i of y.taps) {
      for (const j of x.taps) {
        table.push(filter * upstream.toChannel + (i.at + upstream.top) * upstream.toRow + (j.at + upstream.left) * size);
        weights.push(((filter * c.channels * c.kernel[0] + i.tap) * c.kernel[1] + j.tap) * size);
      }
    }
  }
  return { firstLine: y.first, firstColumn: x.first, lines: y.count, columns: x.count, table: Int32Array.from(table), weights: Int32Array.from(weights) };
};
