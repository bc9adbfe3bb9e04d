/** A whole training, from data and settings to a model and its figures on rows that it has never seen. */
import { key as keyOf } from "../api/random.ts";
import type { DataSet, Remark } from "../data/data-set.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { summary } from "../nn/summary.ts";
import { confusionOf, type Confusion } from "./confusion.ts";
import { fit, startAt, type EpochEvent, type Position, type StepEvent, type Watch } from "./fit.ts";
import type { Convolutions, Network } from "./network.ts";
import { hasLayers, optimizerOf, type Settings } from "./settings.ts";
import { measure, startOf, streamsOf, structureOf, taskOf, type Task } from "./task.ts";

/** What is trained, on what, and how. */
export interface Plan<M> {
  readonly data: DataSet;
  readonly settings: Settings;
  readonly task: Task<M>;
  /** The model before the first step. */
  readonly start: M;
}

/** What is about to be trained, on what. */
export interface StartEvent {
  readonly event: "start";
  readonly data: string;
  readonly settings: Settings;
  /** Sizes from the inputs of the first dense layer to the outputs, of a network that is built from settings. */
  readonly layers?: readonly number[];
  /** The convolutions before them, of a cnn. */
  readonly convolutions?: Convolutions;
  readonly parameters: number;
  readonly steps: number;
  readonly rows: { readonly train: number; readonly validation: number; readonly test: number };
  readonly notice?: string;
  /** What was noticed about the data. */
  readonly remarks: readonly Remark[];
}

/** How a model does on test rows. Accuracy and confusion for classes, R^2 for numbers, where they are known. */
export type TestFigures = { readonly testLoss: number } & ({ readonly testAccuracy: number; readonly confusion: Confusion } | { readonly testR2: number } | object);

/** The figures of the test rows, which are read for this alone. */
export type DoneEvent = TestFigures & { readonly event: "done"; readonly seconds: number };

export type TrainEvent<M> = StartEvent | StepEvent<M> | EpochEvent | DoneEvent;

/** What is left when training is over. */
export interface Trained<M> extends Plan<M> {
  readonly model: M;
  readonly position: Position<M>;
  readonly done: DoneEvent;
}

/**
 * The plan that settings make for a data set.
 * @throws Diagnostic `bad-setting`
 */
export const planOf = (data: DataSet, settings: Settings): Plan<Network> => {
  const { label } = data.schema;
  if (label.kind === "number" && !hasLayers(settings.model)) {
    throw new Diagnostic("bad-setting", `model: ${settings.model} tells classes apart, and ${label.name} is a number`, {
      help: "take the model mlp; without hidden layers (hidden 0) it is linear regression",
    });
  }
  const start = startOf(settings, data.schema, streamsOf(keyOf(settings.seed)).weights);
  return { data, settings, task: taskOf(settings, data.schema), start };
};

/** How many steps a training takes. */
export const stepsOf = ({ data, settings }: Pick<Plan<unknown>, "data" | "settings">): number =>
  settings.epochs * Math.ceil(data.train.y.length / settings.batch);

/** Where a training begins. */
export const positionOf = <M>(plan: Plan<M>): Position<M> => startAt(plan.start, optimizerOf(plan.settings, stepsOf(plan)));

/** What a test needs to know of a plan. */
export interface TestRows<M> {
  readonly data: Pick<DataSet, "test" | "schema">;
  readonly task: Task<M>;
}

/** How a model does on the test rows. */
export const testOf = <M>({ data, task }: TestRows<M>, model: M): TestFigures => {
  const measured = measure(task, model, data.test);
  if ("r2" in measured) return { testLoss: measured.loss, testR2: measured.r2 };
  if (!("accuracy" in measured)) return { testLoss: measured.loss };
  const { label } = data.schema;
  const classes = label.kind === "class" ? label.classes.length : 0;
  return { testLoss: measured.loss, testAccuracy: measured.accuracy, confusion: confusionOf(data.test.y, measured.predictions, classes) };
};

const shapeOf = ({ settings, data }: Pick<Plan<unknown>, "settings" | "data">): Pick<StartEvent, "layers" | "convolutions"> => {
  if (settings.model === "file") return {};
  const { sizes, image } = structureOf(settings, data.schema);
  return { layers: sizes, ...(image === undefined ? {} : { convolutions: image }) };
};

/**
 * Trains. Yields what happens (`start`, `epoch` before the first step and after each pass, every `step`, `done`) and
 * returns the model. The same plan gives the same bits, in one go or from a position of an earlier run. The test rows
 * are read once, after the last step. `watch` says for which steps the event has the model before it, too: none unless said.
 * @throws Diagnostic `not-finite`
 * @example
 * const data = await loadDigits();
 * for await (const event of train(planOf(data, settingsFor("digits", { epochs: 2 })))) {
 *   if (event.event === "epoch") console.log(event.epoch, goodness(event.validation));
 * }
 */
export async function* train<M>(plan: Plan<M>, from: Position<M> = positionOf(plan), watch?: Watch): AsyncGenerator<TrainEvent<M>, Trained<M>, void> {
  const { data, settings, task, start } = plan;
  const began = performance.now();
  const steps = stepsOf(plan);
  yield {
    event: "start",
    data: data.name,
    settings,
    ...shapeOf(plan),
    parameters: summary(start).parameters,
    steps,
    rows: { train: data.train.y.length, validation: data.validation.y.length, test: data.test.y.length },
    ...(data.notice === undefined ? {} : { notice: data.notice }),
    remarks: data.remarks,
  };
  const { epochs, batch } = settings;
  const key = streamsOf(keyOf(settings.seed)).steps;
  const position = yield* fit(task, data, { optimizer: optimizerOf(settings, steps), epochs, batch, key, from, watch });
  const done: DoneEvent = { event: "done", ...testOf(plan, position.model), seconds: (performance.now() - began) / 1000 };
  yield done;
  return { ...plan, model: position.model, position, done };
}
