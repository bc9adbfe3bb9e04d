/**
 * The reference interpreter: the float64 meaning of every graph, which all other runtimes are tested against. It runs
 * nodes in order of making, drops each value after its last use, and can stop at every node for those who explain.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, NodeLookup } from "../ir/node.ts";

/** Sees every node with its operands' values and its own, in order. */
export type Observer = (node: Node, value: Value, inputs: readonly Value[]) => void;

/** Values of the outputs. `feeds` gives placeholders (or any node) their values; `order`: all nodes that are needed then, operands first. */
export const interpret = (
  outputs: readonly Node[],
  feeds: NodeLookup<Value> = new NodeMap(),
  observe?: Observer,
  order: readonly Node[] = topological(outputs, (node) => feeds.has(node)),
): Value[] => {
  // Of arrays alone: nothing is gained by dropping a number.
  const lastUse = new NodeMap<Node>();
  for (const node of order) {
    if (feeds.has(node)) continue;
    for (const src of node.src) if (isArray(src)) lastUse.set(src, node);
  }
  for (const output of outputs) lastUse.delete(output);
  const values = new NodeMap<Value>();
  for (const node of order) {
    const fed = feeds.get(node);
    if (fed !== undefined) {
      values.set(node, fed);
      continue;
    }
    const inputs = node.src.map((src) => values.get(src)!);
    const value = evaluated(node, inputs);
    values.set(node, value);
    observe?.(node, value, inputs);
    for (const src of node.src) if (isArray(src) && lastUse.get(src) === node) values.delete(src);
  }
  return outputs.map((output) => values.get(output)!);
};

const isArray = ({ shape }: Node): boolean => shape.length > 0;

/** Where there is no room for a value, it is said whose. */
const evaluated = (node: Node, inputs: readonly Value[]): Value => {
  try {
    return node.op.evaluate(node, inputs, interpret);
  } catch (error) {
    if (!(error instanceof Diagnostic) || error.code !== "out-of-memory") throw error;
    throw error.with({ place: node.site?.place, operands: [{ name: node.name ?? node.op.name, shape: node.shape }] });
  }
};
