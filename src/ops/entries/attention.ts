/** Attention: every query takes a weighted mean of values, weighted by how well their keys fit. */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import type { Node } from "../../ir/node.ts";
import { broadcastShapes, sameShape } from "../../ir/shape.ts";
import { lift, operandNotes, type NodeLike } from "../forms/entry.ts";
import { spelling } from "../forms/spelling.ts";
import { mul, where } from "./arithmetic.ts";
import { softmax } from "./classes.ts";
import { matmul } from "./products.ts";
import { transpose } from "./shapes.ts";

const fail = (operands: readonly Node[], sentence: string, help: string): never => {
  throw new Diagnostic("attention-shapes", `attention: ${sentence}`, { operands: operandNotes(operands), help });
};

const checkShapes = (q: Node, k: Node, v: Node): void => {
  const [a, b, c] = [q, k, v].map(({ shape }) => shapeText(shape));
  if ([q, k, v].some(({ shape }) => shape.length < 2)) {
    fail([q, k, v], `queries ${a}, keys ${b} and values ${c} are [..., queries, size], [..., keys, size] and [..., keys, width]`, "add the axes that are missing with reshape");
  }
  if (q.shape.at(-1) !== k.shape.at(-1)) fail([q, k, v], `queries ${a} and keys ${b} differ in their last axis`, "both are compared by their product: give them the same size");
  if (k.shape.at(-2) !== v.shape.at(-2)) fail([q, k, v], `there are ${k.shape.at(-2)} keys ${b} and ${v.shape.at(-2)} values ${c}`, "each key has one value");
};

/** Scores as a masked softmax: a query that may look nowhere takes nothing, and its result is 0. */
const masked = (scores: Node, mask: Node): Node => {
  if (mask.dtype !== "bool") {
    throw new Diagnostic("bad-mask", `attention: the mask is ${mask.dtype} ${shapeText(mask.shape)}, and a mask holds truth values`, {
      operands: operandNotes([mask]),
      help: "true where a query may look at a key: write mask.gt(0) for a mask of ones and zeros",
    });
  }
  const met = broadcastShapes(scores.shape, mask.shape);
  if (!met || !sameShape(met, scores.shape)) {
    const help = "a mask is [queries, keys], with the leading axes of the scores in front, or 1 there";
    fail([scores, mask], `a mask ${shapeText(mask.shape)} does not fit scores ${shapeText(scores.shape)}`, help);
  }
  return where(mask, softmax(where(mask, scores, -Infinity)), 0);
};

/**
 * Scaled dot-product attention, softmax(q k^T / sqrt(size)) v (Vaswani et al. 2017): q [..., queries, size], k [..., keys,
 * size], v [..., keys, width] -> [..., queries, width]; leading axes broadcast. `mask` holds truth values [..., queries,
 * keys]: true where a query may look at a key, everywhere by default. A query that may look nowhere gets 0.
 */
export const attention = spelling({
  word: "attention",
  sig: "attention",
  says: "values get the gradient by the weights they had; queries and keys through the softmax of their products",
  formula: "softmax(q k^T / sqrt n) v",
  operands: "all",
  samples: [
    { operands: [[2, 3], [2, 3], [2, 1]] },
    { operands: [[2, 2], [3, 2], [3, 2], { shape: [2, 3], dtype: "bool" }] },
    { operands: [[2, 1, 2], [2, 2, 2], [2, 2, 1], { shape: [1, 2], dtype: "bool" }] },
    { operands: [[0, 2], [3, 2], [3, 1]] },
    { operands: [[1, 2], [0, 2], [0, 2]] },
  ],
  spell: (given: readonly [NodeLike, NodeLike, NodeLike, NodeLike?], site): Node => {
    const count: number = given.length;
    if (count < 3 || count > 4) {
      throw new Diagnostic("operand-count", `attention: takes queries, keys, values and perhaps a mask; got ${count} operand${count === 1 ? "" : "s"}`, {
        help: "write attention(q, k, v), or attention(q, k, v, mask)",
      });
    }
    const [q, k, v] = given.slice(0, 3).map((x) => lift(x, "attention")) as [Node, Node, Node];
    checkShapes(q, k, v);
    const axes = k.shape.map((_, i) => i);
    const turned = transpose(k, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
    const scores = mul(matmul(q, turned), 1 / Math.sqrt(Math.max(1, q.shape.at(-1)!)));
    const mask = given[3];
    return matmul.build([mask === undefined ? softmax(scores) : masked(scores, lift(mask, "attention")), v], site);
  },
});
