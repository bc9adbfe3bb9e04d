/** Where numbers come from: a placeholder to feed, a constant, data, or positions. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { allocate, dtypeOf, store, type DType, type TypedArray, type Value } from "../../ir/dtype.ts";
import { type Attrs, noAttrs, Node, type Op, type Site } from "../../ir/node.ts";
import { checkShape, sizeOf } from "../../ir/shape.ts";
import type { Shape } from "../../ir/shape.types.ts";

const source = (
  name: string,
  says: string,
  formula: string,
  evaluate: (node: Node) => Value,
  work: NonNullable<Op["work"]>,
  placeholder = false,
): Op => ({
  name,
  form: "source",
  says,
  formula,
  plumbing: name !== "input",
  placeholder,
  commutative: false,
  linear: false,
  evaluate,
  gradient: () => [],
  work,
});

export const inputOp = source("input", "its gradient is what the whole circuit was run for", "x", (node) => {
  throw new Diagnostic("no-value", `"${node.name ?? "an input"}" has no value`, {
    place: node.site?.place,
    help: "give a value for each input; declare gates and groups outside the function that is traced, and pass what they use",
  });
}, () => ({ kind: "given" }), true);

export const constantOp = source("constant", "does not change, so no gradient is asked of it", "c", (node) => {
  const value = node.attrs["value"] as number;
  return node.shape.length === 0 ? value : allocate(node.dtype, sizeOf(node.shape)).fill(value);
}, (node) => ({ kind: "constant", value: node.attrs["value"] as number }));

export const dataOp = source("data", "numbers that were given", "x", (node) => {
  const data = node.attrs["data"] as TypedArray;
  return node.shape.length === 0 ? data[0]! : data;
}, () => ({ kind: "given" }));

export const iotaOp = source("iota", "counts positions along one axis", "0, 1, 2, ...", (node) => {
  const n = sizeOf(node.shape);
  const out = allocate(node.dtype, n);
  for (let i = 0; i < n; i++) out[i] = i;
  return node.shape.length === 0 ? 0 : out;
}, () => ({ kind: "positions" }));

/** Whether a function is still being traced; its parameters have no values to look at until it has returned. */
export interface Trace {
  open: boolean;
}

export const parameterOp: Op = {
  ...source("parameter", "passes value and gradient unchanged", "x", () => 0, () => ({ kind: "same" })),
  plumbing: true,
  linear: true,
  evaluate: (_, [x]) => x!,
  gradient: (_, g) => [g],
  // The stand-in of one example has done its work when the examples themselves are put in.
  batch: (_, [x]) => x!,
  rebuild: ([x], node) => node.withSources([x!]),
};

/**
 * What a traced function sees in place of its argument: the same value as a node of its own, so that gradients for this
 * argument are told apart from any other use of the same tensor.
 */
export const parameter = (x: Node, trace: Trace, name?: string): Node =>
  new Node(parameterOp, [x], { trace }, x.shape, x.dtype, x.site, name ?? x.name);

export const isOpenParameter = (node: Node): boolean => (node.attrs["trace"] as Trace | undefined)?.open === true;

/** A placeholder: has a value only where one is fed. */
export const input = (shape: Shape, dtype: DType, name?: string, site?: Site, attrs: Attrs = noAttrs): Node =>
  new Node(inputOp, [], attrs, shape, dtype, site, name);

/** One number, everywhere in a shape. `weak`: written as a JavaScript number, takes the type of what it meets. */
export const constant = (value: number, shape: Shape, dtype: DType, weak = false): Node =>
  new Node(constantOp, nothing, { value: store(dtype, value), weak }, shape, dtype);

const nothing: readonly never[] = [];

export const isWeak = (node: Node): boolean => node.attrs["weak"] === true;

/** The number of a constant node, `undefined` for any other. */
export const constantValue = (node: Node): number | undefined =>
  node.op === constantOp ? (node.attrs["value"] as number) : undefined;

/** One number in every place. */
export interface Fill {
  readonly value: number;
}

/** What a constant node is filled with, always the same object; nothing for any other node. */
export const fillOf = (node: Node): Fill | undefined => (node.op === constantOp ? (node.attrs as unknown as Fill) : undefined);

/** Numbers as given; the array belongs to the node from now on and is never written again. */
export const data = (values: TypedArray, shape: Shape, name?: string, site?: Site): Node =>
  new Node(dataOp, [], { data: values }, shape, dtypeOf(values), site, name);

/** Who has the numbers of a node. An object and no closure, which would keep alive whatever else its maker saw. */
export interface Origin {
  /** The numbers, in an array that nobody writes to. */
  readonly values: TypedArray;
  /** The same numbers in a new array; where this is left out it is a copy of `values`. */
  copy?(): TypedArray;
}

/** Numbers that are fetched from their origin when somebody looks at them. */
export const fetched = (origin: Origin, like: Node): Node => {
  const attrs = {
    origin,
    get data(): TypedArray {
      return origin.values;
    },
  };
  return new Node(dataOp, [], attrs, like.shape, like.dtype, like.site, like.name);
};

/** Who has the numbers of a node made by `fetched`. */
export const originOf = (node: Node): Origin | undefined => node.attrs["origin"] as Origin | undefined;

/** 0, 1, 2, ... over all elements of a shape in row-major order. */
export const iota = (shape: Shape, dtype: DType): Node => new Node(iotaOp, [], noAttrs, checkShape(shape, "iota"), dtype);

export const zerosLike = (node: Node): Node => constant(0, node.shape, node.dtype);
export const onesLike = (node: Node): Node => constant(1, node.shape, node.dtype);
