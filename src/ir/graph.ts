/** Walking graphs. Nothing here recurses: a chain of a million gates is an ordinary graph. */
import type { Node } from "./node.ts";

/** Every node that the roots need, operands before their consumers, each once, in order of making. */
export const topological = (roots: Iterable<Node>): Node[] => {
  const seen = new Set<Node>();
  const open: Node[] = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    seen.add(root);
    open.push(root);
  }
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const src of node.src) {
      if (seen.has(src)) continue;
      seen.add(src);
      open.push(src);
    }
  }
  return [...seen].sort((a, b) => a.id - b.id);
};

/** Which nodes of a topological order depend on one of `on` (these included). */
export const dependents = (order: readonly Node[], on: Iterable<Node>): Set<Node> => {
  const found = new Set(on);
  for (const node of order) {
    if (!found.has(node) && node.src.some((src) => found.has(src))) found.add(node);
  }
  return found;
};

/**
 * A graph rebuilt bottom-up: `change` sees each node with its new operands and returns its replacement, or `undefined`
 * to keep it. Untouched parts stay the same nodes. Returns the map from old nodes to new; such maps compose.
 */
export const rebuild = (
  roots: Iterable<Node>,
  change: (node: Node, src: readonly Node[]) => Node | undefined,
): Map<Node, Node> => {
  const map = new Map<Node, Node>();
  for (const node of topological(roots)) {
    const src = node.src.map((s) => map.get(s)!);
    const same = src.every((s, i) => s === node.src[i]);
    map.set(node, change(node, src) ?? (same ? node : node.withSources(src)));
  }
  return map;
};

/** The roots with some nodes replaced by others. */
export const substitute = (roots: readonly Node[], by: ReadonlyMap<Node, Node>): Node[] => {
  const map = rebuild(roots, (node) => by.get(node));
  return roots.map((root) => map.get(root)!);
};
