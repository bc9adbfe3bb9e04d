/**
 * The backward line with shapes, `dW [5x10] = dD [5x3] x X^T [3x10]`: what flows back to each operand of a gate of
 * tensors, written with names and shapes instead of numbers, and why no other product would do.
 */
import { isFloat } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import type { Node } from "../ir/node.ts";
import type { Shape } from "../ir/shape.types.ts";
import type { Equation } from "../ir/work.ts";
import { equationOf, isMatrixProduct } from "../ops/forms/equation.ts";
import { mapOf } from "../ops/forms/read.ts";
import { constantValue } from "../ops/forms/source.ts";
import type { CircuitNode, Edge } from "./circuit.types.ts";
import { localFormula } from "./local-formula.ts";
import { shapeName } from "./numbers.ts";
import { operandNames, pathTo, shownOperand, type View } from "./view.ts";
import { entryOf } from "./words.ts";

/** Whether a node is of an operation that works number by number, so that one local gradient speaks for all entries. */
const isElementwise = ({ op }: Node): boolean => op.form === "gate" || entryOf(op.name)?.op === op;

const withShape = (name: string, shape: Shape): string => (shape.length === 0 ? name : `${name} ${shapeName(shape)}`);

/** One text for each operand that is a node. */
export const tensorParts = (view: View, gate: CircuitNode): string[] =>
  gate.edges.map((edge) => {
    const target = shownOperand(view, gate, edge.position) as CircuitNode;
    if (isCut(view, gate, edge, target)) return `${target.name} gets none`;
    const path = pathTo(view, edge);
    const received = flow(view, gate, edge);
    return `${withShape(`d${target.name}`, target.shape)} ${throughPlumbing(view, received, path)}`;
  });

/** Nothing flows back to whole numbers and truth values, nor where the gate's own rule has nothing for an operand. */
const isCut = (view: View, gate: CircuitNode, edge: Edge, target: CircuitNode): boolean =>
  !isFloat(target.node.dtype) ||
  !isFloat(gate.node.dtype) ||
  (isElementwise(gate.node) && view.rules.of(gate.node).back[edge.position] === undefined);

/** The right side for a gate and one operand: an equation, or in words where the rule is no product. */
interface Flow {
  readonly text: string;
  readonly shape: Shape;
  readonly isProduct: boolean;
}

const flow = (view: View, gate: CircuitNode, edge: Edge): Flow => {
  const { shape } = view.circuit.nodes[edge.input]!;
  const upstream = withShape(`d${gate.name}`, gate.shape);
  const { axes } = gate.node.attrs as { axes?: readonly number[] };
  const equation = equationOf(gate.node);
  if (equation) return { text: `= ${contraction(view, gate, edge, equation)}`, shape, isProduct: true };
  if (gate.node.op.linear && axes) {
    return { text: `= ${upstream} repeated along ${axesName(axes)}`, shape, isProduct: false };
  }
  if (!isElementwise(gate.node)) return { text: `from ${upstream}: ${gate.says}`, shape, isProduct: false };
  return { ...elementwise(view, gate, edge, upstream), shape };
};

const axesName = (axes: readonly number[]): string => `${axes.length === 1 ? "axis" : "axes"} ${axes.join(", ")}`;

const elementwise = (view: View, gate: CircuitNode, edge: Edge, upstream: string): Omit<Flow, "shape"> => {
  const rule = view.rules.of(gate.node);
  const back = rule.back[edge.position];
  if (back === undefined || back === rule.upstream) return { text: `= ${upstream}`, isProduct: false };
  if (gate.pattern === "router") return { text: `= ${upstream} where it was chosen, else 0`, isProduct: false };
  const names = operandNames(view, gate);
  const numbers = gate.operands.map((operand) => {
    const value = "at" in operand ? view.circuit.nodes[operand.at]!.value : operand.literal;
    return typeof value === "number" ? value : (value[0] ?? 0);
  });
  const formula = localFormula(rule, edge.position, names, gate.name, numbers, true);
  if (formula !== undefined) return { text: `= [${formula}] x ${upstream}`, isProduct: true };
  const factor = back.src[0];
  // Written numbers are the same for every entry, and so is what is made of them alone: [0.25] for x / 4.
  const varies = new Set(rule.holes.filter((_, i) => constantValue(gate.node.src[i]!) === undefined));
  const isFixed = factor !== undefined && !topological([factor]).some((node) => varies.has(node));
  const local = isFixed ? view.show(rule.at(numbers)[edge.position]!) : "local gradient";
  return { text: `= [${local}] x ${upstream}`, isProduct: true };
};

/** Behind a repeated operand the gradients add up again; behind another shape they take the old one. */
const throughPlumbing = (view: View, received: Flow, path: readonly Edge[]): string => {
  let { text, shape } = received;
  for (const { gate } of path.slice(1)) {
    const { node } = view.circuit.nodes[gate]!;
    const map = mapOf(node);
    const source = node.src[0]!;
    if (map) {
      const repeated = map.to.flatMap((_, j) => (map.rows.some((row) => row.coef[j] !== 0) ? [] : [j]));
      const inner = text.startsWith("= ") ? text.slice(2) : text;
      const enclosed = received.isProduct ? `(${inner})` : inner;
      text = text.startsWith("= ") ? `= sum of ${enclosed} over ${axesName(repeated)}` : `${text}, summed over ${axesName(repeated)}`;
    } else if (source.shape.length !== shape.length || source.shape.some((n, i) => n !== shape[i])) {
      text = `${text}, in its own shape`;
    }
    shape = source.shape;
  }
  return text;
};

interface Factor {
  readonly name: string;
  readonly shape: Shape;
}

const transposed = ({ name, shape }: Factor): Factor => ({ name: `${name}^T`, shape: [shape[1]!, shape[0]!] });
const product = (x: Factor, y: Factor): string => `${x.name} ${shapeName(x.shape)} x ${y.name} ${shapeName(y.shape)}`;

const factors = (view: View, gate: CircuitNode, edge: Edge) => {
  const other = 1 - edge.position;
  const names = operandNames(view, gate);
  return {
    upstream: { name: `d${gate.name}`, shape: gate.shape },
    other: { name: names[other]!, shape: gate.node.src[other]!.shape },
  };
};

const contraction = (view: View, gate: CircuitNode, edge: Edge, equation: Equation): string => {
  const { upstream, other } = factors(view, gate, edge);
  const isLeft = edge.position === 0;
  if (isMatrixProduct(equation)) {
    return isLeft ? product(upstream, transposed(other)) : product(transposed(other), upstream);
  }
  const entry = (factor: Factor, letters: string): string => (letters === "" ? factor.name : `${factor.name}[${[...letters].join(",")}]`);
  const [own, others] = isLeft ? [equation.a, equation.b] : [equation.b, equation.a];
  const summed = [...new Set(equation.out + others)].filter((letter) => !own.includes(letter));
  const over = summed.length === 0 ? "" : `sum over ${summed.join(",")} of `;
  const left = entry(upstream, equation.out);
  const right = entry(other, others);
  const at = own === "" ? "" : ` at [${[...own].join(",")}]`;
  return `${over}${isLeft ? `${left} * ${right}` : `${right} * ${left}`}${at}`;
};

/**
 * Why the shapes leave no other choice: of all products of the two matrices, either way round and transposed or not,
 * those whose inner sizes meet are named, and only one has the shape that the gradient must have.
 */
export const whyThisProduct = (view: View, gate: CircuitNode, edge: Edge): string | undefined => {
  const equation = equationOf(gate.node);
  if (!equation || !isMatrixProduct(equation)) return undefined;
  const { upstream, other } = factors(view, gate, edge);
  const target = gate.node.src[edge.position]!.shape;
  const name = operandNames(view, gate)[edge.position]!;
  const sides = (x: Factor): Factor[] => [x, transposed(x)];
  const fitting: { text: string; shape: Shape }[] = [];
  for (const x of sides(upstream)) {
    for (const y of sides(other)) {
      for (const [left, right] of [[x, y], [y, x]] as const) {
        if (left.shape[1] === right.shape[0]) fitting.push({ text: `${left.name} x ${right.name}`, shape: [left.shape[0]!, right.shape[1]!] });
      }
    }
  }
  const right = fitting.filter(({ shape }) => shape[0] === target[0] && shape[1] === target[1]);
  const pair = `${withShape(upstream.name, upstream.shape)} and ${withShape(other.name, other.shape)}`;
  if (right.length > 1) {
    return `of the products of ${pair}, ${right.map(({ text }) => text).join(", ")} all have the shape ${shapeName(target)} of ${name}: here shapes alone do not decide`;
  }
  const others = fitting.filter((one) => one !== right[0]).map(({ text, shape }) => `${text} is ${shapeName(shape)}`);
  return `only this product of ${pair} has the shape ${shapeName(target)} of ${name}: ${others.join(", ")}, and in no other do the inner sizes meet`;
};
