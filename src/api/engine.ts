/**
 * From a graph to a program that runs:
 *
 *   graph -> lower -> simplify -> merge -> fuse -> collapse -> tails -> schedule -> plan -> module
 */
import type { Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import type { Plan } from "../ir/kernel.ts";
import type { Body, Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { collapse } from "../passes/collapse.ts";
import { fuse } from "../passes/fuse.ts";
import { lower } from "../passes/lower.ts";
import { merge } from "../passes/merge.ts";
import { plan } from "../passes/plan.ts";
import { schedule } from "../passes/schedule.ts";
import { simpler, simplify } from "../passes/simplify.ts";
import { withTails } from "../passes/tails.ts";
import { reservedBytes } from "../emit/program/program.ts";
import { interpret } from "../run/interpret.ts";
import { instantiate, type Runner } from "../run/wasm.ts";
import { lowerBuilder } from "./lower-builder.ts";

/**
 * Gates of tensors in one program, at most. As code more of them would take longer to make than the interpreter takes to
 * run them some hundred times. Single numbers are circuits, of which a program may have any number.
 */
const mostGates = 20_000;

/** The graph that is run in the end, equal to the given one. `order`: all nodes that the roots need, operands first. */
export const lowered = (roots: readonly Node[], order: readonly Node[] = topological(roots)): readonly Node[] => {
  const opened = lower(roots, lowerBuilder, order);
  const plain = roots.map((root) => opened.get(root)!);
  const known = plain.every((root, i) => root === roots[i]) ? order : undefined;
  // A circuit of single numbers may be long: it is simplified while it is merged, without a copy in between. What tensors are fused with depends on the order of nodes.
  if (order.every(({ shape }) => shape.length === 0)) {
    const merged = merge(plain, simpler(lowerBuilder), known);
    return plain.map((root) => merged.get(root)!);
  }
  const simple = simplify(plain, lowerBuilder, known);
  const merged = merge(plain.map((root) => simple.get(root)!));
  return plain.map((root) => merged.get(simple.get(root)!)!);
};

/** Placeholders whose numbers a program may write over, with the root that takes the place of each; -1 for none. */
export type Donated = ReadonlyMap<Node, number>;

const none: Donated = new Map();

/** The kernels of a lowered graph, and where everything lies. */
export const planned = (roots: readonly Node[], donated: Donated = none, order?: readonly Node[]): Plan => {
  const list = withTails(collapse(fuse(roots, order)));
  const successors = list.buffers.flatMap((over) => {
    const into = list.results[donated.get(over.node) ?? -1];
    return into === undefined ? [] : [{ into, over }];
  });
  return plan(schedule(list, successors), reservedBytes, (buffer) => !donated.has(buffer.node), successors);
};

/** The plan of a graph; nothing where the engine has no form for an operation, or where there are too many gates. */
export const planOf = (roots: readonly Node[], donated: Donated = none, order: readonly Node[] = topological(roots)): Plan | undefined => {
  if (!isSupported(order)) return undefined;
  const graph = lowered(roots, order);
  const nodes = topological(graph);
  return isSmall(nodes) ? planned(graph, donated, nodes) : undefined;
};

/** What a program holds from the beginning. */
export const heldValue = (node: Node): Value => node.op.evaluate(node, [], interpret);

/** A program for the engine; nothing where it cannot run the graph. */
export const program = (roots: readonly Node[], inputs: readonly Node[], donated: Donated = none, order?: readonly Node[]): Runner | undefined => {
  const plan = planOf(roots, donated, order);
  return plan && instantiate(plan, inputs, donated, heldValue);
};

const isSmall = (nodes: readonly Node[]): boolean => {
  let gates = 0;
  for (const node of nodes) if (node.op.form === "gate" && sizeOf(node.shape) !== 1) gates++;
  return gates <= mostGates;
};

/** Whether the engine knows what to do for every node, also inside of circuits that are opened. */
const isSupported = (order: readonly Node[]): boolean => {
  const open = [order];
  for (let nodes = open.pop(); nodes !== undefined; nodes = open.pop()) {
    for (const node of nodes) {
      const work = node.op.work?.(node);
      if (work === undefined) return false;
      if (work.kind === "open") open.push(topological([(work.body as Body).out]));
    }
  }
  return true;
};
