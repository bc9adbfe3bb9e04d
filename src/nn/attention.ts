/** Multi-head attention: several attentions side by side, each over its own part of the numbers (Vaswani et al. 2017). */
import { attention } from "../api/functions.ts";
import { split } from "../api/random.ts";
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { tensor, type Tensor } from "../trace/tensor.ts";
import { applyLinear, linear, xavier, type LayerOptions, type Linear } from "./linear.ts";

/** Four linear layers [size, size]; how many heads share them is no tensor, and no step changes it. */
export interface MultiHeadAttention {
  readonly heads: number;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly out: Linear;
}

/**
 * The parameters of attention with `heads` heads over `size` numbers, Xavier weights unless `spread` says otherwise.
 * @throws Diagnostic `bad-heads`, `bad-options`
 * @example
 * summary(multiHeadAttention(key(0), 128, 4)).parameters; // 66048
 */
export const multiHeadAttention = (key: Tensor, size: number, heads: number, options: LayerOptions = {}): MultiHeadAttention => {
  checkOptions("multiHeadAttention", options, ["dtype", "spread"]);
  if (!(Number.isSafeInteger(heads) && heads >= 1 && size % heads === 0)) {
    throw new Diagnostic("bad-heads", `multiHeadAttention: ${heads} heads for ${size} numbers`, { help: "the heads share the numbers evenly: use a divisor of the size" });
  }
  const [query, toKey, value, out] = split(key, 4).map((each) => linear(each, size, size, { spread: xavier, ...options })) as [Linear, Linear, Linear, Linear];
  return { heads, query, key: toKey, value, out };
};

/**
 * Self-attention: x [..., places, size] -> [..., places, size]. `mask` [places, places] holds truth values, true where a
 * place (row) may look at another (column); with leading axes, [batch, places, places], it differs from example to
 * example. All heads share it.
 * @throws Diagnostic `heads-do-not-fit`, `bad-mask`, `attention-shapes`
 * @example
 * const layer = multiHeadAttention(key(0), 8, 2);
 * applyMultiHeadAttention(layer, zeros([3, 5, 8]), causalMask(5)).shape; // [3, 5, 8]
 */
export const applyMultiHeadAttention = ({ heads, query, key, value, out }: MultiHeadAttention, x: Tensor, mask?: Tensor): Tensor => {
  const size = query.w.shape[0]!;
  if (x.rank < 2 || x.shape.at(-1) !== size) {
    throw new Diagnostic("heads-do-not-fit", `applyMultiHeadAttention: x ${shapeText(x.shape)} for a layer over ${size} numbers`, {
      operands: [{ name: x.name ?? "x", shape: x.shape }, { name: query.w.name ?? "query.w", shape: query.w.shape }],
      help: `x is [..., places, ${size}]`,
    });
  }
  const lead = x.shape.slice(0, -2);
  const places = x.shape.at(-2)!;
  // Heads become a leading axis, [..., heads, places, size / heads], and at the end the last one again.
  const order = [...lead.keys(), lead.length + 1, lead.length, lead.length + 2];
  const apart = (layer: Linear): Tensor => applyLinear(layer, x).reshape([...lead, places, heads, size / heads]).transpose(order);
  const over = mask && mask.rank > 2 ? mask.reshape([...mask.shape.slice(0, -2), 1, ...mask.shape.slice(-2)]) : mask;
  const [q, k, v] = [apart(query), apart(key), apart(value)];
  const mixed = over ? attention(q, k, v, over) : attention(q, k, v);
  return applyLinear(out, mixed.transpose(order).reshape([...lead, places, size]));
};

/**
 * The mask of a model that reads from left to right: [places, places], true on and below the diagonal.
 * @example
 * causalMask(3).toArraySync(); // => [[true, false, false], [true, true, false], [true, true, true]]
 */
export const causalMask = (places: number): Tensor => {
  const mask = new Uint8Array(places * places);
  for (let i = 0; i < places; i++) mask.fill(1, i * places, i * places + i + 1);
  return tensor(mask, { shape: [places, places], dtype: "bool" });
};
