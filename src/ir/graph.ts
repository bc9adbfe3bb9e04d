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

/** A map from old nodes to new in which most are still themselves, and only the others take room. */
export class Replaced implements NodeLookup<Node> {
  #others: NodeMap<Node> | undefined;

  get(node: Node): Node {
    return this.#others?.get(node) ?? node;
  }

  has(): boolean {
    return true;
  }

  set(node: Node, other: Node): void {
    if (other !== node) (this.#others ??= new NodeMap<Node>()).set(node, other);
  }
}
