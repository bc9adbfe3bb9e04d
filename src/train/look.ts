/**
 * One look at a model: the loss and its gradients on a few rows, run once with an eye on every layer. What a training
 * step does not show (what hidden units give, how steep their activations are, which gradients reach them) is seen here.
 */
import { builder } from "../api/builder.ts";
import { asBatch, someRows, type Batch, type Examples } from "../data/examples.ts";
import { allocate, asArray, type TypedArray, type Value } from "../ir/dtype.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
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
  readonly flat: Flat;
  /** What the layer gives: [rows, units], row by row. */
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
  return withFreshSites(() => {
    const scores = task.kind === "loss" ? undefined : task.scores(stand, inputs);
    const loss = task.lossOfModel ? task.lossOfModel(stand, { x: inputs, y }) : task.loss(scores!, y);
    return { scores: scores?.node, loss: loss.node, x: inputs.node, parameters: leavesOf(stand).map(({ tensor }) => tensor.node) };
  });
};

/** Looks at a model on the rows of a batch. Chance (dropout) and the penalty take no part. */
export const lookAt = <M>(task: Task<M>, model: M, batch: Batch): Look => {
  const { scores, loss, x, parameters } = graphOf(task, model, batch);
  // A loss of the whole model makes scores of its own, or none.
  const layers = layersOf(task.lossOfModel || !scores ? loss : scores, x, parameters);
  const wanted = [...parameters, ...layers.hidden.map(({ after }) => after)];
  const { of } = differentiate(new Map([[loss, onesLike(loss)]]), wanted, builder);
  const slopes = layers.hidden.map(({ before, after }) => differentiate(new Map([[after, onesLike(after)]]), [before], builder).of.get(before));
  const seen: Node[] = [];
  const ask = (node: Node | undefined): number => (node === undefined ? -1 : seen.push(node) - 1);
  const asked = {
    loss: ask(loss),
    scores: ask(scores),
    inputs: layers.inputs.map(ask),
    layers: layers.hidden.map(({ after }, i) => ({ after: ask(after), slope: ask(slopes[i]), gradient: ask(of.get(after)) })),
    parameters: parameters.map((node) => ({ values: ask(node), gradient: ask(of.get(node)) })),
  };
  const values = interpret(seen);
  /** Absent: nothing flows back, which is a gradient of 0. */
  const read = (at: number, like: Node): TypedArray => (at < 0 ? new Float64Array(sizeOf(like.shape)) : asArray(values[at]!, seen[at]!.dtype));
  return {
    rows: batch.y.size,
    loss: read(asked.loss, loss)[0]!,
    ...(scores === undefined ? {} : { scores: { shape: scores.shape, values: read(asked.scores, scores) } }),
    inputs: layers.inputs.map((node, i) => ({ columns: node.shape.at(-1) ?? 1, values: read(asked.inputs[i]!, node) })),
    layers: layers.hidden.map((layer, i) => ({
      name: layer.name,
      units: layer.after.shape.at(-1) ?? 1,
      flat: flatOf(layer, slopes[i]),
      activations: read(asked.layers[i]!.after, layer.after),
      slopes: read(asked.layers[i]!.slope, layer.after),
      gradient: read(asked.layers[i]!.gradient, layer.after),
    })),
    parameters: parameters.map((node, i) => ({
      path: node.name!,
      shape: node.shape,
      values: read(asked.parameters[i]!.values, node),
      gradient: read(asked.parameters[i]!.gradient, node),
    })),
  };
};

/** Looks at a model on at most so many rows of a data set. */
export const lookAtRows = <M>(task: Task<M>, model: M, examples: Examples, most: number): Look => lookAt(task, model, asBatch(someRows(examples, most)));

const deadSlope = 1e-3;
const saturatedSlope = 1e-2;

/** Units whose activation is flat at one end (a relu), and which stand there for all rows: nothing moves them any more. */
export const deadUnits = ({ units, flat, slopes }: LayerLook): number => {
  if (flat !== "one end") return 0;
  const alive = new Uint8Array(units);
  for (let i = 0; i < slopes.length; i++) if (Math.abs(slopes[i]!) > deadSlope) alive[i % units] = 1;
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
