/**
 * The hidden layers of a model that is only a function: found in the graph of its scores, whether settings built it or
 * the user wrote it. A layer is what stands between two sums of products: what the next one reads, and the nearest value
 * before it of which each number depends on one number alone, so that there is an activation with a slope to look at.
 */
import { dependents, topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, NodeLookup } from "../ir/node.ts";
import { sameShape } from "../ir/shape.ts";

/** A hidden layer as nodes: [rows, units] (more axes before the last are rows, too), or [rows, channels, height, width]. */
export interface LayerNodes {
  /** The path of the first parameter that it is made with. */
  readonly name: string;
  /** Each number of `after` is a function of the same number of `before`; the two are one node where nothing bends. */
  readonly before: Node;
  readonly after: Node;
  /** The axis of the units: the last, or that of the channels, each of which is one unit at every place of an image. */
  readonly axis: number;
}

/** What the sums of products of a graph read. */
export interface Layers {
  /** What the first ones read: the inputs as the model scales them. */
  readonly inputs: readonly Node[];
  readonly hidden: readonly LayerNodes[];
}

/** Each number of the result depends on one number of each operand. Groups hold few groups inside each other. */
const isElementwise = (node: Node): boolean => {
  if (node.op.form === "gate") return true;
  const body = node.op.form === "body" ? node.op.body?.(node) : undefined;
  return body !== undefined && topological([body.out]).every((inner) => inner.op.form === "source" || inner.op.plumbing || isElementwise(inner));
};

/** Where numbers are only moved, or pooled, the layer is what they were before. */
const unmoved = (node: Node): Node => {
  let at = node;
  while ((at.op.form === "view" || at.op.form === "fold") && at.src.length === 1) at = at.src[0]!;
  return at;
};

/** The furthest node of which `after` is a function number by number; ids grow in order of making. */
const beforeOf = (after: Node, moves: NodeLookup<Node>): Node => {
  const open = new Map([[after.id, after]]);
  let found = after;
  for (;;) {
    if (open.size === 1) found = [...open.values()][0]!;
    const last = open.get(Math.max(...open.keys()))!;
    const operands = last.src.filter((src) => moves.has(src));
    if (!isElementwise(last) || operands.length === 0 || operands.some((src) => !sameShape(src.shape, after.shape))) return found;
    open.delete(last.id);
    for (const src of operands) open.set(src.id, src);
  }
};

/** The first parameter that a layer is made with. */
const madeWith = (after: Node, parameters: NodeLookup<Node>, known: NodeLookup<true>): Node | undefined =>
  topological([after], (node) => known.has(node)).find((node) => parameters.has(node));

/** A kernel is [out, in, height, width], and makes images [rows, out, height, width]. */
const unitAxis = ({ shape }: Node, parameter: Node | undefined): number =>
  shape.length === 4 && parameter?.shape.length === 4 && parameter.shape[0] === shape[1] ? 1 : Math.max(0, shape.length - 1);

/** `[0].w` and `[0].b` are the layer `[0]`; `w1` stays what it is. */
const layerName = (path: string): string => path.replace(/(?<=.)\.(w|weights?|b|bias)$/, "");

/** The layers of `scores`, a function of the node `x` and of parameters that have names. */
export const layersOf = (scores: Node, x: Node, parameters: readonly Node[]): Layers => {
  const order = topological([scores]);
  const moves = dependents(order, [x]);
  const learned = dependents(order, parameters);
  const isParameter = new NodeMap<Node>();
  for (const node of parameters) isParameter.set(node, node);
  const read = new NodeMap<Node>();
  for (const node of order) {
    if (node.op.form !== "contract" || !learned.has(node)) continue;
    for (const src of node.src) if (moves.has(src)) read.set(unmoved(src), src);
  }
  const known = new NodeMap<true>();
  const inputs: Node[] = [];
  const hidden: LayerNodes[] = [];
  for (const after of topological(read.values().map(unmoved)).filter((node) => read.has(node))) {
    if (!learned.has(after)) inputs.push(after);
    else {
      const parameter = madeWith(after, isParameter, known);
      hidden.push({ name: layerName(parameter?.name ?? `layer ${hidden.length + 1}`), before: beforeOf(after, moves), after, axis: unitAxis(after, parameter) });
    }
    known.set(after, true);
  }
  return { inputs, hidden };
};
