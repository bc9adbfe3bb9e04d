/**
 * What an optimiser is: pure functions over trees, state in and state out. A rule says what happens to one tensor; the
 * rest is the same for all.
 */
import { finish } from "../api/run.ts";
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { isFloat } from "../ir/dtype.ts";
import { sameShape } from "../ir/shape.ts";
import { weightsOf } from "../nn/index.ts";
import { Tensor, zeros, type TensorLike } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { rateAt, type LearningRate } from "./schedules.ts";

/**
 * What an optimiser remembers: trees like the parameters, by name, and `step`, a float64 tensor [], where something
 * depends on how many steps were taken.
 */
export type OptimizerState<P, Slot extends string> = { readonly [K in Slot]: K extends "step" ? Tensor<readonly []> : P };

/** A learning rate that changes makes the state count its steps. */
export type Counted<L extends LearningRate> = [L] extends [number | Tensor] ? never : "step";

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

/** What is the same for all tensors of a step, and what is known of this one. */
export interface Now {
  /** The learning rate at this step, in the type of the tensor. */
  readonly lr: TensorLike;
  /** False for biases, which do not fade (see `weightsOf`). */
  readonly isWeight: boolean;
}

/**
 * One tensor's step, from the tensor, its gradient and its part of the state. `step` of the state has counted this step
 * already, and is no business of the result.
 */
export type Rule<Slot extends string> = (
  w: Tensor,
  gradient: Tensor,
  state: Readonly<Record<Slot, Tensor>>,
  now: Now,
) => { readonly w: Tensor; readonly state: Readonly<Record<Exclude<Slot, "step">, Tensor>> };

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

/** How many steps came before, out of a state that must say so. */
const stepOf = (state: object): Tensor => {
  const step = new Map<string, unknown>(Object.entries(state)).get("step");
  if (step instanceof Tensor && step.rank === 0) return step.cast("float64");
  const found = step instanceof Tensor ? shapeText(step.shape) : "nothing";
  throw new Diagnostic("does-not-fit", `update: the state gives ${found} for its step, a tensor []`, {
    help: "begin with init(params), and pass on the state that update returns",
  });
};

/**
 * An optimiser from the names of what it remembers for each parameter, its learning rate and the rule for one tensor.
 * "step" among the names is one number for all, how many steps were taken; it is there too where `lr` is a function.
 * @example
 * const signs = perTensor([], 0.5, (w, gradient, _, { lr }) => ({
 *   w: w.sub(gradient.gt(0).cast(w.dtype).mul(2).sub(1).mul(lr)),
 *   state: {},
 * }));
 * signs.update(tensor([1, 2]), tensor([7, -7]), {}).params.toArraySync(); // [0.5, 2.5]
 */
export const perTensor = <Slot extends string, L extends LearningRate>(
  names: readonly Slot[],
  lr: L,
  rule: Rule<Slot>,
): Optimizer<Slot | Counted<L>> => {
  type State<P> = OptimizerState<P, Slot | Counted<L>>;
  const slots = names.filter((name): name is Exclude<Slot, "step"> => name !== "step");
  const counts = typeof lr === "function" || slots.length < names.length;
  const init = <P>(params: P): State<P> => {
    const trees = slots.map((slot) => [slot, mapTree(params, (leaf) => zeros(leaf.shape, { dtype: leaf.dtype }))]);
    return Object.fromEntries(counts ? [["step", zeros([], { dtype: "float64" })], ...trees] : trees) as State<P>;
  };
  const update = <P>(params: P, grads: P, state: State<P>): { readonly params: P; readonly state: State<P> } => {
    const leaves = leavesOf(params);
    const gradients = like(leaves, grads, "gradients");
    const given = new Map<string, unknown>(Object.entries(state));
    const remembered = slots.map((slot) => like(leaves, given.get(slot), slot));
    const before = counts ? stepOf(state) : undefined;
    const step = before?.add(1);
    const rate = rateAt(lr, before);
    const weights = new Set(weightsOf(params));
    const steps = leaves.map(({ tensor }, i) => {
      const own = Object.fromEntries(slots.map((slot, s) => [slot, remembered[s]![i]!])) as Record<Slot, Tensor>;
      // Whole numbers and truth values (labels, masks) have no gradient, and a step would change their type.
      if (!isFloat(tensor.dtype)) return { w: tensor, state: own };
      const now = { lr: rate instanceof Tensor ? rate.cast(tensor.dtype) : rate, isWeight: weights.has(tensor) };
      return rule(tensor, gradients[i]!, step ? { ...own, step } : own, now);
    });
    // Everything is computed here and together, so that no step drags the graph of the step before behind it.
    const values = finish([
      ...steps.map((each) => each.w.node),
      ...slots.flatMap((slot) => steps.map((each) => each.state[slot].node)),
      ...(step ? [step.node] : []),
    ]);
    let next = 0;
    const take = (): P => mapTree(params, () => values[next++]!) as P;
    const moved = take();
    const trees = slots.map((slot) => [slot, take()]);
    return { params: moved, state: Object.fromEntries(step ? [["step", values[next]], ...trees] : trees) as State<P> };
  };
  return { init, update };
};
