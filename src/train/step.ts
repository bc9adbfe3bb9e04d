/** One step of a training as one program: loss, gradient, update, and whether all of it is still finite. */
import { compile } from "../api/compile.ts";
import { valueAndGrad } from "../api/transforms.ts";
import type { Batch } from "../data/examples.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { isFloat } from "../ir/dtype.ts";
import type { Optimizer, OptimizerState } from "../optim/optimizer.ts";
import { zeros, type Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { objective, type Task } from "./task.ts";

/** What a step makes. */
export interface Stepped<M> {
  readonly model: M;
  readonly state: OptimizerState<M, string>;
  readonly gradient: M;
  readonly loss: number;
  /** The loss or a number of the new model is NaN or infinite. */
  readonly lost: boolean;
}

/** 0, and NaN if a number of the tensor is not finite. */
const nothingIf = (x: Tensor): Tensor => {
  const zero = x.mul(0);
  // Row by row first: rows can be shared out, one sum over all numbers cannot.
  return (x.rank > 1 ? zero.sum({ axes: -1 }) : zero).sum();
};

/** A step as a function to be compiled or profiled; `gradient` is one that nobody needs any more, and only its room is used. */
export const stepFunction =
  <M>(task: Task<M>, optimizer: Optimizer) =>
  (model: M, state: OptimizerState<M, string>, _gradient: M, batch: Batch, luck: Tensor) => {
    const { value, grad } = valueAndGrad((at: M) => objective(task, at, batch, luck))(model as never);
    const moved = optimizer.update(model, grad as M, state);
    const floats = leavesOf(moved.params).flatMap(({ tensor }) => (isFloat(tensor.dtype) ? [nothingIf(tensor).cast(value.dtype)] : []));
    const nothing = floats.reduce((sum, part) => sum.add(part), value.mul(0));
    return { model: moved.params, state: moved.state, gradient: grad as M, loss: value, nothing };
  };

/**
 * A step as a program that is given model, state and the last gradient away: the room for everything is taken once, and
 * each step writes over the last.
 */
export const stepOf = <M>(task: Task<M>, optimizer: Optimizer) => {
  type State = OptimizerState<M, string>;
  const program = compile(stepFunction(task, optimizer), { donate: [0, 1, 2] }) as unknown as (
    model: M,
    state: State,
    gradient: M,
    batch: Batch,
    luck: Tensor,
  ) => Omit<Stepped<M>, "loss" | "lost"> & { readonly loss: Tensor; readonly nothing: Tensor };
  return (...given: Parameters<typeof program>): Stepped<M> => {
    const { loss, nothing, ...made } = program(...given);
    return { ...made, loss: loss.itemSync(), lost: nothing.itemSync() !== 0 };
  };
};

/** The first gradient, which nobody reads. */
export const zerosOf = <M>(model: M): M => mapTree(model, (leaf) => zeros(leaf.shape, { dtype: leaf.dtype })) as M;

/** The tensors of a tree that were given away are those of another from now on. */
export const holdAs = (tree: unknown, other: unknown): void => {
  const values = leavesOf(other);
  leavesOf(tree).forEach(({ tensor }, i) => tensor.hold(values[i]!.tensor.dataSync()));
};

/** Loss and gradient were finite, and the step was still too long. */
export const overflow = (params: unknown, when: string): Diagnostic => {
  const lost = leavesOf(params, "model").find(({ tensor }) => !tensor.dataSync().every(Number.isFinite))!;
  return new Diagnostic("not-finite", `${when}: the numbers are lost: the update of ${lost.path} overflowed`, {
    operands: [{ name: lost.path, shape: lost.tensor.shape }],
    help: "use a smaller learning rate",
  });
};
