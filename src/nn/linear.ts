/**
 * Layers as plain objects of tensors and functions over them: no classes, no registry, no hidden state. Whoever makes
 * parameters passes the key they are drawn from.
 */
import { normal, split } from "../api/random.ts";
import { relu } from "../api/functions.ts";
import type { DType } from "../ir/dtype.ts";
import { zeros, type Tensor } from "../trace/tensor.ts";

/** y = x w + b: w [inputs, outputs], b [outputs]. */
export interface Linear {
  readonly w: Tensor;
  readonly b: Tensor;
}

/** The spread of starting weights for a layer of these sizes. */
export type Spread = (inputs: number, outputs: number) => number;

/** Deviation sqrt(2 / inputs): keeps the size of activations through relu layers (He et al. 2015). */
export const he: Spread = (inputs) => Math.sqrt(2 / inputs);

/** Deviation sqrt(2 / (inputs + outputs)): for tanh and sigmoid layers (Glorot and Bengio 2010). */
export const xavier: Spread = (inputs, outputs) => Math.sqrt(2 / (inputs + outputs));

export interface LayerOptions {
  /** Default float64. */
  readonly dtype?: DType;
  /** Deviation of the weights, which are normal with mean 0; where it is 0 nothing is drawn. Default `he`. */
  readonly spread?: Spread;
}

/**
 * The parameters of a linear layer: normal weights, biases 0.
 * @example
 * const layer = linear(key(0), 64, 10);
 * layer.w.shape; // [64, 10]
 */
export const linear = (key: Tensor, inputs: number, outputs: number, options: LayerOptions = {}): Linear => {
  const { dtype = "float64", spread = he } = options;
  const deviation = spread(inputs, outputs);
  return {
    w: deviation === 0 ? zeros([inputs, outputs], { dtype }) : normal(key, [inputs, outputs], { deviation, dtype }).realize(),
    b: zeros([outputs], { dtype }),
  };
};

/** x [..., inputs] -> [..., outputs]. */
export const applyLinear = ({ w, b }: Linear, x: Tensor): Tensor => x.matmul(w).add(b);

/** Linear layers, one after the other. */
export type Mlp = readonly Linear[];

/**
 * The parameters of a multilayer perceptron: `sizes` from the inputs over the hidden layers to the outputs.
 * @example
 * mlp(key(0), [64, 32, 10]).length; // 2
 */
export const mlp = (key: Tensor, sizes: readonly number[], options: LayerOptions = {}): Mlp =>
  split(key, sizes.length - 1).map((each, i) => linear(each, sizes[i]!, sizes[i + 1]!, options));

/** The scores of a multilayer perceptron: `activation` (relu by default) after every layer but the last. */
export const applyMlp = (layers: Mlp, x: Tensor, activation: (x: Tensor) => Tensor = relu): Tensor =>
  layers.reduce((out, layer, i) => applyLinear(layer, i === 0 ? out : activation(out)), x);
