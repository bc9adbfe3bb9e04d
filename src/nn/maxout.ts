/** Maxout: the largest of several linear functions, a layer that needs no activation of its own. */
import { max } from "../api/functions.ts";
import { split } from "../api/random.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { checkOptions } from "../ops/forms/options.ts";
import type { Tensor } from "../trace/tensor.ts";
import { applyLinear, linear, type LayerOptions, type Linear } from "./linear.ts";

/** The linear functions whose maximum is taken, all of the same sizes. */
export interface Maxout {
  readonly pieces: readonly Linear[];
}

export interface MaxoutOptions extends LayerOptions {
  /** How many linear functions there are. Default 2, with which relu is the case where one of them is 0. */
  readonly pieces?: number;
}

/**
 * The parameters of a maxout layer: `pieces` times those of a linear one (Goodfellow et al. 2013; slide 49).
 * @throws Diagnostic `bad-pieces`, `bad-options`
 * @example
 * maxout(key(0), 3, 4).pieces.length; // 2
 */
export const maxout = (key: Tensor, inputs: number, outputs: number, options: MaxoutOptions = {}): Maxout => {
  checkOptions("maxout", options, ["pieces", "dtype", "spread"]);
  const { pieces = 2, ...layer } = options;
  if (!(Number.isSafeInteger(pieces) && pieces >= 2)) {
    throw new Diagnostic("bad-pieces", `maxout: the maximum of ${pieces} pieces`, { help: "use a whole number from 2 up" });
  }
  return { pieces: split(key, pieces).map((each) => linear(each, inputs, outputs, layer)) };
};

/**
 * max over the pieces of x w + b: x [..., inputs] -> [..., outputs]. The gradient goes to the piece that won.
 * @example
 * const twice = { w: tensor([[2]]), b: tensor([0]) };
 * const zero = { w: tensor([[0]]), b: tensor([0]) };
 * applyMaxout({ pieces: [twice, zero] }, tensor([[-1], [3]])).toArraySync(); // [[0], [6]]
 */
export const applyMaxout = ({ pieces }: Maxout, x: Tensor): Tensor => max(...pieces.map((piece) => applyLinear(piece, x)));
