/**
 * Every activation of the library with its value and its slope: those that a network's settings name, and the functions
 * that no setting does. The slope is the library's own gradient, made by `differentiate` and run by the interpreter.
 */
import { builder } from "../../api/builder.ts";
import { geluTanh, selu } from "../../api/functions.ts";
import type { Value } from "../../ir/dtype.ts";
import { topological } from "../../ir/graph.ts";
import { NodeMap } from "../../ir/node-map.ts";
import type { Node } from "../../ir/node.ts";
import type { Linear } from "../../nn/linear.ts";
import { constantValue, input, onesLike } from "../../ops/forms/source.ts";
import { differentiate } from "../../passes/differentiate.ts";
import { interpret } from "../../run/interpret.ts";
import { tensor, Tensor } from "../../trace/tensor.ts";
import { activations, type Activation, type Layer } from "../../train/activations.ts";

/** x w + b, one of the linear functions whose maximum a maxout neuron is. */
export interface Piece {
  readonly w: number;
  readonly b: number;
}

/** What one activation gives at some pre-activations. */
export interface Response {
  readonly values: Float64Array;
  /** The derivative of each value for its pre-activation. */
  readonly slopes: Float64Array;
}

const column = "float64";

/** Numbers that are given when the graph is run. */
const open = (shape: readonly number[], name: string): Tensor => new Tensor(input(shape, column, name), Infinity);

/** A layer that leaves its one number as it is, and has pieces for an activation that takes their maximum. */
const layerWith = (pieces: readonly Linear[]): Layer => ({
  w: tensor([[1]], { dtype: column }),
  b: tensor([0], { dtype: column }),
  pieces,
});

/** [rows, 1] -> [rows, 1]. */
type Unit = (x: Tensor, pieces: readonly Linear[]) => Tensor;

const unitOf =
  ({ before, apply }: Activation): Unit =>
  (x, pieces) =>
    apply(before(layerWith(pieces), x));

const units: ReadonlyMap<string, Unit> = new Map([
  ...Object.entries(activations).map(([name, one]) => [name, unitOf(one)] as const),
  ...Object.entries({ "gelu-tanh": geluTanh, selu }).map(([name, apply]) => [name, (x: Tensor) => apply(x)] as const),
]);

export const activationNames: readonly string[] = [...units.keys()];

/** The word itself where the library knows it, or else the first that it knows. */
export const knownActivation = (name: string): string => (units.has(name) ? name : activationNames[0]!);

/** The graph of one activation, ready to be run at any numbers. */
interface Graph {
  readonly x: Node;
  readonly pieces: readonly { readonly w: Node; readonly b: Node }[];
  readonly y: Node;
  /** The gradient of y for x; absent where it is 0 everywhere. */
  readonly slope: Node | undefined;
}

const made = (name: string, rows: number, count: number): Graph => {
  const x = open([rows, 1], "z");
  const pieces = Array.from({ length: count }, (_, i) => ({ w: open([1, 1], `slope ${i + 1}`), b: open([1], `offset ${i + 1}`) }));
  const y = units.get(name)!(x, pieces).node;
  const slope = differentiate(new Map([[y, onesLike(y)]]), [x.node], builder).of.get(x.node);
  return { x: x.node, pieces: pieces.map(({ w, b }) => ({ w: w.node, b: b.node })), y, slope };
};

/** A slider must never trace or differentiate again. */
const graphs = new Map<string, Graph>();

const graphOf = (name: string, rows: number, count: number): Graph => {
  const word = `${name} ${rows} ${count}`;
  const graph = graphs.get(word) ?? made(name, rows, count);
  graphs.set(word, graph);
  return graph;
};

/** Whether it is the maximum of linear functions, which have weights of their own. */
export const isPieced = (name: string): boolean => {
  const { y, pieces } = graphOf(name, 1, 2);
  return topological([y]).includes(pieces[0]!.w);
};

/** Value and slope at every pre-activation, in float64. `pieces` are those of a maxout neuron. */
export const respond = (name: string, at: readonly number[], pieces: readonly Piece[]): Response => {
  const graph = graphOf(name, at.length, pieces.length);
  const feeds = new NodeMap<Value>([[graph.x, Float64Array.from(at)]]);
  for (const [i, { w, b }] of pieces.entries()) {
    feeds.set(graph.pieces[i]!.w, Float64Array.of(w));
    feeds.set(graph.pieces[i]!.b, Float64Array.of(b));
  }
  const [values, slopes] = interpret(graph.slope ? [graph.y, graph.slope] : [graph.y], feeds);
  // What the interpreter gives for [rows, 1] of float64 is an array of them.
  return { values: values as Float64Array, slopes: slopes === undefined ? new Float64Array(at.length) : (slopes as Float64Array) };
};

export interface Definition {
  /** In the words of the table of operations. */
  readonly formula: string;
  /** What it does to a gradient. */
  readonly says: string;
  /** The number that alpha stands for in the formula. */
  readonly alpha?: number;
}

/** What the library's table says of it. */
export const definitionOf = (name: string): Definition => {
  const { op, src } = graphOf(name, 1, 2).y;
  const { formula, says } = op;
  const alpha = src[1] && constantValue(src[1]);
  return { formula, says, ...(alpha === undefined ? {} : { alpha }) };
};
