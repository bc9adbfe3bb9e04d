/** Networks built from settings: hidden layers of one activation, then a linear one that gives the scores. */
import { split } from "../api/random.ts";
import { dropout } from "../nn/dropout.ts";
import { applyLinear, linear, type LayerOptions, type Linear } from "../nn/linear.ts";
import type { Tensor } from "../trace/tensor.ts";
import { activations, type ActivationName, type Layer } from "./activations.ts";

/** The hidden layers in order, then the linear one of the scores. */
export type Network = readonly Layer[];

/** The parameters of a network: `sizes` from the inputs over the hidden layers to the scores. */
export const network = (key: Tensor, sizes: readonly number[], activation: ActivationName, options: LayerOptions = {}): Network =>
  split(key, sizes.length - 1).map((each, i) => {
    const [inputs, outputs] = [sizes[i]!, sizes[i + 1]!];
    return i === sizes.length - 2 ? linear(each, inputs, outputs, options) : activations[activation].make(each, inputs, outputs, options);
  });

/** One pass; `change` is what the next layer reads of a hidden one. */
const forward = (net: Network, x: Tensor, word: ActivationName, change: (after: Tensor, i: number) => Tensor): Tensor => {
  const { before, apply } = activations[word];
  const last = net.slice(0, -1).reduce((input, layer, i) => change(apply(before(layer, input)), i), x);
  return applyLinear(net.at(-1) as Linear, last);
};

/** The scores: x [rows, inputs] -> [rows, outputs]. */
export const applyNetwork = (net: Network, x: Tensor, activation: ActivationName): Tensor => forward(net, x, activation, (after) => after);

/** The scores while training: after every hidden layer units are dropped with probability `drop` (inverted dropout). */
export const trainNetwork = (net: Network, x: Tensor, activation: ActivationName, drop: number, key: Tensor): Tensor => {
  const keys = split(key, Math.max(1, net.length - 1));
  return forward(net, x, activation, (after, i) => dropout(keys[i]!, after, 1 - drop));
};
