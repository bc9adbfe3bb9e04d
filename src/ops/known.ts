/**
 * Operations by name, for graphs that were written down and are built again. Entries that have an operation are found in
 * their table; the forms themselves have a few more, which no entry lists.
 */
import type { Op } from "../ir/node.ts";
import { once } from "../ir/once.ts";
import { castOp } from "./forms/cast.ts";
import { contractOp } from "./forms/contract.ts";
import type { EntryInfo } from "./forms/entry.ts";
import { chain } from "./forms/gate.ts";
import { gatherOp, scatterOp } from "./forms/gather.ts";
import { linearReadOp, readOp, writeOp } from "./forms/read.ts";
import { constantOp, dataOp, inputOp } from "./forms/source.ts";
import { parameterOp } from "./forms/parameter.ts";
import { iotaOp } from "./forms/iota.ts";
import { concatOp, reshapeOp } from "./forms/view.ts";
import { entries } from "./table.ts";

const ofForms: readonly Op[] = [
  ...[inputOp, constantOp, dataOp, iotaOp, parameterOp],
  ...[readOp, linearReadOp, writeOp, reshapeOp, concatOp],
  ...[castOp, contractOp, gatherOp, scatterOp, chain.op!],
];

/** Reading with zeros outside and reading with another fill are two operations of one name: only the first is linear. */
export const nameOfOp = ({ name, linear }: Op): string => (linear ? `linear ${name}` : name);

const known = once((): ReadonlyMap<string, Op> => {
  const ofEntries = Object.values<EntryInfo>(entries).flatMap(({ op }) => op ?? []);
  return new Map([...ofForms, ...ofEntries].map((op) => [nameOfOp(op), op]));
});

/** The operation of that name; a gate or a group that a user has defined is not among them. */
export const opOfName = (name: string): Op | undefined => known().get(name);
