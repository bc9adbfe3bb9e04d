/**
 * Forward and backward pass as a list of steps, for whoever shows them one at a time. A number that has not been computed
 * yet is `undefined`, never 0: a gradient of 0 is something that a step has found out.
 */
import type { Value } from "../ir/dtype.ts";
import { forkLine, gateLine, reaching } from "./backward.ts";
import type { Circuit, CircuitNode } from "./circuit.types.ts";
import { cell } from "./numbers.ts";
import type { TextOptions } from "./text.types.ts";
import { createView, formulaOf, operandNames, type View } from "./view.ts";

/** A number that a step puts on a wire. */
export interface Change {
  /** Index of the node. */
  readonly node: number;
  readonly wire: "value" | "gradient";
  readonly number: Value;
  /** False for a gradient to which other branches still add. */
  readonly complete: boolean;
}

/** One step of either pass: what is said of it, and which numbers it puts on wires. */
export interface Step {
  readonly phase: "forward" | "backward";
  /** Index of the node that the step is about. */
  readonly node: number;
  /** Written when it is read: whoever moves through a large circuit shows one of thousands. */
  readonly sentence: string;
  readonly changed: readonly Change[];
  /** The step passes the gate's own gradient on to its operands. */
  readonly passes: boolean;
}

const step = (
  phase: Step["phase"],
  node: number,
  changed: readonly Change[],
  write: () => string,
  passes = false,
): Step => ({
  phase,
  node,
  get sentence() {
    return write();
  },
  changed,
  passes,
});

/** What is known after some of the steps, by index of node. */
export interface StepState {
  readonly values: readonly (Value | undefined)[];
  readonly gradients: readonly (Value | undefined)[];
  /** Whether a gradient that is known may still grow. */
  readonly complete: readonly boolean[];
  /** Whether the gate has passed its gradient on to its operands. */
  readonly passed: readonly boolean[];
}

/** Every step: inputs and constants, each gate forwards, the seed, each gate backwards, and what nothing flows back to. */
export const stepsOf = (circuit: Circuit, options: TextOptions = {}): Step[] => {
  const view = createView(circuit, options);
  return [...forwardSteps(view), ...backwardSteps(view)];
};

const valueOf = ({ index, value }: CircuitNode): Change => ({ node: index, wire: "value", number: value, complete: true });

const forwardSteps = (view: View): Step[] =>
  view.circuit.nodes.map((node) => step("forward", node.index, [valueOf(node)], () => forwardSentence(view, node)));

const forwardSentence = (view: View, node: CircuitNode): string => {
  const shown = cell(node.value, view.show);
  if (node.kind !== "gate") return `${node.name} = ${shown} is given`;
  const names = operandNames(view, node);
  const numbers = node.operands.map((operand) => ("at" in operand ? cell(view.circuit.nodes[operand.at]!.value, view.show) : operand.text));
  const where = names.flatMap((name, i) => (name === numbers[i] ? [] : [`${name} = ${numbers[i]}`]));
  return `${node.name} = ${formulaOf(view, node)} = ${shown}${where.length === 0 ? "" : `, with ${[...new Set(where)].join(", ")}`}`;
};

const backwardSteps = (view: View): Step[] => {
  const { circuit, show } = view;
  const { nodes, output, seed } = circuit;
  const out = nodes[output]!;
  const reached = reaching(circuit);
  const start: Change = { node: output, wire: "gradient", number: out.grad, complete: true };
  const steps = [step("backward", output, [start], () => `${out.name} starts with the gradient ${show(seed)}`)];
  const sums: (Value | undefined)[] = nodes.map(() => undefined);
  const waiting = nodes.map(({ uses }) => uses.filter(({ gate }) => reached[gate] === 1).length);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const gate = nodes[index]!;
    if (reached[index] === 0 || gate.edges.length === 0) continue;
    const changed = new Map<number, Change>();
    for (const { input, contribution } of gate.edges) {
      const sum = plus(sums[input], contribution);
      sums[input] = sum;
      const complete = --waiting[input]! === 0;
      // The last sum is the circuit's own number, so that no rounding of ours ever shows.
      changed.set(input, { node: input, wire: "gradient", number: complete ? nodes[input]!.grad : sum, complete });
    }
    const all = [...changed.values()];
    const sentence = (): string => {
      const forks = all.filter(({ complete }) => complete).map(({ node }) => forkLine(view, nodes[node]!));
      return [gateLine(view, gate), ...forks.filter((line) => line !== undefined)].join("\n");
    };
    steps.push(step("backward", index, all, sentence, true));
  }
  for (const { index, name, grad } of nodes) {
    if (reached[index] === 1) continue;
    const none: Change = { node: index, wire: "gradient", number: grad, complete: true };
    steps.push(step("backward", index, [none], () => `${name} does not lead to ${out.name}: its gradient is 0`));
  }
  return steps;
};

const plus = (sum: Value | undefined, more: Value): Value => {
  if (sum === undefined) return more;
  if (typeof sum === "number") return sum + (more as number);
  return Float64Array.from(sum, (x, i) => x + (more as Float64Array)[i]!);
};

/** The state after the first `count` steps. */
export const stateAfter = (circuit: Circuit, steps: readonly Step[], count: number): StepState => {
  const values: (Value | undefined)[] = circuit.nodes.map(() => undefined);
  const gradients = [...values];
  const complete = circuit.nodes.map(() => false);
  const passed = [...complete];
  for (const { changed, node, passes } of steps.slice(0, count)) {
    if (passes) passed[node] = true;
    for (const change of changed) {
      if (change.wire === "value") values[change.node] = change.number;
      else {
        gradients[change.node] = change.number;
        complete[change.node] = change.complete;
      }
    }
  }
  return { values, gradients, complete, passed };
};
