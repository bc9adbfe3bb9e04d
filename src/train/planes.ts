/** The sizes of images on their way through a network of convolutions. */
import type { PixelColumns } from "../data/schema.ts";

export type ImageShape = PixelColumns["shape"];

/** Height and width of a pooling window: 2, and 1 along a side that has no more. */
export const poolSize = ([, height, width]: ImageShape): readonly [number, number] => [Math.min(2, height), Math.min(2, width)];

/** What a convolution that keeps height and width gives, and the pooling after it; what does not fill a window is left out. */
export const pooled = (shape: ImageShape, filters: number): ImageShape => {
  const [high, wide] = poolSize(shape);
  return [filters, Math.floor(shape[1] / high), Math.floor(shape[2] / wide)];
};

/** The image, and what each convolution with its pooling makes of it. */
export const planesOf = (shape: ImageShape, filters: readonly number[]): readonly ImageShape[] =>
  filters.reduce<readonly ImageShape[]>((planes, count) => [...planes, pooled(planes.at(-1)!, count)], [shape]);
