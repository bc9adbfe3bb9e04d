/** Changing the element type. Gates insert it where operands differ; the gradient takes the old type again. */
import { allocate, isFloat, store, type DType } from "../../ir/dtype.ts";
import { noAttrs, Node, type Op, type Site } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import { constant, constantValue } from "./source.ts";

export const castOp: Op = {
  name: "cast",
  form: "gate",
  says: "the same numbers as another type",
  formula: "x",
  plumbing: true,
  placeholder: false,
  commutative: false,
  linear: true,
  evaluate: (node, [x]) => {
    if (typeof x === "number") return store(node.dtype, x);
    const from = x!;
    const out = allocate(node.dtype, sizeOf(node.shape));
    const truth = node.dtype === "bool";
    for (let i = 0; i < out.length; i++) out[i] = truth ? (from[i] === 0 ? 0 : 1) : from[i]!;
    return out;
  },
  gradient: (node, g) => {
    const [x] = node.src;
    return [isFloat(x!.dtype) && isFloat(node.dtype) ? cast(g, x!.dtype) : undefined];
  },
  batch: (node, [x]) => cast(x!, node.dtype),
  rebuild: ([x], node) => cast(x!, node.dtype),
  // A choice between numbers that both types hold (a table of ones and zeros) is the same choice in either.
  canonical: (node) => {
    const choice = node.src[0]!;
    const numbers = choice.src.slice(1).map(constantValue);
    if (choice.src.length !== 3 || numbers.some((n) => n === undefined || store(node.dtype, n) !== n)) return undefined;
    return choice.op.rebuild?.([choice.src[0]!, ...numbers.map((n) => constant(n!, choice.shape, node.dtype))], choice);
  },
  spelling: { js: "$0", python: "$0" },
  scalar: (x) => x!,
  lanes: (_, x) => x!,
  work: () => ({ kind: "convert" }),
};

export const cast = (x: Node, dtype: DType, site?: Site): Node => {
  if (x.dtype === dtype) return x;
  const number = constantValue(x);
  return number === undefined ? new Node(castOp, [x], noAttrs, x.shape, dtype, site) : constant(number, x.shape, dtype);
};
