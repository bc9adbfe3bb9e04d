/** What a node is called wherever people read of it. */
import type { CircuitNode } from "./circuit.types.ts";

const longestExpression = 24;

/** What it is, in words: a gate by its operation, a box of several by what it holds. */
export const kindText = ({ kind, op }: CircuitNode): string => (kind !== "gate" ? kind : op.includes(" ") ? op : `${op} gate`);

/** The user's name, or the expression where it is short, or else what kind of gate it is. */
export const titleOf = (node: CircuitNode): string => {
  if (node.named || node.kind === "input") return node.name;
  const expression = node.expr.replace(/^\((.*)\)$/s, (whole, inner: string) => (isBalanced(inner) ? inner : whole));
  if (expression.length <= longestExpression && !expression.startsWith("%")) return expression;
  return `the ${kindText(node)} ${node.name}`;
};

/** No parenthesis closes that was not opened in the text. */
const isBalanced = (text: string): boolean => {
  let open = 0;
  for (const character of text) {
    if (character === "(") open++;
    if (character === ")" && --open < 0) return false;
  }
  return open === 0;
};
