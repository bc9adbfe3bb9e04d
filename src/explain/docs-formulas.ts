/** Graphs of an operation as formulas for its page: on one line, or in steps where something is used more than once. */
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { constantValue } from "../ops/forms/source.ts";
import { gateText } from "./formula.ts";
import { graphFormula } from "./local-formula.ts";
import { isPlumbing, wordOf } from "./from-graph.ts";

/** Formulas of some nodes, and the steps that they refer to. */
export interface Formulas {
  readonly steps: readonly string[];
  readonly texts: readonly string[];
}

/** `given`: the names of operands, of the output, of what flows back. */
export const formulasOf = (roots: readonly Node[], given: Iterable<readonly [Node, string]>): Formulas => {
  const names = new Map(given);
  const steps: string[] = [];
  const order = reached(roots, names);
  const uses = new NodeMap<number>();
  // Shapes say it better than the formula would that numbers are only repeated.
  const use = (node: Node): void => {
    if (isPlumbing(node) && !names.has(node)) use(node.src[0]!);
    else uses.set(node, (uses.get(node) ?? 0) + 1);
  };
  for (const node of order) if (!names.has(node) && !isPlumbing(node)) node.src.forEach(use);
  for (const root of roots) use(root);
  const textOf = (node: Node): string => graphFormula(node, names);
  for (const node of order) {
    if (names.has(node) || isPlumbing(node) || constantValue(node) !== undefined) continue;
    const plain = node.op.spelling !== undefined;
    const text = plain ? textOf(node) : gateText(wordOf(node), node.src.map(textOf), node);
    const atom = node.src.length === 0 || node.op.spelling?.js === "$0";
    if (uses.get(node)! > 1 && !atom) {
      const name = `t${steps.length + 1}`;
      steps.push(`${name} = ${text}`);
      names.set(node, name);
    } else if (!plain) names.set(node, text);
  }
  return { steps, texts: roots.map(textOf) };
};

/** What the roots hang on, no further than the given nodes. */
const reached = (roots: readonly Node[], given: ReadonlyMap<Node, string>): Node[] => {
  const seen = new NodeMap<boolean>();
  const open = [...roots];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.set(node, true);
    if (!given.has(node)) open.push(...node.src);
  }
  return topological(roots).filter((node) => seen.has(node));
};
