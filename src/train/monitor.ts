/**
 * What is watched while a model trains (course notes, neural networks part 3): how large updates are beside the weights,
 * how gradients and activations are spread, and how many units are dead or saturated. Plain data, ready for JSON.
 */
import type { Examples } from "../data/examples.ts";
import { nameAt } from "../nn/named.ts";
import type { Tensor } from "../trace/tensor.ts";
import { leavesOf } from "../trace/tree.ts";
import type { StepEvent } from "./fit.ts";
import { histogramOf, type Histogram } from "./histogram.ts";
import { deadUnits, lookAtRows, saturatedShare, type Look } from "./look.ts";
import type { Task } from "./task.ts";

/** One tensor of the model in one step. */
export interface ParameterMonitor {
  /** As one would write it: `[0].w`. */
  readonly path: string;
  /** |update| / |w|, lengths as vectors; wanted near 1e-3. Absent where the tensor was all zeros, as biases are at first, and of a step that was not watched. */
  readonly ratio?: number;
  /** Of the loss and the penalty. */
  readonly gradient: Histogram;
}

/** One hidden layer at a few rows. */
export interface LayerMonitor {
  readonly name: string;
  readonly units: number;
  readonly activations: Histogram;
  /** Of the loss, for what the layer gives. */
  readonly gradient: Histogram;
  /** Units at the flat end of a relu (or its like) for every row that was looked at: they do not learn. */
  readonly dead: number;
  /** Share of the activations near an end of a tanh or a sigmoid, 0 to 1. */
  readonly saturated: number;
}

export interface MonitorEvent {
  readonly event: "monitor";
  readonly epoch: number;
  readonly step: number;
  readonly parameters: readonly ParameterMonitor[];
  readonly layers: readonly LayerMonitor[];
}

/** |update| / |w| of one tensor; undefined where it was all zeros. */
const ratioOf = (before: Tensor, after: Tensor): number | undefined => {
  const [old, now] = [before.dataSync(), after.dataSync()];
  let [update, length] = [0, 0];
  for (let i = 0; i < old.length; i++) {
    update += (now[i]! - old[i]!) ** 2;
    length += old[i]! ** 2;
  }
  return length === 0 ? undefined : Math.sqrt(update / length);
};

/** The update-to-weight ratio of every tensor in a step, by its path; undefined for all of a step that was not watched. */
export const ratiosOf = <M>({ before, position }: Pick<StepEvent<M>, "before" | "position">): ReadonlyMap<string, number | undefined> => {
  const old = before === undefined ? undefined : leavesOf(before);
  return new Map(leavesOf(position.model).map(({ path, tensor }, i) => [nameAt(path), old && ratioOf(old[i]!.tensor, tensor)]));
};

/** What a step shows of every tensor of the model; ratios only where it was watched. */
export const parameterMonitors = <M>(step: StepEvent<M>): readonly ParameterMonitor[] => {
  const gradients = leavesOf(step.gradient);
  return [...ratiosOf(step)].map(([path, ratio], i) => ({
    path,
    ...(ratio === undefined ? {} : { ratio }),
    gradient: histogramOf(gradients[i]!.tensor.dataSync()),
  }));
};

/** What a look shows of every hidden layer. */
export const layerMonitors = ({ layers }: Pick<Look, "layers">): readonly LayerMonitor[] =>
  layers.map((layer) => ({
    name: layer.name,
    units: layer.units,
    activations: histogramOf(layer.activations),
    gradient: histogramOf(layer.gradient),
    dead: deadUnits(layer),
    saturated: saturatedShare(layer),
  }));

/** Rows that monitors look at. */
export const monitoredRows = 64;

/** The monitors after a step, with a look at a few rows, best of those it trains on. */
export const monitor = <M>(task: Task<M>, step: StepEvent<M>, rows: Examples): MonitorEvent => ({
  event: "monitor",
  epoch: step.position.epoch,
  step: step.position.step,
  parameters: parameterMonitors(step),
  layers: layerMonitors(lookAtRows(task, step.position.model, rows, monitoredRows)),
});
