/**
 * The training loop, as a stream of events that a terminal or a page draws as they come. Everything random follows from
 * the key, and where the loop stands is a value: a run that goes on from one is the run that never stopped. The test
 * rows are not even passed in.
 */
import { permutation, split, splitAt } from "../api/random.ts";
import { batchOver, inType, someRows, takeRows, type Batch, type Parts, type TypedExamples } from "../data/examples.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Optimizer, OptimizerState } from "../optim/optimizer.ts";
import type { Tensor } from "../trace/tensor.ts";
import { copied, floatsOf } from "./floats.ts";
import { diagnoseNotFinite } from "./not-finite.ts";
import { holdAs, overflow, stepOf, zerosOf } from "./step.ts";
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

/**
 * One step: where it led, and what monitors need to know of it. The next step writes over its tensors: whoever keeps one
 * reads it before the next event, or takes a copy (`copied`).
 */
export interface StepEvent<M> {
  readonly event: "step";
  readonly position: Position<M>;
  /** Loss and penalty at the model before the step, on the rows of the step. */
  readonly loss: number;
  readonly gradient: M;
  /** The model before the step, a copy; there for steps that are watched. */
  readonly before?: M;
}

/** Where training stands after a pass through the training rows. */
export interface EpochEvent {
  readonly event: "epoch";
  /** Passes through the training rows so far; 0 before the first. */
  readonly epoch: number;
  readonly step: number;
  /** On the training rows; where there are more than 10,000 of them, on so many at equal distances. */
  readonly train: Measure;
  readonly validation: Measure;
  /** Since this call of `fit` began. */
  readonly seconds: number;
}

/** Which steps (counted from 1) somebody wants to compare with the model before them; `isLast` of its epoch. */
export type Watch = (step: number, isLast: boolean) => boolean;

export interface FitOptions<M> {
  readonly optimizer: Optimizer;
  readonly epochs: number;
  /** Rows a step. */
  readonly batch: number;
  /** Orders the rows of every epoch, and drives what chance there is in a step. */
  readonly key: Tensor;
  /** Where to begin: `startAt(model, optimizer)`, or a position of an earlier run with the same options. */
  readonly from: Position<M>;
  /** Default: none. */
  readonly watch?: Watch | undefined;
}

/** The position before the first step. */
export const startAt = <M>(model: M, optimizer: Optimizer): Position<M> => ({ model, state: optimizer.init(model), epoch: 0, batch: 0, step: 0 });

/** How long others wait at most, in milliseconds, unless one step takes longer. */
const longestWait = 40;

/** Now and then gives way: to the page that draws, and to Ctrl-C. */
const turns = (): (() => Promise<void> | undefined) => {
  let last = performance.now();
  return () => {
    if (performance.now() - last < longestWait) return undefined;
    return new Promise((resolve) =>
      setTimeout(() => {
        last = performance.now();
        resolve();
      }),
    );
  };
};

/** Training rows that are measured after each epoch, at most: as a rule as many as there are validation rows. */
const mostMeasured = 10_000;

const measured = <M>(task: Task<M>, model: M, rows: TypedExamples): Measure => {
  const { predictions: _, ...figures } = measure(task, model, rows);
  return figures;
};

/** Steps between two copies that a training whose numbers are lost goes back to. */
const stepsBetweenCopies = 100;

/** A step whose thread was ended in the middle of it is taken once more. */
const again = <T>(step: () => T, goBack: () => void): T => {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof Diagnostic) || error.code !== "worker-lost") throw error;
    goBack();
    return step();
  }
};

/** The steps of one epoch, in their order. */
interface Epoch {
  readonly batches: number;
  readonly batchAt: (i: number) => Batch;
  readonly luckAt: (i: number) => Tensor;
}

const epochOf = (key: Tensor, rows: TypedExamples, size: number, epoch: number): Epoch => {
  const [from, chance] = split(splitAt(key, epoch));
  const order = permutation(from!, rows.y.length).dataSync();
  return {
    batches: Math.ceil(order.length / size),
    batchAt: (i) => batchOver(takeRows(rows, order.subarray(i * size, (i + 1) * size))),
    luckAt: (i) => splitAt(chance!, i),
  };
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
  { optimizer, epochs, batch: size, key, from, watch = () => false }: FitOptions<M>,
): AsyncGenerator<EpochEvent | StepEvent<M>, Position<M>, void> {
  const began = performance.now();
  const step = stepOf(task, optimizer);
  const measuring = compiled(task);
  const dtype = floatsOf(from.model);
  const rows = inType(parts.train, dtype);
  const [some, validation] = [someRows(rows, mostMeasured), inType(parts.validation, dtype)];
  const report = ({ model, epoch, step }: Position<M>): EpochEvent => ({
    event: "epoch",
    epoch,
    step,
    train: measured(measuring, model, some),
    validation: measured(measuring, model, validation),
    seconds: (performance.now() - began) / 1000,
  });
  const turn = turns();
  // Steps write over what they are given, and `from` is not theirs.
  let at: Position<M> = copied(from);
  let gradient = zerosOf(from.model);
  if (at.step === 0) yield report(at);
  while (at.epoch < epochs) {
    const epoch = epochOf(key, rows, size, at.epoch);
    let safe = copied(at);
    const next = (position: Position<M>, batch: Batch, given: M) => {
      const { loss, lost, ...moved } = step(position.model, position.state, given, batch, epoch.luckAt(position.batch));
      return { loss, lost, gradient: moved.gradient, position: { model: moved.model, state: moved.state, epoch: position.epoch, batch: position.batch + 1, step: position.step + 1 } };
    };
    while (at.batch < epoch.batches) {
      if (at.step - safe.step >= stepsBetweenCopies) safe = copied(at);
      const batch = epoch.batchAt(at.batch);
      const before = watch(at.step + 1, at.batch + 1 === epoch.batches) ? copied(at.model) : undefined;
      const goBack = (): void => {
        // The steps since the copy once more, to the same bits: the tensors of the last good one get their numbers back.
        let [good, its] = [copied(safe), zerosOf(at.model)];
        while (good.step < at.step) ({ position: good, gradient: its } = next(good, epoch.batchAt(good.batch), its));
        holdAs(at, good);
        holdAs(gradient, its);
      };
      const made = again(() => next(at, batch, gradient), goBack);
      if (made.lost) {
        goBack();
        const when = `step ${at.step + 1} (epoch ${at.epoch + 1})`;
        throw diagnoseNotFinite((model: M) => objective(task, model, batch, epoch.luckAt(at.batch)), at.model, when) ?? overflow(made.position.model, when);
      }
      ({ position: at, gradient } = made);
      const wait = turn();
      if (wait) await wait;
      yield { event: "step", position: at, loss: made.loss, gradient, ...(before === undefined ? {} : { before }) };
    }
    at = { ...at, epoch: at.epoch + 1, batch: 0 };
    await turn();
    yield report(at);
  }
  return at;
}
