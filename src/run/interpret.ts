/**
 * The reference interpreter: the float64 meaning of every graph, which all other runtimes are tested against. It runs
 * nodes in order of making, drops each value after its last use, and can stop at every node for those who explain.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import type { Node } from "../ir/node.ts";

/** Sees every node with its operands' values and its own, in order. */
export type Observer = (node: Node, value: Value, inputs: readonly Value[]) => void;

/** Values of the outputs. `feeds` gives placeholders (or any node) their values. */
export const interpret = (
  outputs: readonly Node[],
  feeds: ReadonlyMap<Node, Value> = new Map(),
  observe?: Observer,
): Value[] => {
  const order = topological(outputs);
  const indexOf = new Map<Node, number>();
  order.forEach((node, i) => indexOf.set(node, i));
  const lastUse = new Int32Array(order.length);
  order.forEach((node, i) => {
    for (const src of node.src) lastUse[indexOf.get(src)!] = i;
  });
  for (const output of outputs) lastUse[indexOf.get(output)!] = order.length;
  const values = new Array<Value | undefined>(order.length);
  order.forEach((node, i) => {
    const fed = feeds.get(node);
    if (fed !== undefined) values[i] = fed;
    else if (node.op.placeholder) {
      throw new Diagnostic("no-value", `"${node.name ?? "an input"}" has no value`, { place: node.site?.place });
    } else {
      const inputs = node.src.map((src) => values[indexOf.get(src)!]!);
      const value = node.op.evaluate(node, inputs, interpret);
      values[i] = value;
      observe?.(node, value, inputs);
    }
    for (const src of node.src) {
      const at = indexOf.get(src)!;
      if (lastUse[at] === i) values[at] = undefined;
    }
  });
  return outputs.map((output) => values[indexOf.get(output)!]!);
};
