/**
 * Networks built from settings: for images convolutions, each with an activation and a pooling, if they are asked for;
 * then hidden layers of the same activation, and a linear one that gives the scores.
 */
import { maxPool2d } from "../api/functions.ts";
import { split } from "../api/random.ts";
import { applyConv, conv, type Conv } from "../nn/conv.ts";
import { dropout } from "../nn/dropout.ts";
import { applyLinear, linear, type LayerOptions, type Linear } from "../nn/linear.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Tensor } from "../trace/tensor.ts";
import { activations, type ActivationName, type Layer } from "./activations.ts";
import { floatsOf } from "./floats.ts";
import { planesOf, poolSize, type ImageShape } from "./planes.ts";

/** The layers in order: convolutions first, the linear one of the scores last. */
export type Network = readonly (Layer | Conv)[];

/** Convolutions: what goes into the first, and how many filters each has. */
export interface Convolutions {
  readonly shape: ImageShape;
  readonly filters: readonly number[];
}

/** What a network is before it has weights. */
export interface Structure {
  readonly image?: Convolutions;
  /** Sizes of what is dense: inputs, hidden layers, outputs. */
  readonly sizes: readonly number[];
  readonly activation: ActivationName;
}

/** The side of the window of every convolution; the padding keeps height and width. */
export const side = 3;
const padding = 1;

/** The parameters of a network. */
export const network = (key: Tensor, { image, sizes, activation }: Structure, options: LayerOptions = {}): Network => {
  const { filters, shape } = image ?? { filters: [], shape: [0, 0, 0] };
  const channels = [shape[0], ...filters];
  const { make, spread } = activations[activation];
  return split(key, filters.length + sizes.length - 1).map((each, at) => {
    if (at < filters.length) return conv(each, channels[at]!, channels[at + 1]!, side, { spread, ...options });
    const i = at - filters.length;
    const [inputs, outputs] = [sizes[i]!, sizes[i + 1]!];
    return i === sizes.length - 2 ? linear(each, inputs, outputs, options) : make(each, inputs, outputs, options);
  });
};

/** The convolutions: x [rows, pixels] -> [rows, what the dense layers read]. */
const convolved = (layers: readonly Conv[], x: Tensor, { shape, filters }: Convolutions, word: ActivationName, change: (after: Tensor, i: number) => Tensor): Tensor => {
  const planes = planesOf(shape, filters);
  const rows = x.shape[0]!;
  const image: Tensor = x.reshape([rows, ...shape]);
  const out = layers.reduce((input, layer, i) => change(maxPool2d(activations[word].apply(applyConv(layer, input, { padding })), poolSize(planes[i]!)), i), image);
  return out.reshape([rows, sizeOf(planes.at(-1)!)]);
};

/** One pass; `change` is what the next layer reads of a hidden one. The net's own numbers decide the type it runs in. */
const forward = (net: Network, given: Tensor, { image, activation: word }: Structure, change: (after: Tensor, i: number) => Tensor): Tensor => {
  const { before, apply } = activations[word];
  const x = given.cast(floatsOf(net));
  const count = image?.filters.length ?? 0;
  const read = image === undefined ? x : convolved(net.slice(0, count) as readonly Conv[], x, image, word, change);
  const last = (net.slice(count, -1) as readonly Layer[]).reduce((input, layer, i) => change(apply(before(layer, input)), count + i), read);
  return applyLinear(net.at(-1) as Linear, last);
};

/** The scores: x [rows, inputs] -> [rows, outputs]. */
export const applyNetwork = (net: Network, x: Tensor, structure: Structure): Tensor => forward(net, x, structure, (after) => after);

/** The scores while training: after every hidden layer numbers are dropped with probability `drop` (inverted dropout). */
export const trainNetwork = (net: Network, x: Tensor, structure: Structure, drop: number, key: Tensor): Tensor => {
  const keys = split(key, Math.max(1, net.length - 1));
  return forward(net, x, structure, (after, i) => dropout(keys[i]!, after, 1 - drop));
};
