/**
 * Everything there is to say about one gate, as data: where its gradient comes from, what it passes back, and why. Names
 * stand in formulas where the user gave them, numbers where not, so that a line can be followed with a pencil.
 */
import { localFormulaOf } from "./backward.ts";
import type { CircuitNode, Edge } from "./circuit.types.ts";
import { gateText } from "./formula.ts";
import type { Move } from "./moves.ts";
import { shapeName } from "./numbers.ts";
import { cell } from "./cell.ts";
import { tensorParts } from "./tensor-lines.ts";
import { titleOf } from "./title.ts";
import { shownOperand, type View } from "./view.ts";

/** What flows back through one wire: [local gradient] x [gradient of the gate] = contribution. */
export interface ChainTerm {
  readonly edge: Edge;
  /** What the gate and its operand are called. */
  readonly gate: string;
  readonly input: string;
  /** The local gradient as a formula, where it is more than a number. */
  readonly formula: string | undefined;
  /** Absent between tensors, where `line` tells the whole wire. */
  readonly local: string | undefined;
  readonly upstream: string;
  readonly contribution: string;
  readonly line: string | undefined;
}

export interface GateCard {
  /** What the node is called. */
  readonly name: string;
  /** `w0 * x0`; empty for inputs and constants. */
  readonly formula: string;
  /** The same with numbers, `2.00 * -1.00`; empty where it says no more. */
  readonly numbers: string;
  readonly value: string;
  readonly gradient: string;
  /** `[5x10]` for a tensor. */
  readonly shape: string;
  /** Its gradient is the sum of these, in the order in which they arrive; none for the output. */
  readonly arrives: readonly ChainTerm[];
  /** What it passes back to each operand. */
  readonly passes: readonly ChainTerm[];
  readonly pattern: CircuitNode["pattern"];
  readonly says: string;
}

const numberOr = (view: View, node: CircuitNode): string =>
  typeof node.value === "number" ? view.show(node.value) : node.name;

/** Formulas are made with letters of nobody's language in the places of nameless values, and numbers put there afterwards. */
const placeholder = (position: number): string => String.fromCharCode(0xe000 + position);
const outputPlace = placeholder(0x400);

const localText = (view: View, gate: CircuitNode, edge: Edge): string | undefined => {
  const operands = gate.operands.map((_, position) => shownOperand(view, gate, position));
  const names = operands.map((operand, i) => (typeof operand === "string" ? operand : operand.named ? operand.name : placeholder(i)));
  const formula = localFormulaOf(view, gate, edge, names, gate.named ? gate.name : outputPlace);
  const local = view.show(edge.local!);
  const numbered = formula?.replace(/[\ue000-\ue400]/g, (place, _, whole: string) => {
    const operand = operands[place.charCodeAt(0) - 0xe000];
    const text = numberOr(view, place === outputPlace ? gate : (operand as CircuitNode));
    return text.startsWith("-") && whole.length > 1 ? `(${text})` : text;
  });
  return numbered === local ? undefined : numbered;
};

/** How an operand stands in a formula: under the user's name, or as its number. */
const written = (view: View, gate: CircuitNode): string[] =>
  gate.operands.map((_, position) => {
    const operand = shownOperand(view, gate, position);
    if (typeof operand === "string") return operand;
    return operand.named ? operand.name : numberOr(view, operand);
  });

export const chainTerm = (view: View, edge: Edge): ChainTerm => {
  const gate = view.circuit.nodes[edge.gate]!;
  const operand = shownOperand(view, gate, edge.position);
  const scalar = edge.local !== undefined;
  return {
    edge,
    gate: titleOf(gate),
    input: typeof operand === "string" ? operand : titleOf(operand),
    formula: scalar ? localText(view, gate, edge) : undefined,
    local: scalar ? view.show(edge.local) : undefined,
    upstream: cell(edge.upstream, view.show),
    contribution: cell(edge.contribution, view.show),
    line: scalar ? undefined : tensorParts(view, gate)[gate.edges.indexOf(edge)],
  };
};

export const gateCard = (view: View, node: CircuitNode): GateCard => {
  const isGate = node.kind === "gate";
  const names = isGate ? written(view, node) : [];
  const formula = isGate ? gateText(node.op, names, node.node) : "";
  const values = node.operands.map((operand) => ("at" in operand ? cell(view.circuit.nodes[operand.at]!.value, view.show) : operand.text));
  const numbers = isGate && node.shape.length === 0 ? gateText(node.op, values.map((text) => (text.startsWith("-") ? `(${text})` : text)), node.node) : "";
  return {
    name: titleOf(node),
    formula,
    numbers: numbers === formula ? "" : numbers,
    value: cell(node.value, view.show),
    gradient: cell(node.grad, view.show),
    shape: shapeName(node.shape),
    arrives: [...node.uses].reverse().map((edge) => chainTerm(view, edge)),
    passes: node.edges.map((edge) => chainTerm(view, edge)),
    pattern: node.pattern,
    says: node.says,
  };
};

/** What one step of either pass does, in one line a wire; where the last branch of a fork arrives, with their sum. */
export const stepLines = (view: View, { phase, node: index, passes, changed }: Move): readonly string[] => {
  const node = view.circuit.nodes[index]!;
  const card = gateCard(view, node);
  if (phase === "forward") {
    if (node.kind !== "gate") return [`${card.name} is given: ${card.value}`];
    const parts = [card.formula, card.numbers, card.value].filter((text) => text !== "");
    return [`${node.named ? `${card.name} = ` : ""}${parts.join(" = ")}`];
  }
  if (!passes) return [index === view.circuit.output ? `${card.name} starts with the gradient ${card.gradient}` : `${card.name} does not lead to the output: its gradient is 0`];
  const wires = card.passes.map((term) => term.line ?? `${term.input} gets [${term.formula === undefined ? "" : `${term.formula} = `}${term.local}] × [${term.upstream}] = ${term.contribution}`);
  const sums = changed.flatMap(({ node: at, complete }) => {
    const { arrives, name, gradient } = complete && view.circuit.nodes[at]!.uses.length > 1 ? gateCard(view, view.circuit.nodes[at]!) : { arrives: [], name: "", gradient: "" };
    return arrives.length === 0 ? [] : [`${name} adds up ${sumText(arrives)} = ${gradient}`];
  });
  return [...wires, ...sums];
};

/** `0.51 + (-0.04)`, in the order in which they arrive. */
export const sumText = (terms: readonly ChainTerm[]): string =>
  terms.map(({ contribution }) => (contribution.startsWith("-") ? `(${contribution})` : contribution)).join(" + ");
