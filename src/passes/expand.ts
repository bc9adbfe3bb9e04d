/** Opening groups: every group becomes the gates it stands for. */
import { rebuild, topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Body, Node, NodeLookup } from "../ir/node.ts";

/** A body put in place of a node: parameters become the operands, and what lies in front of them is not looked at. */
export const inline = (body: Body, operands: readonly Node[]): Node => {
  const given = new Map(body.params.map((param, i) => [param, operands[i]!]));
  return rebuild([body.out], (node) => given.get(node), topological([body.out], (node) => given.has(node))).get(body.out)!;
};

/**
 * Opens groups until none is left. `which` chooses the circuit: "body" as it is explained, "lowered" as it is run.
 * Returns the map from old nodes to new. A group's name goes to the gate that takes its place.
 */
export const expand = (
  roots: readonly Node[],
  which: "body" | "lowered" = "body",
  only: (node: Node) => boolean = () => true,
): NodeLookup<Node> => {
  const steps: NodeMap<Node>[] = [];
  let current = roots;
  for (let opened = true; opened; ) {
    opened = false;
    const step = rebuild(current, (node, src) => {
      const body = only(node) ? node.op[which]?.(node) : undefined;
      if (body === undefined) return undefined;
      opened = true;
      const open = inline(body, src);
      return node.name === undefined ? open : open.named(node.name);
    });
    steps.push(step);
    current = current.map((root) => step.get(root)!);
  }
  return compose(steps);
};

/** Maps from old nodes to new, one after the other, as one. */
export const compose = (maps: readonly NodeLookup<Node>[]): NodeLookup<Node> => {
  const get = (node: Node): Node | undefined => maps.reduce<Node | undefined>((at, map) => at && (map.get(at) ?? at), node);
  return { get, has: (node) => maps[0]?.has(node) ?? false };
};
