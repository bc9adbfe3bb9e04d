/**
 * What is better computed again where it is needed than stored and loaded: a few quick gates on numbers that are at hand.
 */
import { formulaCost, intFormulaCost } from "../ir/formula-cost.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";

/** Operations that cost less than a number that goes to memory and back. */
const quick = 12;

/** Operations for each number of a gate; nothing for other nodes. */
const costOf = (node: Node): number | undefined => {
  const work = node.op.work!(node)!;
  if (work.kind === "gate") return formulaCost(work.formula, node.src.length);
  return work.kind === "words" ? intFormulaCost(work.formula, node.src.length) : undefined;
};

/** Whether a gate takes so long that it is stored rather than computed twice. */
export const takesLong = (node: Node): boolean => (costOf(node) ?? 0) > quick;

/**
 * Whether a gate is to be computed again by somebody who has the numbers of `hasRead` at hand: with all quick gates in
 * front of it, it must be quick, and need so many numbers more at most, besides those that are few.
 */
export const isComputedAgain = (gate: Node, baseOf: (node: Node) => Node, hasRead: (node: Node) => boolean, most: number): boolean => {
  const seen = new Set<Node>([gate]);
  const open = [gate];
  let [cost, more] = [0, 0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const own = node === gate || !hasRead(node) ? costOf(node) : undefined;
    if (own === undefined || own > quick) {
      const isAtHand = node.op.work!(node)!.kind === "constant" || hasRead(node) || 4 * sizeOf(node.shape) <= sizeOf(gate.shape);
      if (node === gate || (!isAtHand && ++more > most)) return false;
      continue;
    }
    cost += own;
    if (cost > quick) return false;
    for (const src of node.src) {
      const base = baseOf(src);
      if (!seen.has(base)) open.push(base);
      seen.add(base);
    }
  }
  return true;
};
