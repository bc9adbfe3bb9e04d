/** Where numbers come from: a placeholder to feed, a constant, data, or positions. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { allocate, dtypeOf, store, type DType, type TypedArray, type Value } from "../../ir/dtype.ts";
import { type Attrs, noAttrs, Node, type Op, type Site } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { Shape } from "../../ir/shape.types.ts";

/** An operation that is a source of numbers. */
export const source = (
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

/** Whether a function is still being traced; its parameters have no values to look at until it has returned. */
export interface Trace {
  open: boolean;
}

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

export const zerosLike = (node: Node): Node => constant(0, node.shape, node.dtype);
export const onesLike = (node: Node): Node => constant(1, node.shape, node.dtype);
