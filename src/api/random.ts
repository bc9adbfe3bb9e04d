/**
 * Random numbers from a key that the caller passes: the same key gives the same numbers, everywhere and always. There
 * is no hidden state; for independent numbers split the key.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { DType } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { checkShape } from "../ir/axes.ts";
import type { Shape } from "../ir/shape.types.ts";
import { cast } from "../ops/forms/cast.ts";
import { describe } from "../ops/forms/entry.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { iota } from "../ops/forms/iota.ts";
import { slice } from "../ops/forms/view.ts";
import { threefry } from "../ops/entries/random.ts";
import { add, bits, cos, log, lt, min, mul, sqrt, sub } from "../ops/table.ts";
import { tensor, Tensor, wrap } from "../trace/tensor.ts";

/** Streams of one key that never meet: what is drawn, and what is split off. */
const streams = { uniform: 0, radius: 1, angle: 2, splitLow: 3, splitHigh: 4, permutation: 5 } as const;

/** A key from a seed (a whole number from 0 to 2^53): a tensor of two words, type uint32. */
export const key = (seed: number): Tensor => {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new Diagnostic("bad-seed", `key: ${seed} is not a seed`, { help: "use a whole number from 0 to 2^53 - 1" });
  }
  return tensor(Uint32Array.of(seed % 2 ** 32, Math.floor(seed / 2 ** 32)));
};

const words = (from: Tensor): readonly [Node, Node] => {
  if (!(from instanceof Tensor)) {
    throw new Diagnostic("not-a-key", `a random key comes first; got ${describe(from)}`, { help: "make one with key(seed)" });
  }
  if (from.dtype !== "uint32" || from.rank !== 1 || from.size !== 2) {
    throw new Diagnostic("not-a-key", `a random key is a uint32 tensor of shape [2]; got ${from.dtype} ${shapeText(from.shape)}`, {
      help: "make one with key(seed), or take one that split(key, n) returned",
    });
  }
  return [slice(from.node, [0]), slice(from.node, [1])];
};

const draw = (from: Tensor, shape: Shape, stream: number): Node => {
  const [a, b] = words(from);
  return bits(a, b, iota(checkShape(shape, "random"), "uint32"), stream);
};

/** From [0, 1) in float64, a whole multiple of 2^-32. */
const unit = (from: Tensor, shape: Shape, stream: number): Node => mul(cast(draw(from, shape, stream), "float64"), 2 ** -32);

/** Number `i` of the keys that `split` gives, counted from 0, without the others. */
export const splitAt = (from: Tensor, i: number): Tensor => {
  const [a, b] = words(from);
  return wrap([from], () => {
    const place = iota([2], "uint32");
    // One word from each of two streams, so that key i is the block pair number i.
    return bits(a, b, i, add(place, streams.splitLow));
  });
};

/** `n` keys that are independent of each other and of the one they come from. */
export const split = (from: Tensor, n = 2): Tensor[] => {
  checkShape([n], "split");
  return Array.from({ length: n }, (_, i) => splitAt(from, i));
};

export interface DrawOptions {
  readonly dtype?: DType;
}

/** Evenly spread over [low, high), [0, 1) by default; float64 unless asked otherwise. */
export const uniform = (from: Tensor, shape: Shape, options: DrawOptions & { readonly low?: number; readonly high?: number } = {}): Tensor => {
  checkOptions("uniform", options, ["dtype", "low", "high"]);
  const { low = 0, high = 1, dtype = "float64" } = options;
  return wrap([from], () => {
    const u = unit(from, shape, streams.uniform);
    // The largest float32 below 1: rounding must not reach `high`.
    const below = dtype === "float32" ? min(u, 1 - 2 ** -24) : u;
    return cast(add(mul(below, high - low), low), dtype);
  });
};

/** Normal numbers, mean 0 and deviation 1 by default (Box and Muller 1958); float64 unless asked otherwise. */
export const normal = (from: Tensor, shape: Shape, options: DrawOptions & { readonly mean?: number; readonly deviation?: number } = {}): Tensor => {
  checkOptions("normal", options, ["dtype", "mean", "deviation"]);
  const { mean = 0, deviation = 1, dtype = "float64" } = options;
  return wrap([from], () => {
    const radius = sqrt(mul(-2, log(sub(1, unit(from, shape, streams.radius)))));
    const angle = mul(2 * Math.PI, unit(from, shape, streams.angle));
    return cast(add(mul(mul(radius, cos(angle)), deviation), mean), dtype);
  });
};

/** True with probability `p`. */
export const bernoulli = (from: Tensor, p: number, shape: Shape): Tensor =>
  wrap([from], () => lt(unit(from, shape, streams.uniform), p));

/** 0 to n - 1 in random order, type int32. The key must have a value. */
export const permutation = (from: Tensor, n: number): Tensor => {
  words(from);
  const [a, b] = from.dataSync();
  const order = Int32Array.from({ length: sizeOf(checkShape([n], "permutation")) }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor((threefry(a!, b!, i, streams.permutation) / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return tensor(order);
};
