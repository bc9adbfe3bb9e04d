/** Rows in random order, some at a time. */
import { permutation } from "../api/random.ts";
import type { Tensor } from "../trace/tensor.ts";
import { asBatch, takeRows, type Batch, type Examples } from "./examples.ts";

/** Every row once, in an order drawn from the key, `size` rows at a time; the last batch holds what is left. */
export function* batches(key: Tensor, examples: Examples, size: number): Generator<Batch, void> {
  const order = permutation(key, examples.y.length).dataSync();
  for (let start = 0; start < order.length; start += size) {
    yield asBatch(takeRows(examples, order.subarray(start, start + size)));
  }
}
