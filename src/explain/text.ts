/**
 * The circuit for a terminal: one line a node with its value and gradient, then the backward pass one gate a line. What is
 * what is told by headings and columns; colours only repeat it.
 */
import { forkLine, gateLine } from "./backward.ts";
import type { Circuit, CircuitNode } from "./circuit.types.ts";
import { reaching } from "./moves.ts";
import { shapeName } from "./numbers.ts";
import { cell } from "./cell.ts";
import { whyThisProduct } from "./tensor-lines.ts";
import type { TextOptions } from "./text.types.ts";
import { createView, formulaOf, type View } from "./view.ts";

const defaultLimit = 200;
/** How many gates of a large circuit are shown from its beginning and from its end. */
const shownEnds = 10;
const widestFormula = 60;

/** The whole explanation as text. */
export const toText = (circuit: Circuit, options: TextOptions = {}): string => {
  const view = createView(circuit, options);
  const limit = options.limit ?? defaultLimit;
  const sections = [forwardSection(view, limit), backwardSection(view, limit), ...notes(circuit)];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
};

const shownNodes = (view: View): CircuitNode[] => view.circuit.nodes.filter((node) => !view.hidden(node));

/** First and last of a long list, and a sentence for what lies between. */
const shorten = <T>(list: readonly T[], limit: number, line: (item: T) => string[], what: string): string[] => {
  if (list.length <= limit) return list.flatMap(line);
  const missing = (list.length - 2 * shownEnds).toLocaleString("en-US");
  const gap = `  ... ${missing} more ${what}: the JSON form lists all of them`;
  return [...list.slice(0, shownEnds).flatMap(line), gap, ...list.slice(-shownEnds).flatMap(line)];
};

const forwardSection = (view: View, limit: number): string => {
  const { circuit, show, colours } = view;
  const nodes = shownNodes(view);
  const output = circuit.nodes[circuit.output]!;
  const hasShapes = nodes.some(({ shape }) => shape.length > 0);
  const rowOf = (node: CircuitNode): string[] => {
    const formula = formulaOf(view, node);
    const short = formula.length > widestFormula ? `${formula.slice(0, widestFormula - 3)}...` : formula;
    const shape = hasShapes ? [shapeName(node.shape)] : [];
    return [node.name, short, ...shape, cell(node.value, show), cell(node.grad, show)];
  };
  const ends = nodes.length > limit ? [...nodes.slice(0, shownEnds), ...nodes.slice(-shownEnds)] : nodes;
  const heads = ["name", "gate", ...(hasShapes ? ["shape"] : []), "value", "gradient"];
  const rows = new Map(ends.map((node) => [node, rowOf(node)]));
  const widths = heads.map((head, column) => Math.max(head.length, ...[...rows.values()].map((row) => row[column]!.length)));
  const numbersFrom = heads.length - 2;
  const format = (row: readonly string[], paint: (text: string, column: number) => string): string => {
    const cells = row.map((text, column) => {
      const gap = " ".repeat(widths[column]! - text.length);
      return column < numbersFrom ? paint(text, column) + gap : gap + paint(text, column);
    });
    return `  ${cells.join("  ")}`.trimEnd();
  };
  const paintRow = (text: string, column: number): string =>
    column === numbersFrom ? colours.value(text) : column > numbersFrom ? colours.gradient(text) : text;
  const title = `Forward: the value of every node. Backward: its gradient, d ${output.name} / d node.`;
  return [
    title,
    "",
    format(heads, (text) => colours.heading(text)),
    ...shorten(nodes, limit, (node) => [format(rows.get(node)!, paintRow)], "nodes"),
  ].join("\n");
};

const backwardSection = (view: View, limit: number): string => {
  const { circuit, show, colours } = view;
  const output = circuit.nodes[circuit.output]!;
  const reached = reaching(circuit);
  const order = shownNodes(view).reverse();
  const lines = (node: CircuitNode): string[] => {
    const fork = forkLine(view, node);
    const before = fork === undefined ? [] : [`  ${fork}`];
    if (node.kind !== "gate") return before;
    if (reached[node.index] === 0) return [...before, `  ${node.name} = ${formulaOf(view, node)}: does not lead to ${output.name}, so no gradient comes`];
    const why = node.edges.map((edge) => whyThisProduct(view, node, edge)).filter((text) => text !== undefined);
    return [...before, `  ${gateLine(view, node)}`, ...why.map((text) => `    ${colours.quiet(text)}`)];
  };
  const start = output.shape.length === 0 ? "" : " in every entry";
  const title = "Backward pass, one gate a line: [local gradient] x [its gradient] = what an operand gets.";
  return [
    title,
    "",
    `  ${output.name} starts with ${colours.gradient(show(circuit.seed))}${start}`,
    ...shorten(order.filter((node) => node.kind === "gate" || node.uses.length > 1), limit, lines, "gates"),
  ].join("\n");
};

const notes = (circuit: Circuit): string[] => {
  const grouped = circuit.grouped.map(({ name, word, expr, why }) => `  ${name} is ${word}, written as ${expr}: ${why}`);
  const unused = circuit.unused.map((name) => `"${name}" is not used by the program: its gradient is 0.`);
  return [grouped.length > 0 ? ["Grouped:", "", ...grouped].join("\n") : "", unused.join("\n")];
};
