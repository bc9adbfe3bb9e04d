/** Nodes that choose between smooth pieces: where one of them chooses otherwise, a kink lies in between. */
import { asArray, copyOf, isFloat, type TypedArray, type Value } from "../ir/dtype.ts";
import { dependents, topological } from "../ir/graph.ts";
import type { Node } from "../ir/node.ts";
import { expand } from "../passes/expand.ts";

/** What each chooser has chosen, for each of its elements. */
export type Choices = readonly (Int32Array | TypedArray)[];

/** The choosers of a graph that depend on one of `inputs`: winners, comparisons, positions. Groups are opened. */
export const choosersOf = (outs: readonly Node[], inputs: readonly Node[]): readonly Node[] => {
  const opened = expand(outs, "body");
  const open = topological(outs.map((node) => opened.get(node) ?? node));
  const active = dependents(open, inputs);
  return open.filter((node) => active.has(node) && node.src.length > 0 && (node.op.branch || !isFloat(node.dtype)));
};

/** What a chooser's choice is read from: its operands, or its own value where that is the choice. */
export const readBy = (chooser: Node): readonly Node[] => (chooser.op.branch ? chooser.src : [chooser]);

/** The choices, given the values of what they are read from. */
export const choicesOf = (choosers: readonly Node[], valueOf: (node: Node) => Value): Choices =>
  choosers.map((node) =>
    node.op.branch ? node.op.branch(node, node.src.map(valueOf)) : copyOf(asArray(valueOf(node), node.dtype)),
  );
