/** Gates with kinks: the largest, the smallest, the absolute value. Ties are split evenly, so that they add up to one. */
import type { Node } from "../../ir/node.ts";
import { gate, type Gate } from "../forms/gate.ts";
import { add, div, eq, gt, lt, neg, sub, where } from "./arithmetic.ts";

/** Each operand that equals the result gets its share of the gradient. */
const route = (g: Node, x: readonly Node[], y: Node): Node[] => {
  const winners = x.map((operand) => where(eq(operand, y), 1, 0));
  // Two operands are the common case and tie only when equal; the count is then written once.
  const count = winners.reduce((sum, winner) => add(sum, winner));
  const share = div(g, count);
  return x.map((operand) => where(eq(operand, y), share, 0));
};

/** Which operand wins, or a mixture at a tie: a number that changes when the winner does. */
const winner = (best: (...x: number[]) => number) => (...x: number[]): number => {
  const y = best(...x);
  return x.reduce((code, value, i) => (value === y ? code + 2 ** Math.min(i, 30) : code), 0);
};

export const max: Gate<"variadic"> = gate({
  word: "max",
  says: "router: the largest operand gets the whole gradient; equal ones share it evenly",
  formula: "max(x, y, ...)",
  arity: [1, Infinity],
  scalar: (...x) => Math.max(...x),
  lanes: (k, ...x) => x.reduce((a, b) => k.max(a, b)),
  gradient: route,
  spelling: { js: "Math.max($*)", python: "max($*)", helpers: { python: "largest" } },
  pattern: "router",
  commutative: true,
  branch: winner(Math.max),
});

export const min: Gate<"variadic"> = gate({
  word: "min",
  says: "router: the smallest operand gets the whole gradient; equal ones share it evenly",
  formula: "min(x, y, ...)",
  arity: [1, Infinity],
  scalar: (...x) => Math.min(...x),
  lanes: (k, ...x) => x.reduce((a, b) => k.min(a, b)),
  gradient: route,
  spelling: { js: "Math.min($*)", python: "min($*)", helpers: { python: "smallest" } },
  pattern: "router",
  commutative: true,
  branch: winner(Math.min),
});

/** The slope at 0 is 0, halfway between -1 and 1. */
export const abs = gate({
  word: "abs",
  says: "passes the gradient with the sign of x; at 0 none",
  formula: "|x|",
  arity: 1,
  scalar: (x) => Math.abs(x!),
  lanes: (k, x) => k.abs(x!),
  local: ([x]) => [sub(where(gt(x!, 0), 1, 0), where(lt(x!, 0), 1, 0))],
  spelling: { js: "Math.abs($0)", python: "abs($0)" },
  branch: (x) => Math.sign(x!),
  ignores: neg,
});

/** max(0, x) as one gate with the slope 0 at 0, the strict indicator of the course. */
export const relu = gate({
  word: "relu",
  says: "router: passes the gradient where x > 0, stops it elsewhere",
  formula: "max(0, x)",
  arity: 1,
  // -0 and everything below become +0; NaN stays NaN.
  scalar: (x) => (x! > 0 ? x! : x! <= 0 ? 0 : NaN),
  // Adding 0 turns -0 into +0.
  lanes: (k, x) => k.add(k.clamp(x!, 0, Infinity), 0),
  gradient: (g, _, y) => [where(gt(y, 0), g, 0)],
  spelling: { js: "Math.max(0, $0)", python: "max(0.0, $0)", helpers: { python: "rectified" } },
  pattern: "router",
  branch: (x) => (x! > 0 ? 1 : 0),
});
