/** The shape of a two-dimensional convolution, all sizes in numbers. One of less dimensions has images of height 1. */

export interface Convolution {
  /** Channels of the image and of the result. */
  readonly channels: number;
  readonly filters: number;
  readonly height: number;
  readonly width: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [y: number, x: number];
  readonly dilation: readonly [y: number, x: number];
  /** Zeros before the first and behind the last row and column. */
  readonly padding: readonly [top: number, bottom: number, left: number, right: number];
}

/**
 * Images [examples, channels, height, width], weights [filters, channels, kernel height, kernel width] and results
 * [examples, filters, lines, columns] belong together; which of the three is computed from the other two: the result of the
 * convolution, or the gradient of its images or of its weights.
 */
export type ConvolutionPart = "results" | "images" | "weights";

export const resultSize = (c: Convolution): readonly [lines: number, columns: number] => {
  const along = (axis: 0 | 1, size: number, before: number, behind: number): number =>
    Math.max(0, Math.floor((size + before + behind - c.dilation[axis] * (c.kernel[axis] - 1) - 1) / c.stride[axis]) + 1);
  return [along(0, c.height, c.padding[0], c.padding[1]), along(1, c.width, c.padding[2], c.padding[3])];
};

/** Multiplications of one example, of which those with padding count too; as many whichever part is computed. */
export const multiplications = (c: Convolution): number => {
  const [lines, columns] = resultSize(c);
  return c.filters * c.channels * c.kernel[0] * c.kernel[1] * lines * columns;
};
