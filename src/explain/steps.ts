/** Forward and backward pass as a list of steps: the moves of both, and what is said of each. */
import { forkLine, gateLine } from "./backward.ts";
import type { Circuit, CircuitNode } from "./circuit.types.ts";
import { type Move, movesOf } from "./moves.ts";
import { cell } from "./cell.ts";
import type { TextOptions } from "./text.types.ts";
import { createView, formulaOf, operandNames, type View } from "./view.ts";

/** One step of either pass: what is said of it, and which numbers it puts on wires. */
export interface Step extends Move {
  /** Written when it is read: whoever moves through a large circuit shows one of thousands. */
  readonly sentence: string;
}

/** Every step, in the order of `movesOf`. */
export const stepsOf = (circuit: Circuit, options: TextOptions = {}): Step[] => {
  const view = createView(circuit, options);
  return movesOf(circuit).map((move) => ({
    ...move,
    get sentence() {
      return sentenceOf(view, move);
    },
  }));
};

const sentenceOf = (view: View, { phase, node: index, changed, passes }: Move): string => {
  const { nodes, output, seed } = view.circuit;
  const node = nodes[index]!;
  if (phase === "forward") return forwardSentence(view, node);
  if (!passes) return index === output ? `${node.name} starts with the gradient ${view.show(seed)}` : `${node.name} does not lead to ${nodes[output]!.name}: its gradient is 0`;
  const forks = changed.filter(({ complete }) => complete).map((change) => forkLine(view, nodes[change.node]!));
  return [gateLine(view, node), ...forks.filter((line) => line !== undefined)].join("\n");
};

const forwardSentence = (view: View, node: CircuitNode): string => {
  const shown = cell(node.value, view.show);
  if (node.kind !== "gate") return `${node.name} = ${shown} is given`;
  const names = operandNames(view, node);
  const numbers = node.operands.map((operand) => ("at" in operand ? cell(view.circuit.nodes[operand.at]!.value, view.show) : operand.text));
  const where = names.flatMap((name, i) => (name === numbers[i] ? [] : [`${name} = ${numbers[i]}`]));
  return `${node.name} = ${formulaOf(view, node)} = ${shown}${where.length === 0 ? "" : `, with ${[...new Set(where)].join(", ")}`}`;
};
