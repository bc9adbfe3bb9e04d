/** Embeddings: a row of numbers for each of many things, looked up by number. */
import { normal } from "../api/random.ts";
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { checkOptions } from "../ops/forms/options.ts";
import type { Nested } from "../trace/literal.ts";
import { tensor, Tensor } from "../trace/tensor.ts";
import type { LayerOptions } from "./linear.ts";

/** A row for each thing: w [count, size]. */
export interface Embedding {
  readonly w: Tensor;
}

/**
 * The parameters of an embedding of `count` things in `size` numbers: normal, with deviation 1 unless `spread` says
 * otherwise.
 * @example
 * embedding(key(0), 1000, 16).w.shape; // [1000, 16]
 */
export const embedding = (key: Tensor, count: number, size: number, options: LayerOptions = {}): Embedding => {
  checkOptions("embedding", options, ["dtype", "spread"]);
  const { dtype = "float64", spread = () => 1 } = options;
  return { w: normal(key, [count, size], { deviation: spread(count, size), dtype }).realize() };
};

/**
 * The rows that the numbers name: ids [...] (whole numbers from 0) -> [..., size]. A row's gradient is the sum over all
 * its uses.
 * @throws Diagnostic `index-out-of-range`, `index-type`
 * @example
 * applyEmbedding({ w: tensor([[1, 2], [3, 4]]) }, [1, 0, 1]).toArraySync(); // [[3, 4], [1, 2], [3, 4]]
 */
export const applyEmbedding = ({ w }: Embedding, ids: Tensor | Nested): Tensor => {
  const at = ids instanceof Tensor ? ids : tensor(ids);
  // What has no value yet cannot be looked at; there, a number that names no row reads zeros.
  const values = at.isTraced ? [] : at.dataSync();
  const wrong = values.findIndex((id) => !(id >= 0 && id < w.shape[0]!));
  if (wrong >= 0) {
    throw new Diagnostic("index-out-of-range", `applyEmbedding: id ${wrong} is ${values[wrong]}, but w ${shapeText(w.shape)} has the rows 0 to ${w.shape[0]! - 1}`, {
      operands: [{ name: w.name ?? "w", shape: w.shape }, { name: at.name ?? "ids", shape: at.shape }],
      help: "ids count rows from 0: make a larger embedding, or give unknown things a row of their own",
    });
  }
  return w.gather(at);
};
