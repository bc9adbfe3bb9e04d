/** A circuit as somebody reads it: which nodes are shown, what they are called, and how numbers are written. */
import type { Circuit, CircuitNode, Edge } from "./circuit.types.ts";
import { gateText } from "./formula.ts";
import { LocalRules } from "./local.ts";
import { shower, type Show } from "./numbers.ts";
import { plain, type Colours, type TextOptions } from "./text.types.ts";

export interface View {
  readonly circuit: Circuit;
  readonly show: Show;
  readonly colours: Colours;
  readonly rules: LocalRules;
  readonly hidden: (node: CircuitNode) => boolean;
}

export const createView = (circuit: Circuit, options: TextOptions = {}): View => ({
  circuit,
  show: shower(options.digits),
  colours: options.colours ?? plain,
  rules: new LocalRules(),
  hidden: (node) =>
    options.plumbing !== true && node.plumbing && !node.named && node.uses.length === 1 && node.index !== circuit.output,
});

/** What the reader sees at an operand position: a node, or a literal. */
export const shownOperand = (view: View, gate: CircuitNode, position: number): CircuitNode | string => {
  const operand = gate.operands[position]!;
  if (!("at" in operand)) return operand.text;
  let node = view.circuit.nodes[operand.at]!;
  while (view.hidden(node)) {
    const [inner] = node.operands;
    if (inner === undefined || !("at" in inner)) return inner?.text ?? node.name;
    node = view.circuit.nodes[inner.at]!;
  }
  return node;
};

/** The edges that reach the shown operand: the gate's own, then those of the plumbing behind it. */
export const pathTo = (view: View, edge: Edge): readonly Edge[] => {
  const path = [edge];
  for (let node = view.circuit.nodes[edge.input]!; view.hidden(node) && node.edges.length > 0; ) {
    path.push(node.edges[0]!);
    node = view.circuit.nodes[node.edges[0]!.input]!;
  }
  return path;
};

export const operandNames = (view: View, gate: CircuitNode): string[] =>
  gate.operands.map((_, position) => {
    const operand = shownOperand(view, gate, position);
    return typeof operand === "string" ? operand : operand.name;
  });

/** The gate on the names of its operands: `w0 * x0`. */
export const formulaOf = (view: View, gate: CircuitNode): string =>
  gate.kind === "gate" ? gateText(gate.op, operandNames(view, gate), gate.node) : gate.kind;
