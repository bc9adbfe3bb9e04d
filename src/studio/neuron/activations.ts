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

const linearOf = ({ w, b }: Piece): Linear => ({ w: tensor([[w]], { dtype: "float64" }), b: tensor([b], { dtype: "float64" }) });

/** A layer that leaves its one number as it is, and has pieces for an activation that takes their maximum. */
const layerWith = (pieces: readonly Linear[]): Layer => ({ ...linearOf({ w: 1, b: 0 }), pieces });

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

const column = "float64";

const traced = (name: string, rows: number, pieces: readonly Linear[]): { readonly x: Node; readonly y: Node } => {
  const x = input([rows, 1], column, "z");
  return { x, y: units.get(name)!(new Tensor(x, Infinity), pieces).node };
};

const twoPieces: readonly Linear[] = [linearOf({ w: 1, b: 0 }), linearOf({ w: 0, b: 0 })];

/** Whether it is the maximum of linear functions, which have weights of their own. */
export const isPieced = (name: string): boolean => topological([traced(name, 1, twoPieces).y]).includes(twoPieces[0]!.w.node);

/** Value and slope at every pre-activation, in float64. `pieces` are those of a maxout neuron. */
export const respond = (name: string, at: readonly number[], pieces: readonly Piece[]): Response => {
  const { x, y } = traced(name, at.length, pieces.map(linearOf));
  const slope = differentiate(new Map([[y, onesLike(y)]]), [x], builder).of.get(x);
  const [values, slopes] = interpret(slope ? [y, slope] : [y], new NodeMap<Value>([[x, Float64Array.from(at)]]));
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
  const { op, src } = traced(name, 1, twoPieces).y;
  const { formula, says } = op;
  const alpha = src[1] && constantValue(src[1]);
  return { formula, says, ...(alpha === undefined ? {} : { alpha }) };
};
