/**
 * What an optimiser is: pure functions over trees, state in and state out. A rule says what happens to one tensor; the
 * rest is the same for all.
 */
import { finish } from "../api/run.ts";
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { isFloat } from "../ir/dtype.ts";
import { sameShape } from "../ir/shape.ts";
import { zeros, type Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";

/** What an optimiser remembers: trees like the parameters, by name. */
export type OptimizerState<P, Slot extends string> = { readonly [K in Slot]: P };

/** Pure functions: what is remembered goes in and comes out beside the parameters. */
export interface Optimizer<Slot extends string = string> {
  /** The state before the first step: zeros. */
  readonly init: <P>(params: P) => OptimizerState<P, Slot>;
  /**
   * One step: new parameters and new state. The old ones stay as they were.
   * @throws Diagnostic `does-not-fit` where gradients or state are not shaped like the parameters
   */
  readonly update: <P>(params: P, grads: P, state: OptimizerState<P, Slot>) => {
    readonly params: P;
    readonly state: OptimizerState<P, Slot>;
  };
}

/** One tensor's step, from the tensor, its gradient and its part of the state. */
export type Rule<Slot extends string> = (
  w: Tensor,
  gradient: Tensor,
  state: Readonly<Record<Slot, Tensor>>,
) => { readonly w: Tensor; readonly state: Readonly<Record<Slot, Tensor>> };

type Leaves = ReturnType<typeof leavesOf>;

/** The tensors of a tree that must look like the parameters. */
const like = (params: Leaves, tree: unknown, what: string): Tensor[] => {
  const leaves = leavesOf(tree);
  const wrong = params.findIndex(
    ({ path, tensor }, i) => leaves[i]?.path !== path || !sameShape(leaves[i].tensor.shape, tensor.shape),
  );
  if (wrong >= 0 || leaves.length !== params.length) {
    const say = (leaf: Leaves[number] | undefined): string =>
      leaf ? `${leaf.path || "the tensor"} ${shapeText(leaf.tensor.shape)}` : "nothing";
    const at = wrong >= 0 ? wrong : params.length;
    throw new Diagnostic("does-not-fit", `update: the ${what} give ${say(leaves[at])} for ${say(params[at])} of the parameters`, {
      help: "gradients and state are trees of the same shape as the parameters",
    });
  }
  return leaves.map((leaf) => leaf.tensor);
};

/** An optimiser from the names of what it remembers for each parameter and the rule for one tensor. */
export const perTensor = <Slot extends string>(slots: readonly Slot[], rule: Rule<Slot>): Optimizer<Slot> => ({
  init: <P>(params: P) =>
    Object.fromEntries(
      slots.map((slot) => [slot, mapTree(params, (leaf) => zeros(leaf.shape, { dtype: leaf.dtype }))]),
    ) as OptimizerState<P, Slot>,
  update: <P>(params: P, grads: P, state: OptimizerState<P, Slot>) => {
    const leaves = leavesOf(params);
    const gradients = like(leaves, grads, "gradients");
    const remembered = slots.map((slot) => like(leaves, state[slot], slot));
    const steps = leaves.map(({ tensor }, i) => {
      const own = Object.fromEntries(slots.map((slot, s) => [slot, remembered[s]![i]!])) as Record<Slot, Tensor>;
      // Whole numbers and truth values (labels, masks) have no gradient, and a step would change their type.
      return isFloat(tensor.dtype) ? rule(tensor, gradients[i]!, own) : { w: tensor, state: own };
    });
    // Everything is computed here and together, so that no step drags the graph of the step before behind it.
    const values = finish([
      ...steps.map((step) => step.w.node),
      ...slots.flatMap((slot) => steps.map((step) => step.state[slot].node)),
    ]);
    let next = 0;
    const take = (): P => mapTree(params, () => values[next++]!) as P;
    const moved = take();
    return { params: moved, state: Object.fromEntries(slots.map((slot) => [slot, take()])) as OptimizerState<P, Slot> };
  },
});
