/**
 * Forward mode, from graph to graph: tangents carried along with values. Linear operations carry them as they are, gates
 * multiply by the same local gradients, and what has no rule of its own is made of two reverse passes.
 */
import { dependents, topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, NodeLookup } from "../ir/node.ts";
import { backThrough, differentiate, type Builder } from "./differentiate.ts";

export interface ForwardBuilder extends Builder {
  /** A placeholder of the same shape and type. */
  readonly hole: (like: Node) => Node;
}

/** Tangents of the outputs (absent: zero), given tangents of some nodes. */
export const pushForward = (
  outputs: readonly Node[],
  tangents: ReadonlyMap<Node, Node>,
  build: ForwardBuilder,
): NodeLookup<Node> => {
  const of = new NodeMap(tangents);
  const order = topological(outputs);
  const active = dependents(order, tangents.keys());
  for (const node of order) {
    if (of.has(node) || !active.has(node)) continue;
    const inner = node.src.map((src) => of.get(src));
    if (inner.every((t) => t === undefined)) continue;
    const tangent = tangentOf(node, inner, build);
    if (tangent) of.set(node, tangent);
  }
  return of;
};

const tangentOf = (node: Node, tangents: readonly (Node | undefined)[], build: ForwardBuilder): Node | undefined => {
  const { op } = node;
  if (op.tangent) return op.tangent(node, tangents);
  if (op.linear && tangents.every((t) => t !== undefined)) return op.rebuild!(tangents as readonly Node[], node);
  // The vjp is linear in its upstream, so the vjp of the vjp is the forward rule.
  const hole = build.hole(node);
  const back = backThrough(node, hole, build);
  let sum: Node | undefined;
  back.forEach((gradient, i) => {
    const t = tangents[i];
    if (!gradient || !t) return;
    const part = differentiate(new Map([[gradient, t]]), [hole], build).of.get(hole);
    if (part) sum = sum ? build.add(sum, part) : part;
  });
  return sum;
};
