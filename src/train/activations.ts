/** What stands between the layers of a network that is built from settings: a word, its function, and how weights start. */
import { elu, gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from "../api/functions.ts";
import { applyLinear, he, linear, xavier, type LayerOptions, type Linear, type Spread } from "../nn/linear.ts";
import { applyMaxout, maxout, type Maxout } from "../nn/maxout.ts";
import type { Tensor } from "../trace/tensor.ts";

/** One dense layer of a network built from settings. */
export type Layer = Linear | Maxout;

export interface Activation {
  /** How weights start that stand before it. */
  readonly spread: Spread;
  /** The parameters of a hidden layer. */
  readonly make: (key: Tensor, inputs: number, outputs: number, options?: LayerOptions) => Layer;
  /** What the layer computes before the activation: [rows, units]. */
  readonly before: (layer: Layer, x: Tensor) => Tensor;
  readonly apply: (before: Tensor) => Tensor;
}

/** A function element by element, behind a linear layer whose weights start with this spread. */
const elementwise = (apply: (x: Tensor) => Tensor, spread = he): Activation => ({
  spread,
  make: (key, inputs, outputs, options) => linear(key, inputs, outputs, { spread, ...options }),
  before: (layer, x) => applyLinear(layer as Linear, x),
  apply,
});

/** By the word that settings use (slide 49, and what came later). He for what is 0 on one side, Xavier for what saturates. */
export const activations = {
  relu: elementwise(relu),
  "leaky-relu": elementwise((x) => leakyRelu(x)),
  tanh: elementwise(tanh, xavier),
  sigmoid: elementwise(sigmoid, xavier),
  elu: elementwise((x) => elu(x)),
  gelu: elementwise(gelu),
  silu: elementwise(silu),
  softplus: elementwise(softplus),
  // The maximum of the pieces is itself what bends.
  maxout: {
    spread: he,
    make: (key, inputs, outputs, options) => maxout(key, inputs, outputs, options),
    before: (layer, x) => applyMaxout(layer as Maxout, x),
    apply: (x) => x,
  },
} as const satisfies Readonly<Record<string, Activation>>;

export type ActivationName = keyof typeof activations;
