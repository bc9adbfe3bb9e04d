/**
 * The training loop, as a stream of events that a terminal or a page draws as they come. Everything random follows from
 * the key, and where the loop stands is a value: a run that goes on from one is the run that never stopped. The test
 * rows are not even passed in.
 */
import { compile } from "../api/compile.ts";
import { split, splitAt } from "../api/random.ts";
import { valueAndGrad } from "../api/transforms.ts";
import { batches } from "../data/batches.ts";
import type { Batch, Parts } from "../data/examples.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Optimizer, OptimizerState } from "../optim/optimizer.ts";
import type { Tensor } from "../trace/tensor.ts";
import { leavesOf } from "../trace/tree.ts";
import { diagnoseNotFinite } from "./not-finite.ts";
import { compiled, measure, objective, type Measure, type Task } from "./task.ts";

/** Where training stands between two steps: all that the next step depends on, besides data, settings and key. */
export interface Position<M> {
  readonly model: M;
  readonly state: OptimizerState<M, string>;
  /** Whole passes through the training rows so far. */
  readonly epoch: number;
  /** Batches of the next pass that are behind us. */
  readonly batch: number;
  /** Steps so far. */
  readonly step: number;
}

/** One step: where it led, and what monitors need to know of it. */
export interface StepEvent<M> {
  readonly event: "step";
  readonly position: Position<M>;
  /** Loss and penalty at the model before the step, on the rows of the step. */
  readonly loss: number;
  readonly before: M;
  readonly gradient: M;
}

/** Where training stands after a pass through the training rows. */
export interface EpochEvent {
  readonly event: "epoch";
  /** Passes through the training rows so far; 0 before the first. */
  readonly epoch: number;
  readonly step: number;
  readonly train: Measure;
  readonly validation: Measure;
  /** Since this call of `fit` began. */
  readonly seconds: number;
}

export interface FitOptions<M> {
  readonly optimizer: Optimizer;
  readonly epochs: number;
  /** Rows a step. */
  readonly batch: number;
  /** Orders the rows of every epoch, and drives what chance there is in a step. */
  readonly key: Tensor;
  /** Where to begin: `startAt(model, optimizer)`, or a position of an earlier run with the same options. */
  readonly from: Position<M>;
}

/** The position before the first step. */
export const startAt = <M>(model: M, optimizer: Optimizer): Position<M> => ({ model, state: optimizer.init(model), epoch: 0, batch: 0, step: 0 });

/** How long others wait at most, in milliseconds, unless one step takes longer. */
const longestWait = 40;

/** Now and then gives way: to the page that draws, and to Ctrl-C. */
const turns = (): (() => Promise<void>) => {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longestWait) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
};

const finite = (tree: unknown): boolean => leavesOf(tree).every(({ tensor }) => tensor.dataSync().every(Number.isFinite));

const measured = <M>(task: Task<M>, model: M, rows: Parts["train"]): Measure => {
  const { predictions: _, ...figures } = measure(task, model, rows);
  return figures;
};

/** One step as a function: loss and gradient, then the model and the optimiser's state behind it. */
export const stepOf =
  <M>(task: Task<M>, optimizer: Optimizer) =>
  (model: M, state: OptimizerState<M, string>, batch: Batch, chance: Tensor) => {
    const { value, grad } = valueAndGrad((at: M) => objective(task, at, batch, chance))(model as never);
    return { loss: value, gradient: grad as M, ...optimizer.update(model, grad as M, state) };
  };

/**
 * Fits a model to the training rows. Yields a measurement before the first epoch and after each, and every step.
 * Returns the position after the last step.
 * @throws Diagnostic `not-finite` when a loss, a gradient or a parameter is no longer a finite number; the position of
 * the last step event is then the last good one
 */
export async function* fit<M>(
  task: Task<M>,
  parts: Pick<Parts, "train" | "validation">,
  { optimizer, epochs, batch: size, key, from }: FitOptions<M>,
): AsyncGenerator<EpochEvent | StepEvent<M>, Position<M>, void> {
  const began = performance.now();
  const step = compile(stepOf(task, optimizer));
  const measuring = compiled(task);
  const report = ({ model, epoch, step }: Position<M>): EpochEvent => ({
    event: "epoch",
    epoch,
    step,
    train: measured(measuring, model, parts.train),
    validation: measured(measuring, model, parts.validation),
    seconds: (performance.now() - began) / 1000,
  });
  const turn = turns();
  let at = from;
  if (at.step === 0) yield report(at);
  while (at.epoch < epochs) {
    const [order, chance] = split(splitAt(key, at.epoch));
    const behind = at.batch;
    let i = -1;
    for (const batch of batches(order!, parts.train, size)) {
      if (++i < behind) continue;
      const luck = splitAt(chance!, i);
      const { gradient, ...next } = step(at.model as never, at.state as never, batch, luck);
      const loss = next.loss.itemSync();
      if (!Number.isFinite(loss) || !finite(next.params)) {
        const when = `step ${at.step + 1} (epoch ${at.epoch + 1})`;
        throw diagnoseNotFinite((model: M) => objective(task, model, batch, luck), at.model, when) ?? overflow(next.params, when);
      }
      const before = at.model;
      at = { model: next.params, state: next.state, epoch: at.epoch, batch: i + 1, step: at.step + 1 };
      await turn();
      yield { event: "step", position: at, loss, before, gradient };
    }
    at = { ...at, epoch: at.epoch + 1, batch: 0 };
    await turn();
    yield report(at);
  }
  return at;
}

/** Loss and gradient were finite, and the step was still too long. */
const overflow = (params: unknown, when: string): Diagnostic => {
  const lost = leavesOf(params, "model").find(({ tensor }) => !finite(tensor))!;
  return new Diagnostic("not-finite", `${when}: the numbers are lost: the update of ${lost.path} overflowed`, {
    operands: [{ name: lost.path, shape: lost.tensor.shape }],
    help: "use a smaller learning rate",
  });
};
