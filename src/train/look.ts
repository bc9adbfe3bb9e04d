/**
 * One look at a model: the loss and its gradients on a few rows, run once with an eye on every layer. What a training
 * step does not show (what hidden units give, how steep their activations are, which gradients reach them) is seen here.
 */
import { builder } from "../api/builder.ts";
import { compile } from "../api/compile.ts";
import { asBatch, someRows, type Batch, type Examples } from "../data/examples.ts";
import { allocate, asArray, type TypedArray, type Value } from "../ir/dtype.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { nameAt } from "../nn/named.ts";
import type { Shape } from "../ir/shape.types.ts";
import { onesLike } from "../ops/forms/source.ts";
import { differentiate } from "../passes/differentiate.ts";
import { interpret } from "../run/interpret.ts";
import { withFreshSites } from "../trace/site.ts";
import { Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { layersOf, type LayerNodes } from "./layers.ts";
import type { Task } from "./task.ts";

/** Where an activation no longer changes: at neither end (leaky relu), at one (relu, elu), at both (tanh, sigmoid). */
export type Flat = "nowhere" | "one end" | "both ends";

/** A hidden layer at the rows that were looked at. */
export interface LayerLook {
  readonly name: string;
  readonly units: number;
  /** How many numbers in a row belong to one unit: 1, or all places of a channel. */
  readonly places: number;
  readonly flat: Flat;
  /** What the layer gives: [rows, units], row by row; of a convolution [rows, channels, height, width]. */
  readonly activations: TypedArray;
  /** The slope of the activation at each of these. */
  readonly slopes: TypedArray;
  /** The gradient of the loss for each of these. */
  readonly gradient: TypedArray;
}

/** A tensor of the model, and the gradient of the loss (without the penalty) for it. */
export interface ParameterLook {
  readonly path: string;
  readonly shape: Shape;
  readonly values: TypedArray;
  readonly gradient: TypedArray;
}

export interface Look {
  readonly rows: number;
  /** The loss of the data alone. */
  readonly loss: number;
  /** Absent where nothing is known of a model but its loss. */
  readonly scores?: { readonly shape: Shape; readonly values: TypedArray };
  /** What the first sums of products read: [rows, columns] each. */
  readonly inputs: readonly { readonly columns: number; readonly values: TypedArray }[];
  readonly layers: readonly LayerLook[];
  readonly parameters: readonly ParameterLook[];
}

/** Far enough for every activation in use, near enough for none to overflow in its slope. */
const far = 300;

/** Slopes smaller than this at the far end are flat. */
const flatSlope = 1e-6;

const flatOf = ({ before, after }: LayerNodes, slope: Node | undefined): Flat => {
  if (slope === undefined || before === after) return "nowhere";
  const isFlat = (at: number): boolean => {
    const [slopes] = interpret([slope], new NodeMap<Value>([[before, allocate(before.dtype, sizeOf(before.shape)).fill(at)]]));
    return asArray(slopes!, slope.dtype).every((s) => Math.abs(s) < flatSlope);
  };
  const ends = Number(isFlat(-far)) + Number(isFlat(far));
  return ends === 2 ? "both ends" : ends === 1 ? "one end" : "nowhere";
};

/** The loss of a model on a batch as a graph, with nothing computed and forgotten on the way. */
export interface TaskGraph {
  /** Absent where nothing is known of a model but its loss. */
  readonly scores: Node | undefined;
  /** Of the data alone. Chance (dropout) takes no part. */
  readonly loss: Node;
  readonly x: Node;
  /** Named by their paths. */
  readonly parameters: readonly Node[];
}

export const graphOf = <M>(task: Task<M>, model: M, { x, y }: Batch): TaskGraph => {
  // Handles under a trace keep their whole graph.
  const stand = mapTree(model, (leaf, path) => new Tensor(leaf.realize().node.named(path.replace(/^\./, "")), Infinity)) as M;
  const inputs = new Tensor(x.realize().node, Infinity);
  return withFreshSites(() => graphUnder(task, stand, { x: inputs, y }));
};

/** The same of handles under a trace. */
const graphUnder = <M>(task: Task<M>, model: M, { x, y }: Batch): TaskGraph => {
  const scores = task.kind === "loss" ? undefined : task.scores(model, x);
  const loss = task.lossOfModel ? task.lossOfModel(model, { x, y }) : task.loss(scores!, y);
  return { scores: scores?.node, loss: loss.node, x: x.node, parameters: leavesOf(model).map(({ tensor }) => tensor.node) };
};

/** What is looked at in a graph, as nodes. */
const sightsOf = ({ scores, loss, x, parameters }: TaskGraph, isWhole: boolean) => {
  // A loss of the whole model makes scores of its own, or none.
  const { inputs, hidden } = layersOf(isWhole || !scores ? loss : scores, x, parameters);
  const { of } = differentiate(new Map([[loss, onesLike(loss)]]), [...parameters, ...hidden.map(({ after }) => after)], builder);
  return {
    inputs,
    layers: hidden.map((layer) => ({
      ...layer,
      slope: differentiate(new Map([[layer.after, onesLike(layer.after)]]), [layer.before], builder).of.get(layer.before),
      gradient: of.get(layer.after),
    })),
    parameters: parameters.map((node) => ({ node, gradient: of.get(node) })),
  };
};

/** Looks at models of one structure on the rows of a batch, again and again. Chance (dropout) and the penalty take no part. */
export const lookerOf = <M>(task: Task<M>): ((model: M, batch: Batch) => Look) => {
  const isWhole = task.lossOfModel !== undefined;
  const seen = compile((model: M, x: Tensor, y: Tensor) => {
    const graph = graphUnder(task, model, { x, y });
    const { inputs, layers, parameters } = sightsOf(graph, isWhole);
    const value = (node: Node | undefined): Tensor | null => (node === undefined ? null : new Tensor(node, Infinity));
    return {
      loss: value(graph.loss),
      scores: value(graph.scores),
      inputs: inputs.map(value),
      layers: layers.map(({ after, slope, gradient }) => ({ after: value(after), slope: value(slope), gradient: value(gradient) })),
      gradients: parameters.map(({ gradient }) => value(gradient)),
    };
  }) as unknown as (model: M, x: Tensor, y: Tensor) => Seen;
  let about: readonly (Pick<LayerLook, "name" | "flat"> & Pick<LayerNodes, "axis">)[] | undefined;
  return (model, batch) => {
    about ??= sightsOf(graphOf(task, model, batch), isWhole).layers.map((layer) => ({ name: layer.name, axis: layer.axis, flat: flatOf(layer, layer.slope) }));
    const { loss, scores, inputs, layers, gradients } = seen(model, batch.x, batch.y);
    /** Absent: nothing flows back, which is a gradient of 0. */
    const read = (tensor: Tensor | null, like: Tensor): TypedArray => tensor?.dataSync() ?? new Float64Array(like.size);
    return {
      rows: batch.y.size,
      loss: loss.itemSync(),
      ...(scores === null ? {} : { scores: { shape: scores.shape, values: scores.dataSync() } }),
      inputs: inputs.map((input) => ({ columns: input.shape.at(-1) ?? 1, values: input.dataSync() })),
      layers: layers.map(({ after, slope, gradient }, i) => {
        const { name, flat, axis } = about![i]!;
        const [units, places] = [after.shape[axis] ?? 1, sizeOf(after.shape.slice(axis + 1))];
        return { name, units, places, flat, activations: after.dataSync(), slopes: read(slope, after), gradient: read(gradient, after) };
      }),
      parameters: leavesOf(model).map(({ path, tensor }, i) => ({ path: nameAt(path), shape: tensor.shape, values: tensor.dataSync(), gradient: read(gradients[i]!, tensor) })),
    };
  };
};

/** What a program of `lookerOf` gives. */
interface Seen {
  readonly loss: Tensor;
  readonly scores: Tensor | null;
  readonly inputs: readonly Tensor[];
  readonly layers: readonly { readonly after: Tensor; readonly slope: Tensor | null; readonly gradient: Tensor | null }[];
  readonly gradients: readonly (Tensor | null)[];
}

/** One look at a model on the rows of a batch. */
export const lookAt = <M>(task: Task<M>, model: M, batch: Batch): Look => lookerOf(task)(model, batch);

/** Looks at a model on at most so many rows of a data set. */
export const lookAtRows = <M>(task: Task<M>, model: M, examples: Examples, most: number): Look => lookAt(task, model, asBatch(someRows(examples, most)));

const deadSlope = 1e-3;
const saturatedSlope = 1e-2;

/** Units whose activation is flat at one end (a relu), and which stand there for all rows (and at all places): nothing moves them any more. */
export const deadUnits = ({ units, places, flat, slopes }: LayerLook): number => {
  if (flat !== "one end") return 0;
  const alive = new Uint8Array(units);
  for (let i = 0; i < slopes.length; i++) if (Math.abs(slopes[i]!) > deadSlope) alive[Math.floor(i / places) % units] = 1;
  return alive.reduce((dead, is) => dead - is, units);
};

/** Share of the numbers that stand where an activation with two flat ends (tanh, sigmoid) hardly changes. */
export const saturatedShare = ({ flat, slopes }: LayerLook): number =>
  flat === "both ends" && slopes.length > 0 ? Array.from(slopes).filter((slope) => Math.abs(slope) < saturatedSlope).length / slopes.length : 0;

/** The root of the mean square. */
export const rms = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum / Math.max(1, values.length));
};
