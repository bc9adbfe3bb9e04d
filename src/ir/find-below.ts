/** Looking for one node of a graph. */
import { NodeMap } from "./node-map.ts";
import type { Node } from "./node.ts";

/**
 * A node that the roots need and that passes a test; nothing where none does. The search goes to the operand made first
 * before the others: what stands at the beginning of a graph is found without a walk over all of it.
 */
export const findBelow = (roots: Iterable<Node>, test: (node: Node) => boolean): Node | undefined => {
  const seen = new NodeMap<Node>();
  const open = [...roots];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    if (test(node)) return node;
    seen.set(node, node);
    let first: Node | undefined;
    for (const src of node.src) if (first === undefined || src.id < first.id) first = src;
    for (const src of node.src) if (src !== first) open.push(src);
    if (first) open.push(first);
  }
  return undefined;
};
