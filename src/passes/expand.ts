/** Opening groups: every group becomes the gates it stands for. */
import { rebuild } from "../ir/graph.ts";
import type { Node } from "../ir/node.ts";
import type { Body } from "../ir/op.ts";

/** A body put in place of a node: parameters become the operands, every inner node is made anew. */
export const inline = (body: Body, operands: readonly Node[]): Node => {
  const given = new Map(body.params.map((param, i) => [param, operands[i]!]));
  return rebuild([body.out], (node) => given.get(node)).get(body.out)!;
};

/**
 * Opens groups until none is left. `which` chooses the circuit: "body" as it is explained, "lowered" as it is run.
 * Returns the map from old nodes to new. A group's name goes to the gate that takes its place.
 */
export const expand = (
  roots: readonly Node[],
  which: "body" | "lowered" = "body",
  only: (node: Node) => boolean = () => true,
): Map<Node, Node> => {
  let total = new Map<Node, Node>();
  let current = roots;
  for (;;) {
    let opened = false;
    const step = rebuild(current, (node, src) => {
      const body = node.op[which]?.(node);
      if (body === undefined || !only(node)) return undefined;
      opened = true;
      const open = inline(body, src);
      return node.name === undefined ? open : open.named(node.name);
    });
    total = total.size === 0 ? step : new Map([...total].map(([old, now]) => [old, step.get(now) ?? now]));
    if (!opened) return total;
    current = current.map((root) => step.get(root)!);
  }
};
