/** Networks built from settings: hidden layers of one activation, then a linear one that gives the scores. */
import { split } from "../api/random.ts";
import { dropout } from "../nn/dropout.ts";
import { applyLinear, linear, type LayerOptions, type Linear } from "../nn/linear.ts";
import type { Tensor } from "../trace/tensor.ts";
import { activations, type ActivationName, type Layer } from "./activations.ts";

/** The hidden layers in order, then the linear one of the scores. */
export type Network = readonly Layer[];

/** A hidden layer at some rows: [rows, units] before and after its activation. */
export interface Hidden {
  /** The path of its parameters, such as `[0]`. */
  readonly name: string;
  readonly before: Tensor;
  readonly after: Tensor;
}

/** The parameters of a network: `sizes` from the inputs over the hidden layers to the scores. */
export const network = (key: Tensor, sizes: readonly number[], activation: ActivationName, options: LayerOptions = {}): Network =>
  split(key, sizes.length - 1).map((each, i) => {
    const [inputs, outputs] = [sizes[i]!, sizes[i + 1]!];
    return i === sizes.length - 2 ? linear(each, inputs, outputs, options) : activations[activation].make(each, inputs, outputs, options);
  });

/** One pass: what each hidden layer gives, and the scores; `change` is what the next layer reads of a hidden one. */
const forward = (net: Network, x: Tensor, word: ActivationName, change: (after: Tensor, i: number) => Tensor = (after) => after) => {
  const { before: sumsOf, apply } = activations[word];
  const hidden: Hidden[] = [];
  let input = x;
  for (const [i, layer] of net.slice(0, -1).entries()) {
    const before = sumsOf(layer, input);
    const after = apply(before);
    hidden.push({ name: `[${i}]`, before, after });
    input = change(after, i);
  }
  return { hidden, scores: applyLinear(net.at(-1) as Linear, input) };
};

/** The scores: x [rows, inputs] -> [rows, outputs]. */
export const applyNetwork = (net: Network, x: Tensor, activation: ActivationName): Tensor => forward(net, x, activation).scores;

/** What each hidden layer gives for x [rows, inputs], without dropout. */
export const hiddenOf = (net: Network, x: Tensor, activation: ActivationName): readonly Hidden[] => forward(net, x, activation).hidden;

/** The scores while training: after every hidden layer units are dropped with probability `drop` (inverted dropout). */
export const trainNetwork = (net: Network, x: Tensor, activation: ActivationName, drop: number, key: Tensor): Tensor => {
  const keys = split(key, Math.max(1, net.length - 1));
  return forward(net, x, activation, (after, i) => dropout(keys[i]!, after, 1 - drop)).scores;
};
