/** The grouping pass with the rules of the table. */
import { topological } from "../ir/graph.ts";
import type { Node } from "../ir/node.ts";
import type { Recognisable } from "../ir/recognise.ts";
import * as table from "../ops/table.ts";
import { groupChains, type Found, type Grouped, type GroupOptions } from "../passes/group.ts";
import { isEntry } from "../trace/tensor.ts";

export type { Found, Grouped, GroupOptions } from "../passes/group.ts";
export { groupReport } from "../passes/group-report.ts";

/** What the entries of the table want to be recognised as. */
export const recognisables: readonly Recognisable[] = Object.values<unknown>(table)
  .filter(isEntry)
  .flatMap(({ recognisable = [] }) => recognisable);

/**
 * Known chains of plain gates below the roots (sigmoid, softplus, log-sum-exp, softmax, cross-entropy and what else the
 * table recognises) as the single gates that compute them without overflow.
 */
export const group = (roots: readonly Node[], options?: GroupOptions): Grouped => groupChains(roots, recognisables, options);

/** Marks the placeholders of a function that is being compiled, and collects what was grouped in it. */
export interface Compilation {
  readonly found: Found[];
}

/** The compilation that these nodes belong to, if any. */
export const compilationOf = (nodes: readonly Node[]): Compilation | undefined =>
  topological(nodes).find((node) => node.attrs["compilation"])?.attrs["compilation"] as Compilation | undefined;

/**
 * What a transform differentiates. While its function is being compiled, chains are grouped first: the gradient of a
 * plain chain would already have lost what the grouped one keeps. Elsewhere nothing is changed.
 */
export const beforeDifferentiation = (outs: readonly Node[]): readonly Node[] => {
  const compilation = compilationOf(outs);
  if (!compilation) return outs;
  const { map, found } = group(outs);
  compilation.found.push(...found);
  return outs.map((out) => map.get(out) ?? out);
};
