/**
 * Algebra that keeps every bit: gates of constants become constants, and what changes nothing goes (x * 1, -(-x), the
 * minus of |-x|, a second name for a value). One thing is not kept, the sign of a gradient of 0 that is multiplied by a number.
 * Nodes that nothing needs any more are no part of the result.
 */
import { store } from "../ir/dtype.ts";
import { rebuild } from "../ir/graph.ts";
import type { NodeMap } from "../ir/node-map.ts";
import { Node, onBehalfOf } from "../ir/node.ts";
import { sameShape } from "../ir/shape.ts";
import { identityRows, mayMiss } from "./affine.ts";
import { numberOf } from "./canonical.ts";
import type { LowerBuilder } from "./lower-builder.ts";

/** The map from old nodes to new; `order` as for `rebuild`. */
export const simplify = (roots: readonly Node[], build: Pick<LowerBuilder, "mul">, order?: readonly Node[]): NodeMap<Node> => rebuild(roots, simpler(build), order);

/** What a node on simplified operands is replaced by, if by anything. */
export const simpler =
  (build: Pick<LowerBuilder, "mul">) =>
  (node: Node, src: readonly Node[]): Node | undefined =>
    sameAsOperand(node, src) ?? asConstant(node, src) ?? undone(node, src) ?? unmasked(node, src, build);

const like = (node: Node, x: Node): Node | undefined => (x.dtype === node.dtype && sameShape(x.shape, node.shape) ? x : undefined);

const sameAsOperand = (node: Node, src: readonly Node[]): Node | undefined => {
  const work = node.op.work?.(node);
  const [x] = src;
  if (work?.kind === "same" || (work?.kind === "read" && identityRows(work.map))) return like(node, x!);
  const neutral = node.op.spelling?.neutral;
  if (neutral === undefined || src.length !== 2) return undefined;
  for (let i = 0; i < neutral.length; i++) {
    if (neutral[i] !== undefined && numberOf(src[i]!) === neutral[i]) return like(node, src[1 - i]!);
  }
  return undefined;
};

/** Gates, and moves, of constants that are one number everywhere. */
const asConstant = (node: Node, src: readonly Node[]): Node | undefined => {
  const values: number[] = [];
  for (const x of src) {
    const number = numberOf(x);
    if (number === undefined) return undefined;
    values.push(number);
  }
  if (values.length === 0) return undefined;
  const work = node.op.work?.(node);
  const same = work?.kind === "same" || (work?.kind === "read" && !work.map.rows.some((row, i) => mayMiss(row, work.map.to, work.map.from[i]!)));
  const value = same ? values[0]! : node.op.scalar?.(...values);
  const [first] = src;
  return value === undefined ? undefined : new Node(first!.op, [], { value: store(node.dtype, Number(value)) }, node.shape, node.dtype);
};

const undone = (node: Node, src: readonly Node[]): Node | undefined => {
  const [x] = src;
  if (node.op.involution && x!.op === node.op) return like(node, x!.src[0]!);
  return node.op.ignores && x!.op === node.op.ignores ? node.withSources(x!.src) : undefined;
};

/** Nothing is infinite or undefined in a number that is written down, and one that is not 0 masks nothing. */
const unmasked = (node: Node, src: readonly Node[], build: Pick<LowerBuilder, "mul">): Node | undefined => {
  if (!node.op.masked) return undefined;
  const [local, upstream] = src.map(numberOf);
  if (!Number.isFinite(local) && (upstream === undefined || upstream === 0)) return undefined;
  return onBehalfOf(node.site, () => build.mul(src[0]!, src[1]!));
};
