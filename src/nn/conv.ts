/** Convolution layers: the same small weights at every place of an image. */
import { normal } from "../api/random.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { WindowOptions } from "../ops/entries/windows.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { zeros, type Tensor } from "../trace/tensor.ts";
import { he, type LayerOptions } from "./linear.ts";

/** w [out, in, height, width] and b [out]. */
export interface Conv {
  readonly w: Tensor;
  readonly b: Tensor;
}

/**
 * The parameters of a convolution from `inputs` to `outputs` channels with a window of `size` (a side, or [height,
 * width]): normal weights, biases 0. A unit sees inputs * height * width numbers, which is what `spread` is told.
 * @throws Diagnostic `bad-window`, `bad-options`
 * @example
 * conv(key(0), 3, 16, 5).w.shape; // [16, 3, 5, 5]
 */
export const conv = (key: Tensor, inputs: number, outputs: number, size: number | readonly [number, number], options: LayerOptions = {}): Conv => {
  checkOptions("conv", options, ["dtype", "spread"]);
  const { dtype = "float64", spread = he } = options;
  const [height, width] = typeof size === "number" ? [size, size] : size;
  const area = height * width;
  if (!(Number.isSafeInteger(height) && Number.isSafeInteger(width) && height >= 1 && width >= 1)) {
    throw new Diagnostic("bad-window", `conv: a window of ${height} x ${width}`, { help: "sizes are whole numbers, 1 or more" });
  }
  const deviation = spread(inputs * area, outputs * area);
  return { w: normal(key, [outputs, inputs, height, width], { deviation, dtype }).realize(), b: zeros([outputs], { dtype }) };
};

/**
 * x [batch, in, height, width] -> [batch, out, rows, columns]: `conv2d` with the same `stride` and `padding`, and a bias
 * for each channel.
 * @throws Diagnostic `conv-shapes`, `not-images`, `window-too-large`, `bad-stride`, `bad-padding`
 * @example
 * const layer = conv(key(0), 1, 8, 3);
 * applyConv(layer, zeros([2, 1, 28, 28]), { padding: 1 }).shape; // [2, 8, 28, 28]
 */
export const applyConv = ({ w, b }: Conv, x: Tensor, options: WindowOptions = {}): Tensor => x.conv2d(w, options).add(b.reshape([b.size, 1, 1]));
