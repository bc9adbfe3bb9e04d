/** Formulas of single gates as people read them: `w0 * x0`, `exp(n)`. */
import type { Node } from "../ir/node.ts";
import { equationOf, equationText, isMatrixProduct } from "../ops/forms/equation.ts";
import { operators, signWord } from "./language/tokens.ts";

const infix = new Map(operators.map(({ word, text }) => [word, text]));

/** Options of an operation that is more than its operands. */
const optionsOf = (node: Node): string[] => {
  const { axes, axis, options } = node.attrs as { axes?: readonly number[]; axis?: number; options?: object };
  const equation = equationOf(node);
  if (axes && axes.length < node.src[0]!.shape.length) return [`axis ${axes.join(", ")}`];
  if (axis !== undefined) return [`axis ${axis}`];
  if (options) return Object.entries(options).map(([name, value]) => `${name} ${String(value)}`);
  return equation && !isMatrixProduct(equation) ? [equationText(equation)] : [];
};

/** One gate on operands that are written already. */
export const gateText = (op: string, operands: readonly string[], node: Node): string => {
  const sign = operands.length === 2 ? infix.get(op) : undefined;
  if (sign !== undefined) return `${operands[0]} ${sign} ${operands[1]}`;
  if (op === signWord && operands.length === 1) return `-${operands[0]}`;
  return `${op}(${[...operands, ...optionsOf(node)].join(", ")})`;
};
