/**
 * The backward pass in the lecture's words: what each gate passes back to each of its operands, and where branches add
 * up. Data first, so that the terminal, the stepper and the drawings say the same.
 */
import { operandValues } from "./circuit.ts";
import type { CircuitNode, Edge } from "./circuit.types.ts";
import { localFormula } from "./local-formula.ts";
import { isScalarGate } from "./local.ts";
import { tensorParts } from "./tensor-lines.ts";
import { formulaOf, operandNames, type View } from "./view.ts";

/** The local gradient of one wire as a formula of the gate's operands and output; `undefined` where it is a plain number. */
export const localFormulaOf = ({ rules, circuit }: View, gate: CircuitNode, edge: Edge, operands: readonly string[], output: string): string | undefined =>
  localFormula(rules.of(gate.node), edge.position, operands, output, operandValues(circuit.nodes, gate));

/** What one operand gets: `d gets [-1 / d^2 = -0.53] x [1.00] = -0.53`. */
export const scalarPart = (view: View, gate: CircuitNode, edge: Edge): string => {
  const { show, colours } = view;
  const names = operandNames(view, gate);
  const formula = localFormulaOf(view, gate, edge, names, gate.name);
  const local = show(edge.local!);
  const written = formula === undefined ? local : `${formula} = ${local}`;
  const gradient = (x: number): string => colours.gradient(show(x));
  return `${names[edge.position]} gets [${written}] x [${gradient(edge.upstream as number)}] = ${gradient(edge.contribution as number)}`;
};

/** One line for a gate, without its place in the list. */
export const gateLine = (view: View, gate: CircuitNode): string => {
  const head = `${gate.name} = ${formulaOf(view, gate)}`;
  const parts = isScalarGate(gate.node)
    ? gate.edges.map((edge) => scalarPart(view, gate, edge))
    : tensorParts(view, gate);
  if (parts.length === 0) return `${head}: no operand to pass a gradient to`;
  const pattern = gate.pattern === undefined ? "" : view.colours.quiet(`  (${gate.pattern})`);
  return `${head}: ${parts.join(", ")}${pattern}`;
};

const fewBranches = 8;

/** Where a value was used several times its gradients add up: `x from 2 branches: 0.51 + 1.55 = 2.06`. */
export const forkLine = (view: View, node: CircuitNode): string | undefined => {
  const { uses, grad } = node;
  if (uses.length < 2) return undefined;
  const { show, colours } = view;
  // In the order in which they arrive.
  const arriving = [...uses].reverse();
  const adder = colours.quiet("  (adder)");
  if (typeof grad !== "number") return `${node.name} from ${uses.length} branches: their gradients add up${adder}`;
  const numbers = arriving.map(({ contribution }) => {
    const text = show(contribution as number);
    return text.startsWith("-") ? `(${colours.gradient(text)})` : colours.gradient(text);
  });
  const listed = numbers.length > fewBranches ? [...numbers.slice(0, 3), "...", ...numbers.slice(-2)] : numbers;
  return `${node.name} from ${uses.length} branches: ${listed.join(" + ")} = ${colours.gradient(show(grad))}${adder}`;
};
