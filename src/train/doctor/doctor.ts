/**
 * The doctor: says in words what is wrong with a training and what to try, before the first step, while it runs, and at
 * the end. It takes the events of `train` as they come, looks at the model now and then, and keeps nothing else.
 */
import { asBatch, someRows, type Batch } from "../../data/examples.ts";
import type { Diagnostic } from "../../ir/diagnostic.ts";
import { squaredError } from "../../nn/binary.ts";
import { softmaxLoss, svmLoss } from "../../nn/losses.ts";
import { tensor } from "../../trace/tensor.ts";
import type { EpochEvent, StepEvent, Watch } from "../fit.ts";
import { withFloats } from "../floats.ts";
import { graphOf, lookerOf, type Look } from "../look.ts";
import { layerMonitors, monitoredRows, parameterMonitors, ratiosOf, type MonitorEvent } from "../monitor.ts";
import type { Settings } from "../settings.ts";
import { compiled, type Task } from "../task.ts";
import { leavesOf } from "../../trace/tree.ts";
import type { Plan, TrainEvent } from "../train.ts";
import { comparesProbabilities } from "./compared.ts";
import { diagnose } from "./diagnoses.ts";
import type { Evidence, Steps } from "./evidence.ts";
import type { Diagnosis, Finding } from "./finding.ts";
import { wrongGradients } from "./gradient-probe.ts";
import { memorise, type Memorised } from "./memorise.ts";
import { neighboursOf } from "./neighbours.ts";

export interface Doctor<M> {
  /** The steps that `train` is to show with the model before them. */
  readonly watch: Watch;
  /** What can be told before the first step. */
  readonly before: () => readonly Finding[];
  /** Takes an event of `train`; returns what has become certain with it and was not told before. */
  readonly see: (event: TrainEvent<M>) => readonly Finding[];
  /** The monitors at the last look; undefined before the first. */
  readonly monitor: () => MonitorEvent | undefined;
  /**
   * All findings, the cause first, with what only the whole course or a probe can tell. `stopped`: the error that ended
   * the training before its time. Where training went badly it trains on twenty rows, at most a few hundred short steps.
   */
  readonly end: (stopped?: Diagnostic) => readonly Finding[];
}

/** Steps between two looks, at least: a look costs as much as steps on its rows, and is to take a small part of the time. */
const stepsBetween = ({ batch }: Settings): number => Math.max(40, Math.ceil(15 * (1 + monitoredRows / batch)));

/** Every one of the first steps is measured, then one in ten, of large models fewer: each costs a look at every weight. */
const measuredOf = (model: unknown) => {
  const weights = leavesOf(model).reduce((sum, { tensor: leaf }) => sum + leaf.size, 0);
  const every = Math.max(10, Math.round(weights / 1000));
  return (step: number): boolean => step <= 20 || step % every === 0;
};

/** Ratios kept for each tensor; of a long training every second one is dropped when they are too many. */
const mostRatios = 512;

/** The loss is looked at as a mean over so many batches and rows, so that a few odd rows are no jump. */
const smoothed = { batches: 3, rows: 64 } as const;

/** Rows at which every number of the graph is looked at. */
const openedRows = 16;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Everything of the steps that the doctor keeps. */
const createSteps = <M>({ data, settings, start: model }: Plan<M>) => {
  const measured = measuredOf(model);
  const rows = data.train.y.length;
  const batches = Math.ceil(rows / settings.batch);
  const ratios = new Map<string, number[]>();
  const window: { readonly loss: number; readonly rows: number }[] = [];
  let [count, highest, highestAt] = [0, -Infinity, 0];
  return {
    measured,
    add: (event: StepEvent<M>): void => {
      count = event.position.step;
      const isLast = event.position.batch === batches && rows % settings.batch !== 0;
      window.push({ loss: event.loss, rows: isLast ? rows % settings.batch : settings.batch });
      const rowsOf = (some: typeof window): number => some.reduce((sum, one) => sum + one.rows, 0);
      while (window.length > smoothed.batches && rowsOf(window.slice(1)) >= smoothed.rows) window.shift();
      const all = rowsOf(window);
      const mean = window.reduce((sum, one) => sum + (one.loss * one.rows) / all, 0);
      if (window.length >= Math.min(smoothed.batches, batches) && all >= Math.min(smoothed.rows, rows) && mean > highest) [highest, highestAt] = [mean, count];
      if (!measured(count)) return;
      for (const [path, ratio] of ratiosOf(event)) {
        if (ratio === undefined) continue;
        const kept = ratios.get(path) ?? [];
        kept.push(ratio);
        ratios.set(path, kept.length > mostRatios ? kept.filter((_, i) => i % 2 === 0) : kept);
      }
    },
    now: (start: Look): Steps => {
      const weights = start.parameters.filter(({ shape }) => shape.length >= 2).map(({ path }) => path);
      return { count, highest, highestAt, ratios: new Map(weights.map((path) => [path, median(ratios.get(path) ?? [])])) };
    },
  };
};

/**
 * The loss where every score is 0. A loss of the whole model is one of the course's if it gives the same number at the
 * start; of any other nothing is known.
 */
const chanceLossOf = <M>(task: Task<M>, { scores, loss, rows }: Look, { y }: Batch): number | undefined => {
  if (scores === undefined) return undefined;
  const { shape, values } = scores;
  const at = (f: Task<M>["loss"], numbers: Float64Array): number => f(tensor(numbers, { shape }), y).itemSync();
  const none = new Float64Array(values.length);
  if (!task.lossOfModel) return at(task.loss, none);
  const known: readonly Task<M>["loss"][] = task.kind === "class" ? [softmaxLoss, svmLoss] : [(made, targets) => squaredError(made.reshape([rows]), targets)];
  const its = known.find((f) => Math.abs(at(f, Float64Array.from(values)) - loss) < 1e-9 * Math.max(1, Math.abs(loss)));
  return its && at(its, none);
};

/**
 * A doctor for one training. Everything it finds follows from the plan and the events it is shown.
 * @example
 * const plan = planOf(await loadDigits(), settingsFor("digits", { epochs: 1, lr: 10 }));
 * const doctor = createDoctor(plan);
 * doctor.before(); // []
 * for await (const event of train(plan, positionOf(plan), doctor.watch)) doctor.see(event);
 * doctor.end()[0]!.code; // "learning-rate-too-high"
 */
export const createDoctor = <M>(plan: Plan<M>): Doctor<M> => {
  const { data, settings, task } = plan;
  const batch = asBatch(someRows(data.train, monitoredRows));
  // The steps of a probe are too short for float32.
  const model = withFloats(plan.start, "float64");
  const lookAt = lookerOf(task);
  const start = lookAt(model, batch);
  const steps = createSteps(plan);
  const epochs: EpochEvent[] = [];
  const memory = new Map<number, Memorised>();
  let told: readonly Finding[] = [];
  let now = start;
  let lookedAt = 0;
  let latest: StepEvent<M> | undefined;
  let shown: MonitorEvent | undefined;
  let near: ReturnType<typeof neighboursOf> | undefined;
  const fixed = {
    data,
    settings,
    kind: task.kind,
    chanceLoss: chanceLossOf(task, start, batch) ?? start.loss,
    comparesProbabilities: comparesProbabilities(graphOf(task, model, asBatch(someRows(data.train, openedRows)))),
    start,
    wrongGradients: wrongGradients(compiled(task), model, batch, start),
    neighbours: () => (near ??= neighboursOf(data.train, data.schema.label.kind)),
    memorised: (factor: number): Memorised => {
      const known = memory.get(factor) ?? memorise(plan, factor);
      memory.set(factor, known);
      return known;
    },
  };
  const evidence = (stopped?: Diagnostic): Evidence => ({ ...fixed, now, epochs, steps: steps.now(start), stopped });
  const look = (): void => {
    if (latest === undefined || latest.position.step === lookedAt) return;
    lookedAt = latest.position.step;
    now = lookAt(latest.position.model, batch);
    const { epoch, step } = latest.position;
    shown = { event: "monitor", epoch, step, parameters: parameterMonitors(latest), layers: layerMonitors(now) };
  };
  const news = (moment: Diagnosis["when"]): readonly Finding[] => {
    const fresh = diagnose(evidence(), [moment], told);
    told = [...told, ...fresh];
    return fresh;
  };
  return {
    // The last of an epoch may be looked at.
    watch: (step, isLast) => isLast || steps.measured(step),
    before: () => news("before"),
    see: (event) => {
      if (event.event === "step") {
        latest = event;
        steps.add(event);
        return [];
      }
      if (event.event !== "epoch") return [];
      epochs.push(event);
      if (event.step - lookedAt >= stepsBetween(settings)) look();
      return event.epoch === 0 ? [] : news("course");
    },
    monitor: () => shown,
    end: (stopped) => {
      look();
      return diagnose(evidence(stopped), ["before", "course", "end"]);
    },
  };
};

