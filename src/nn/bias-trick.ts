/** The bias trick: one matrix instead of weights and biases, with a number that is always 1 added to every input. */
import { concat } from "../api/functions.ts";
import { ones, type Tensor } from "../trace/tensor.ts";
import type { Linear } from "./linear.ts";

/**
 * x [..., inputs] -> [..., inputs + 1]: a 1 after the numbers of every row (course notes on linear classification).
 * @example
 * withOnes(tensor([[5, 6], [7, 8]])).toArraySync(); // [[5, 6, 1], [7, 8, 1]]
 */
export const withOnes = (x: Tensor): Tensor => concat([x, ones([...x.shape.slice(0, -1), 1], { dtype: x.dtype })], { axis: x.rank - 1 });

/**
 * w [inputs, outputs] and b [outputs] as one matrix [inputs + 1, outputs], the biases in its last row, so that
 * `withOnes(x).matmul(joined)` is `applyLinear(layer, x)`. A penalty on that matrix is one on the biases as well.
 * @example
 * joinBias({ w: tensor([[1, 2], [3, 4]]), b: tensor([5, 6]) }).toArraySync(); // [[1, 2], [3, 4], [5, 6]]
 */
export const joinBias = ({ w, b }: Linear): Tensor => concat([w, b.reshape([1, b.size])], { axis: 0 });
