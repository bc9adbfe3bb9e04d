/**
 * Bodies are closed. What a body uses from outside its parameters becomes an operand before the node is made; left
 * inside, its gradient would silently be zero.
 */
import { dependents, rebuild, topological } from "../../ir/graph.ts";
import { NodeMap } from "../../ir/node-map.ts";
import type { Node } from "../../ir/node.ts";
import { input, isOpenParameter } from "./source.ts";

/** The same circuits with further parameters, and the outside nodes that these stand for. */
export interface Closed {
  readonly params: readonly Node[];
  readonly outs: readonly Node[];
  readonly captured: readonly Node[];
}

export const close = (params: readonly Node[], outs: readonly Node[]): Closed => {
  const order = topological(outs);
  const foreign = order.filter((node) => (node.op.placeholder && !params.includes(node)) || isOpenParameter(node));
  if (foreign.length === 0) return { params, outs, captured: [] };
  const inside = dependents(order, params);
  const outside = dependents(order, foreign);
  // The last nodes on the way in: they depend on something outside, on no parameter, and the body uses them directly.
  const used = new NodeMap<Node>();
  for (const node of order) if (inside.has(node)) for (const src of node.src) used.set(src, src);
  for (const out of outs) used.set(out, out);
  const captured = order.filter((node) => outside.has(node) && !inside.has(node) && used.has(node));
  const stand = new NodeMap<Node>(captured.map((node) => [node, input(node.shape, node.dtype, node.name)] as const));
  const map = rebuild(outs, (node) => stand.get(node));
  return {
    params: [...params, ...captured.map((node) => stand.get(node)!)],
    outs: outs.map((out) => map.get(out)!),
    captured,
  };
};
