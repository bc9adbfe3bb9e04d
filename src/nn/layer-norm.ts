/** Layer norm: every example is brought to mean 0 and variance 1 by itself, whatever the batch. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { DType } from "../ir/dtype.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { ones, zeros, type Tensor } from "../trace/tensor.ts";

/** What is learned of a normalisation: scale and shift, each [size]. Penalties leave both out, as they do biases. */
export interface Norm {
  readonly scale: Tensor;
  readonly shift: Tensor;
}

export interface NormOptions {
  /** Added to the variance, so that equal numbers become 0 and not NaN. Default 1e-5. */
  readonly epsilon?: number;
}

/** Scale 1 and shift 0 for `size` numbers: nothing random, hence no key. */
export const freshNorm = (size: number, options: { readonly dtype?: DType }): Norm => ({ scale: ones([size], options), shift: zeros([size], options) });

/** One number for each place of an axis, under the name of its field; of the wrong length it could silently broadcast. */
export const checkNorm = (what: string, fields: Readonly<Record<string, Tensor>>, x: Tensor, axis: number, axisName: string): void => {
  const wanted = x.shape.at(axis);
  const wrong = Object.entries(fields).find(([, each]) => each.rank !== 1 || each.shape[0] !== wanted);
  if (wrong === undefined) return;
  const [name, field] = wrong;
  const has = wanted === undefined ? "is missing" : `has ${wanted}`;
  throw new Diagnostic("norm-does-not-fit", `${what}: ${name} ${shapeText(field.shape)} for x ${shapeText(x.shape)}, whose ${axisName} ${has}`, {
    operands: [{ name: field.name ?? name, shape: field.shape }, { name: x.name ?? "x", shape: x.shape }],
    help: `make it with as many numbers as the ${axisName} has`,
  });
};

/**
 * The parameters of a layer norm over `size` numbers: scale 1, shift 0. `dtype` is float64 by default.
 * @example
 * summary(layerNorm(128)).parameters; // 256
 */
export const layerNorm = (size: number, options: { readonly dtype?: DType } = {}): Norm => freshNorm(size, options);

/**
 * (x - mean) / sqrt(variance + epsilon) * scale + shift along the last axis (Ba et al. 2016): x [..., size] -> [..., size].
 * The same when training and when predicting.
 * @throws Diagnostic `norm-does-not-fit`, `bad-epsilon`, `bad-options`
 * @example
 * applyLayerNorm(layerNorm(2), tensor([[1, 3], [7, 7]]), { epsilon: 1e-20 }).toArraySync(); // => [[-1, 1], [0, 0]]
 */
export const applyLayerNorm = ({ scale, shift }: Norm, x: Tensor, options: NormOptions = {}): Tensor => {
  checkOptions("applyLayerNorm", options, ["epsilon"]);
  checkNorm("applyLayerNorm", { scale, shift }, x, -1, "last axis");
  return x.standardize(options).mul(scale).add(shift);
};
