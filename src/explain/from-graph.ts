/**
 * From a graph to the draft of its circuit: what a function traced, or what a program became when groups in it were
 * folded or opened. Literals of a formula are no nodes; what was given a name keeps it.
 */
import { numberSpelling, type Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, NodeLookup } from "../ir/node.ts";
import { equationOf, isMatrixProduct } from "../ops/forms/equation.ts";
import { chain } from "../ops/forms/gate.ts";
import { isWrite, mapOf } from "../ops/forms/read.ts";
import { constantValue } from "../ops/forms/source.ts";
import { einsum, matmul, mul } from "../ops/table.ts";
import type { Grouping, Operand } from "./circuit.types.ts";
import { uniqueNames, type Draft, type DraftNode } from "./draft.ts";
import { gateText } from "./formula.ts";

export interface GraphParts {
  /** Everything that is shown, also what does not lead to the output. */
  readonly roots: readonly Node[];
  readonly output: Node;
  readonly inputs: readonly Node[];
  /** Names found elsewhere than on the node itself (in the source line that made it). */
  readonly names?: NodeLookup<string>;
  readonly feeds: NodeLookup<Value>;
  readonly grouped?: readonly Grouping[];
  readonly source?: string | undefined;
}

/** Characters of an expression after which its parts are left out. */
const longestText = 1_000;

/**
 * The word of an operation as people know it: a view by what it does, a contraction of two matrices as what it is, the
 * multiplication of the chain rule as a multiplication.
 */
export const wordOf = (node: Node): string => {
  const map = mapOf(node);
  const equation = equationOf(node);
  // The transpose of a slice cuts nothing, but its shape says so; that of windows has a shape of images.
  if (map !== undefined) return map.kind === "windows" && isWrite(node) ? "add_windows" : map.kind;
  if (node.op === chain.op) return mul.word;
  if (equation === undefined) return node.op.name;
  return isMatrixProduct(equation) ? matmul.word : einsum.word;
};

/** Repeats or relabels the numbers of one operand in their order; a transpose or a slice is something to see. */
export const isPlumbing = (node: Node): boolean => {
  const map = mapOf(node);
  return node.op.plumbing && node.src.length === 1 && (map === undefined || map.kind === "broadcast");
};

export const draftGraph = (parts: GraphParts): Draft => {
  const { roots, output, inputs, names, feeds } = parts;
  const isInput = new NodeMap(inputs.map((node) => [node, true] as const));
  const nameOf = (node: Node): string | undefined => node.name ?? names?.get(node);
  const isLiteral = (node: Node): boolean =>
    constantValue(node) !== undefined && nameOf(node) === undefined && node !== output;
  const rest = topological([...roots, output]).filter((node) => !isInput.has(node) && !isLiteral(node));
  const shown = [...inputs, ...rest];
  const unique = uniqueNames(shown.map(nameOf));
  const indexOf = new NodeMap(shown.map((node, index) => [node, index] as const));
  const used = new Uint8Array(shown.length);
  used[indexOf.get(output)!] = 1;
  const operandOf = (node: Node): Operand => {
    const at = indexOf.get(node);
    if (at === undefined) return literal(constantValue(node)!);
    used[at] = 1;
    return { at };
  };
  const nodes = shown.map((node, index): DraftNode => {
    const kind = isInput.has(node) ? "input" : node.src.length === 0 ? "constant" : "gate";
    return {
      name: unique[index]!,
      named: nameOf(node) !== undefined,
      kind,
      op: kind === "gate" ? wordOf(node) : kind,
      operands: node.src.map(operandOf),
      node,
      value: node,
      plumbing: isPlumbing(node),
    };
  });
  return {
    nodes,
    inputs: inputs.map((_, i) => i),
    output: indexOf.get(output)!,
    unused: inputs.flatMap((_, i) => (used[i] === 0 ? [unique[i]!] : [])),
    grouped: parts.grouped ?? [],
    source: parts.source,
    exprOf: (index) => exprOf(nodes, index),
    feeds,
  };
};

const literal = (value: number): Operand => ({ literal: value, text: numberSpelling(value) });

/** The text of a node in full parentheses; named nodes by their name, and no further once it has grown too long. */
const exprOf = (nodes: readonly DraftNode[], asked: number): string => {
  const parts: string[] = [];
  let length = 0;
  const pending: (string | number)[] = [asked];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    let text: string | undefined = typeof next === "string" ? next : undefined;
    if (typeof next === "number") {
      const { name, named, kind, op, operands, node } = nodes[next]!;
      if (kind !== "gate" || (named && next !== asked)) text = name;
      else if (length > longestText) text = "...";
      else {
        // Operands are spliced between the pieces of the gate's own text.
        const pieces = gateText(op, operands.map(() => "\u0000"), node).split("\u0000");
        const whole = operands.flatMap((operand, i) => [pieces[i]!, "at" in operand ? operand.at : operand.text]);
        const isOperator = pieces[0] === "" || pieces[0] === "-";
        pending.push(...[isOperator ? "(" : "", ...whole, pieces.at(-1)! + (isOperator ? ")" : "")].reverse());
        continue;
      }
    }
    parts.push(text!);
    length += text!.length;
  }
  return parts.join("");
};
