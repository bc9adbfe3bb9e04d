/** What the transforms know of a compilation that goes on around them; who only takes gradients loads no more than this. */
import { findBelow } from "../ir/find-below.ts";
import type { Node } from "../ir/node.ts";

/** Marks the placeholders of a function that is being compiled. */
export interface Compilation {
  /** Known chains of gates below these nodes as single gates. */
  readonly group: (outs: readonly Node[]) => readonly Node[];
}

/** The compilation that these nodes belong to, if any. */
export const compilationOf = (nodes: readonly Node[]): Compilation | undefined =>
  findBelow(nodes, (node) => node.attrs["compilation"] !== undefined)?.attrs["compilation"] as Compilation | undefined;

/**
 * What a transform differentiates. While its function is being compiled, chains are grouped first: the gradient of a
 * plain chain would already have lost what the grouped one keeps. Elsewhere nothing is changed.
 */
export const beforeDifferentiation = (outs: readonly Node[]): readonly Node[] => compilationOf(outs)?.group(outs) ?? outs;
