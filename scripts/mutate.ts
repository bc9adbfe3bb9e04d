/**
 * Is the sweep over all operations strong enough? Plants one fault after another in every backward rule that any entry
 * reaches, and runs the sweep of the entries concerned: it must find each. Run with `node scripts/mutate.ts`; prints
 * what survived, and ends with 1 if anything did.
 */
import { pathToFileURL } from "node:url";
import { checkOperation } from "../src/check/operations.ts";
import { Subject } from "../src/check/subject.ts";
import { isFloat } from "../src/ir/dtype.ts";
import { topological } from "../src/ir/graph.ts";
import type { Node, Op } from "../src/ir/node.ts";
import { sameShape, sizeOf } from "../src/ir/shape.ts";
import type { EntryInfo } from "../src/ops/forms/entry.ts";
import { input } from "../src/ops/forms/source.ts";
import * as table from "../src/ops/table.ts";
import { isEntry } from "../src/ops/forms/entry.ts";
import { mutantsOf, type Mutant } from "./mutations.ts";

/** An operation with a rule: where it is used, and the entries whose sweep should notice a fault in it. */
interface Target {
  readonly op: Op;
  readonly uses: { node: Node; upstream: Node }[];
  readonly entries: Set<EntryInfo>;
}

export interface Mutations {
  readonly planted: number;
  /** Faults that leave the same circuit, proved by comparing the circuits. */
  readonly equal: number;
  readonly survivors: readonly { readonly op: string; readonly fault: string }[];
  /** How many faults each operation's rule was given. */
  readonly byOperation: ReadonlyMap<string, number>;
}

/**
 * The rule of an entry is tried as its own samples use it, where all operands are free; the rules of the machinery wherever
 * they are met. A fold over no axes is left out: it is the identity, whose single winner takes all.
 */
const isFree = (node: Node, entry: EntryInfo, out: Node, own: ReadonlySet<Op | undefined>): boolean =>
  own.has(node.op) ? entry.op === node.op && node === out && !(node.op.form === "fold" && sameShape(node.shape, node.src[0]!.shape)) : true;

const targetsOf = (entries: readonly EntryInfo[]): Target[] => {
  const own = new Set(entries.map(({ op }) => op));
  const targets = new Map<Op, Target>();
  const stopping = new Set(entries.flatMap(({ op, differentiable }) => (op && !differentiable ? [op] : [])));
  for (const entry of entries) {
    for (const sample of entry.samples()) {
      const [wide, narrow] = [new Subject(entry, sample), new Subject(entry, sample, true)];
      for (const node of topological([...wide.roots, ...narrow.roots])) {
        if (!node.op.gradient || node.src.length === 0 || stopping.has(node.op) || !isFloat(node.dtype) || sizeOf(node.shape) === 0) continue;
        let target = targets.get(node.op);
        if (!target) targets.set(node.op, (target = { op: node.op, uses: [], entries: new Set() }));
        target.entries.add(entry);
        if (isFree(node, entry, wide.out, own)) target.uses.push({ node, upstream: input(node.shape, node.dtype) });
      }
    }
  }
  return [...targets.values()];
};

/** Whether the sweep of some entry fails with the fault in place. Its own entry is asked first. */
const isFound = ({ op, rule }: Mutant, entries: readonly EntryInfo[]): boolean => {
  const original = op.gradient!;
  op.gradient = rule;
  try {
    return entries.some((entry) => checkOperation(entry).failures.length > 0);
  } finally {
    op.gradient = original;
  }
};

export const runMutations = (entries: readonly EntryInfo[], said: (line: string) => void = () => undefined): Mutations => {
  const survivors: { op: string; fault: string }[] = [];
  const byOperation = new Map<string, number>();
  let equal = 0;
  for (const { op, uses, entries: concerned } of targetsOf(entries)) {
    const asked = [...concerned].sort((a, b) => Number(b.op === op) - Number(a.op === op));
    const found = mutantsOf(op, uses);
    equal += found.equal;
    byOperation.set(op.name, (byOperation.get(op.name) ?? 0) + found.mutants.length);
    let alive = 0;
    for (const mutant of found.mutants) {
      if (isFound(mutant, asked)) continue;
      alive++;
      survivors.push({ op: op.name, fault: mutant.fault });
    }
    said(`${op.name.padEnd(24)}${String(found.mutants.length).padStart(4)} faults${alive === 0 ? "" : `, ${alive} NOT FOUND`}`);
  }
  const planted = [...byOperation.values()].reduce((a, b) => a + b, 0);
  return { planted, equal, survivors, byOperation };
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const entries = Object.values<unknown>(table).filter(isEntry);
  const { planted, equal, survivors } = runMutations(entries, console.log);
  for (const { op, fault } of survivors) console.error(`survived: ${op}: ${fault}`);
  console.log(`${planted} faults planted, ${planted - survivors.length} found; ${equal} more left the same circuit`);
  process.exitCode = survivors.length === 0 ? 0 : 1;
}
