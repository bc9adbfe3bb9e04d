/** Gradients cut down to a size, so that one steep place does not throw the parameters away. */
import { max, min, where } from "../api/functions.ts";
import { finish } from "../api/run.ts";
import { isFloat } from "../ir/dtype.ts";
import { tensor, type Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { checkSettings, positive } from "./settings.ts";

/** What has a gradient: whole numbers and truth values (labels, masks) pass through. */
const floats = (tree: unknown): Tensor[] => leavesOf(tree).flatMap(({ tensor: leaf }) => (isFloat(leaf.dtype) ? [leaf] : []));

/** The tree with its tensors of floats changed, all computed together. */
const change = <T>(tree: T, to: (leaf: Tensor) => Tensor): T => {
  const values = finish(floats(tree).map((leaf) => to(leaf).node));
  let next = 0;
  return mapTree(tree, (leaf) => (isFloat(leaf.dtype) ? values[next++]! : leaf)) as T;
};

const normOf = (tree: unknown): Tensor => {
  const leaves = floats(tree).flatMap((leaf) => (leaf.size > 0 ? [leaf.cast("float64")] : []));
  if (leaves.length === 0) return tensor(0, { dtype: "float64" });
  // Divided by the largest first: the square of an exploded gradient would overflow where its size does not.
  const largest = max(...leaves.map((leaf) => leaf.abs().amax()));
  const unit = where(largest.gt(0), largest, 1);
  return leaves
    .map((leaf) => leaf.div(unit).sq().sum())
    .reduce((sum, each) => sum.add(each))
    .sqrt()
    .mul(unit);
};

/**
 * The length of all gradients of a tree taken as one vector: sqrt(sum of all squares), a float64 tensor [].
 * @example
 * globalNorm({ w: tensor([3, 0]), b: tensor(4) }).itemSync(); // 5
 */
export const globalNorm = (tree: unknown): Tensor => finish([normOf(tree).node])[0]!;

/**
 * The gradients, shortened together where they are longer than `max` as one vector: all times min(1, max / globalNorm),
 * so the direction stays (Pascanu, Mikolov and Bengio 2013). Gradients that are not finite do not become so.
 * @throws Diagnostic `bad-options`, `bad-setting`
 * @example
 * const short = clipByGlobalNorm({ w: tensor([3, 0]), b: tensor(4) }, { max: 1 });
 * globalNorm(short).itemSync().toFixed(6); // "1.000000"
 */
export const clipByGlobalNorm = <T>(tree: T, options: { readonly max: number }): T => {
  checkSettings("clipByGlobalNorm", options, { max: positive });
  const norm = normOf(tree);
  const factor = where(norm.gt(options.max), norm.inv().mul(options.max), 1);
  return change(tree, (leaf) => leaf.mul(factor.cast(leaf.dtype)));
};

/**
 * The gradients with every number cut to -max .. max, each on its own, which may turn the direction.
 * @throws Diagnostic `bad-options`, `bad-setting`
 * @example
 * clipByValue([tensor([-3, 0.5, 2])], { max: 1 })[0]!.toArraySync(); // [-1, 0.5, 1]
 */
export const clipByValue = <T>(tree: T, options: { readonly max: number }): T => {
  checkSettings("clipByValue", options, { max: positive });
  return change(tree, (leaf) => max(min(leaf, options.max), -options.max));
};
