/** What keeps weights small: penalties that are added to a loss, and a bound that is enforced after a step. */
import { min } from "../api/functions.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { tensor, type Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { isParameter } from "./named.ts";

const isBias = (path: string): boolean => /(?:^|\.)(?:b|bias)\d*$/.test(path);

/** Scale and shift of a normalisation: the next layer's weights do the weighing. */
const isNorm = (path: string): boolean => /(?:^|\.)(?:scale|shift)$/.test(path);

export interface BiasOptions {
  /** Whether biases count as weights: tensors called b or bias (b1, b2, ...), scale or shift. Default false. */
  readonly biases?: boolean;
}

const isWeight = (leaf: Tensor, path: string, biases: boolean): boolean =>
  isParameter(leaf, path) && (biases || !(isBias(path) || isNorm(path)));

/**
 * The tensors of a model that a penalty is for: all parameters but biases, which are fields called b or bias (b1, b2,
 * ...), and the scale and shift of normalisations, which count as biases here.
 */
export const weightsOf = (model: unknown, { biases = false }: BiasOptions = {}): Tensor[] =>
  leavesOf(model).flatMap(({ path, tensor: leaf }) => (isWeight(leaf, path, biases) ? [leaf] : []));

export interface PenaltyOptions extends BiasOptions {
  /** lambda in 0.5 * lambda * (sum of squares), whose gradient is lambda * w. Default 0. */
  readonly halfL2?: number;
  /** lambda in lambda * (sum of squares), whose gradient is 2 * lambda * w. Default 0. */
  readonly l2?: number;
  /** lambda in lambda * (sum of absolute values); at a weight of exactly 0 its gradient is 0. Default 0. */
  readonly l1?: number;
}

/**
 * Penalty on the weights of a model (a tree of tensors), a scalar: L2 in either of the course's conventions, L1, or
 * both together, which is the elastic net (course notes, neural networks part 2). Biases are left out unless asked.
 * @throws Diagnostic `bad-strength`, `bad-options`
 * @example
 * const model = { w: tensor([3, -4]), b: tensor([9]) };
 * penalty(model, { halfL2: 1 }).itemSync(); // 12.5
 * penalty(model, { l2: 1 }).itemSync(); // 25
 * penalty(model, { l1: 0.5, l2: 1 }).itemSync(); // 28.5
 */
export const penalty = (model: unknown, options: PenaltyOptions): Tensor => {
  checkOptions("penalty", options, ["halfL2", "l2", "l1", "biases"]);
  const { halfL2 = 0, l2 = 0, l1 = 0 } = options;
  for (const [name, lambda] of Object.entries({ halfL2, l2, l1 })) {
    if (lambda >= 0 && lambda < Infinity) continue;
    throw new Diagnostic("bad-strength", `penalty: ${name} is ${lambda}`, { help: "use a number from 0 up" });
  }
  const weights = weightsOf(model, options);
  const squares = halfL2 / 2 + l2;
  const terms = [
    ...(squares > 0 ? weights.map((w) => w.sq().sum().mul(squares)) : []),
    ...(l1 > 0 ? weights.map((w) => w.abs().sum().mul(l1)) : []),
  ];
  return terms.length === 0 ? tensor(0) : terms.reduce((sum, each) => sum.add(each));
};

/**
 * The model with every neuron's incoming weights scaled down to the norm `limit` where they are longer, to be used
 * after a step of training (course notes, neural networks part 2: max norm constraints; typical limits are 3 and 4).
 * A neuron is a column of w [inputs, outputs], the whole of w [inputs], and each kernel of a convolution's w [out, in,
 * height, width]. Biases stay unless asked.
 * @throws Diagnostic `bad-limit`, `bad-options`
 * @example
 * maxNorm({ w: tensor([[3, 0.5], [4, 0]]), b: tensor([9, 9]) }, 2.5).w.toArraySync(); // [[1.5, 0.5], [2, 0]]
 */
export const maxNorm = <Model>(model: Model, limit: number, options: BiasOptions = {}): Model => {
  checkOptions("maxNorm", options, ["biases"]);
  if (!(limit > 0)) throw new Diagnostic("bad-limit", `maxNorm: the limit is ${limit}`, { help: "use a number above 0" });
  const project = (w: Tensor): Tensor => {
    const own = w.rank < 2 ? -1 : w.rank === 4 ? 0 : w.rank - 1;
    const axes = Array.from({ length: w.rank }, (_, axis) => axis).filter((axis) => axis !== own);
    return w.mul(min(w.sq().sum({ axes, keepDims: true }).sqrt().inv().mul(limit), 1));
  };
  const change = (leaf: Tensor, path: string): Tensor => (isWeight(leaf, path, options.biases ?? false) ? project(leaf) : leaf);
  return mapTree(model, change) as Model;
};
