/**
 * From a graph to a program that runs:
 *
 *   graph -> lower -> simplify -> merge -> fuse -> collapse -> plan -> module
 */
import { topological } from "../ir/graph.ts";
import type { KernelList, Plan } from "../ir/kernel.ts";
import type { Body, Node } from "../ir/node.ts";
import { collapse } from "../passes/collapse.ts";
import { fuse } from "../passes/fuse.ts";
import { lower } from "../passes/lower.ts";
import { merge } from "../passes/merge.ts";
import { plan } from "../passes/plan.ts";
import { simplify } from "../passes/simplify.ts";
import { reservedBytes } from "../emit/program/program.ts";
import { interpret } from "../run/interpret.ts";
import { instantiate, type Runner } from "../run/wasm.ts";
import { lowerBuilder } from "./builder.ts";

/**
 * Gates in one program, at most. A larger one is mostly scalar gates: as straight code it would take longer to make than
 * the interpreter takes to run it some hundred times.
 */
const mostGates = 4000;

/** The graph that is run in the end, equal to the given one. */
export const lowered = (roots: readonly Node[]): readonly Node[] => {
  const opened = lower(roots, lowerBuilder);
  const plain = roots.map((root) => opened.get(root)!);
  const simple = simplify(plain);
  const merged = merge(plain.map((root) => simple.get(root)!));
  return plain.map((root) => merged.get(simple.get(root)!)!);
};

/** The kernels of a graph, and where everything lies. */
export const planned = (roots: readonly Node[]): Plan => plan(collapse(fuse(lowered(roots))), reservedBytes);

/** A program for the engine; nothing where an operation has no form for it, or where there are too many scalar gates. */
export const program = (roots: readonly Node[]): Runner | undefined => {
  if (!isSupported(roots)) return undefined;
  const made = planned(roots);
  return gatesOf(made) > mostGates ? undefined : instantiate(made, (node) => node.op.evaluate(node, [], interpret));
};

const gatesOf = ({ kernels }: KernelList): number =>
  kernels.reduce((sum, kernel) => sum + (kernel.kind === "loop" ? kernel.lines.filter((line) => line.kind === "gate").length : 1), 0);

/** Whether the engine knows what to do for every node, also inside of circuits that are opened. */
const isSupported = (roots: readonly Node[]): boolean => {
  const open = [roots];
  for (let outs = open.pop(); outs !== undefined; outs = open.pop()) {
    for (const node of topological(outs)) {
      const work = node.op.work?.(node);
      if (work === undefined) return false;
      if (work.kind === "open") open.push([(work.body as Body).out]);
    }
  }
  return true;
};
