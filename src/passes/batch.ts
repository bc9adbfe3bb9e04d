/**
 * One example's graph for many at once: nodes that depend on the examples get a leading axis, one rule for each form;
 * the others stay as they are and are shared.
 */
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { inline } from "./expand.ts";

export interface Batched {
  readonly node: Node;
  /** False where the result is the same for every example, and has no axis of examples. */
  readonly many: boolean;
}

/** `examples`: for each placeholder of one example the node that holds all of them along its first axis. */
export const batchGraph = (outputs: readonly Node[], examples: ReadonlyMap<Node, Node>): Batched[] => {
  const map = new NodeMap<Node>(examples);
  const many = new NodeMap<Node>(examples);
  const visit = (root: Node): void => {
    for (const node of topological([root], (known) => map.has(known))) {
      if (map.has(node)) continue;
      const batched = node.src.map((src) => many.has(src));
      if (!batched.includes(true)) {
        map.set(node, node);
        continue;
      }
      const operands = node.src.map((src) => map.get(src)!);
      const made = node.op.batch?.(node, operands, batched);
      if (made) {
        // An operand that is handed on keeps its own identity: a renamed placeholder would be another one.
        map.set(node, node.name === undefined || operands.includes(made) ? made : made.named(node.name));
        many.set(node, node);
        continue;
      }
      // As deep as groups stand in groups, which is not as deep as a graph.
      const open = inline(node.op.lowered!(node), node.src);
      visit(open);
      map.set(node, map.get(open)!);
      if (many.has(open)) many.set(node, node);
    }
  };
  return outputs.map((output) => {
    visit(output);
    return { node: map.get(output)!, many: many.has(output) };
  });
};
