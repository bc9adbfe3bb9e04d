/**
 * Local gradients of scalar gates: the gate's own gradient at upstream 1. An entry states them as a small graph; here that
 * graph is built once for each kind of gate and then evaluated with plain numbers, so that a million gates stay cheap.
 */
import { builder } from "../api/builder.ts";
import { store, type Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, Op } from "../ir/node.ts";
import { constant, constantValue, input } from "../ops/forms/source.ts";
import { backThrough } from "../passes/differentiate.ts";
import { interpret } from "../run/interpret.ts";

/** One kind of gate on stand-ins for its operands, with what flows back to each when it receives the gradient 1. */
export interface LocalRule {
  readonly holes: readonly Node[];
  readonly gate: Node;
  readonly upstream: Node;
  readonly back: readonly (Node | undefined)[];
  /** The numbers that flow back for these operand values, 0 where nothing does; `keep` sees each step. */
  readonly at: (operands: readonly number[], keep?: (node: Node, value: Value) => void) => number[];
}

const makeRule = (like: Node): LocalRule => {
  const holes = like.src.map((src) => input([], src.dtype));
  const gate = like.op.rebuild!(holes, like);
  const upstream = constant(1, [], gate.dtype);
  const back = backThrough(gate, upstream, builder);
  const order = topological([gate, ...back.filter((node) => node !== undefined)]);
  const slots = new NodeMap(order.map((node, slot) => [node, slot] as const));
  const steps = order.map((node) => node.src.map((src) => slots.get(src)!));
  const values: Value[] = order.map((node) => constantValue(node) ?? 0);
  const computed = order.flatMap((node, slot) => (node.src.length > 0 ? [slot] : []));
  const holeSlots = holes.map((hole) => slots.get(hole));
  const backSlots = holes.map((_, i) => (back[i] === undefined ? undefined : slots.get(back[i])));
  const at: LocalRule["at"] = (operands, keep) => {
    holeSlots.forEach((slot, i) => {
      if (slot !== undefined) values[slot] = store(holes[i]!.dtype, operands[i]!);
    });
    for (const slot of computed) {
      const node = order[slot]!;
      values[slot] = node.op.evaluate(node, steps[slot]!.map((from) => values[from]!), interpret);
    }
    if (keep) order.forEach((node, slot) => keep(node, values[slot]!));
    return backSlots.map((slot) => (slot === undefined ? 0 : (values[slot] as number)));
  };
  return { holes, gate, upstream, back, at };
};

/** A gate of scalars that has a gradient to speak of; everything else is told by its shapes. */
export const isScalarGate = (node: Node): boolean =>
  node.src.length > 0 && node.shape.length === 0 && node.op.rebuild !== undefined && node.src.every((src) => src.shape.length === 0);

/** Rules by kind of gate. Gates and groups of scalars hold nothing but their operands, so one rule serves all of a kind. */
export class LocalRules {
  readonly #known = new Map<Op, LocalRule[]>();

  of(node: Node): LocalRule {
    const { form } = node.op;
    if (form !== "gate" && form !== "body") return makeRule(node);
    let rules = this.#known.get(node.op);
    if (rules === undefined) this.#known.set(node.op, (rules = []));
    for (const rule of rules) {
      if (rule.holes.length === node.src.length && rule.holes.every((hole, i) => hole.dtype === node.src[i]!.dtype)) return rule;
    }
    const made = makeRule(node);
    rules.push(made);
    return made;
  }
}
