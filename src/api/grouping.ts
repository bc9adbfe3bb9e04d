/** The grouping pass with the rules of the table. */
import type { Node } from "../ir/node.ts";
import type { Recognisable } from "../ir/recognise.ts";
import { entries } from "../ops/table.ts";
import { groupChains, type Found, type Grouped, type GroupOptions } from "../passes/group.ts";
import type { EntryInfo } from "../ops/forms/entry.ts";
import type { Compilation } from "./compilation.ts";

export type { Found, Grouped, GroupOptions } from "../passes/group.ts";
export { groupReport } from "../passes/group-report.ts";

/** What the entries of the table want to be recognised as. */
export const recognisables: readonly Recognisable[] = Object.values<EntryInfo>(entries).flatMap(({ recognisable = [] }) => recognisable);

/**
 * Known chains of plain gates below the roots (sigmoid, softplus, log-sum-exp, softmax, cross-entropy and what else the
 * table recognises) as the single gates that compute them without overflow.
 */
export const group = (roots: readonly Node[], options?: GroupOptions): Grouped => groupChains(roots, recognisables, options);

/** For a function that is being compiled: what it differentiates is grouped first. */
export const newCompilation = (): Compilation & { readonly found: Found[] } => {
  const found: Found[] = [];
  return {
    found,
    group: (outs) => {
      const grouped = group(outs);
      found.push(...grouped.found);
      return outs.map((out) => grouped.map.get(out) ?? out);
    },
  };
};
