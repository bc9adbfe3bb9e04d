/** Walking graphs. Nothing here recurses: a chain of a million gates is an ordinary graph. */
import { NodeMap } from "./node-map.ts";
import type { Node, NodeLookup } from "./node.ts";

/**
 * Every node that the roots need, operands before their consumers, each once, in order of making. Nothing is needed
 * behind a node that is `given`.
 */
export const topological = (roots: Iterable<Node>, given?: (node: Node) => boolean): Node[] => {
  const seen = new NodeMap<Node>();
  for (const root of roots) seen.set(root, root);
  // Operands were made before: walking back in order finds every node once, and its neighbours lie close.
  seen.descend((node) => {
    if (given?.(node)) return;
    for (const src of node.src) seen.set(src, src);
  });
  return seen.values();
};

/** Which nodes of a topological order depend on one of `on` (these included). */
export const dependents = (order: readonly Node[], on: Iterable<Node>): NodeMap<Node> => {
  const found = new NodeMap<Node>();
  for (const node of on) found.set(node, node);
  for (const node of order) {
    for (const src of node.src) {
      if (!found.has(src)) continue;
      found.set(node, node);
      break;
    }
  }
  return found;
};

/**
 * A graph rebuilt bottom-up: `change` sees each node with its new operands and returns its replacement, or `undefined`
 * to keep it. Untouched parts stay the same nodes. Returns the map from old nodes to new; such maps compose. `order`: all
 * nodes that the roots need, for whoever knows them already.
 */
export const rebuild = (
  roots: Iterable<Node>,
  change: (node: Node, src: readonly Node[]) => Node | undefined,
  order: readonly Node[] = topological(roots),
): NodeMap<Node> => {
  const map = new NodeMap<Node>();
  for (const node of order) {
    const src = sourcesIn(map, node);
    map.set(node, change(node, src) ?? (src === node.src ? node : node.withSources(src)));
  }
  return map;
};

/** The operands that a map has for a node's own; where they are the same, the very same list. */
export const sourcesIn = (map: Pick<NodeLookup<Node>, "get">, { src }: Node): readonly Node[] => {
  let changed: Node[] | undefined;
  for (let i = 0; i < src.length; i++) {
    const now = map.get(src[i]!)!;
    if (changed === undefined && now !== src[i]) changed = src.slice();
    if (changed) changed[i] = now;
  }
  return changed ?? src;
};
