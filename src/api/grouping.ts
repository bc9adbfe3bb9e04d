/** The grouping pass with the rules of the table. */
import type { Node } from "../ir/node.ts";
import type { Recognisable } from "../ir/recognise.ts";
import * as table from "../ops/table.ts";
import { groupChains, type Grouped, type GroupOptions } from "../passes/group.ts";

export type { Found, Grouped, GroupOptions } from "../passes/group.ts";
export { groupReport } from "../passes/group-report.ts";

/** What the entries of the table want to be recognised as. */
export const recognisables: readonly Recognisable[] = Object.values<unknown>(table).flatMap(
  (entry) => (entry as { readonly recognisable?: readonly Recognisable[] }).recognisable ?? [],
);

/**
 * Known chains of plain gates below the roots (sigmoid, softplus, log-sum-exp, softmax, cross-entropy and what else the
 * table recognises) as the single gates that compute them without overflow.
 */
export const group = (roots: readonly Node[], options?: GroupOptions): Grouped => groupChains(roots, recognisables, options);
