/**
 * Contractions as what machines are good at. Letters fall into four groups: batch (in both operands and the result),
 * rows, columns, and shared ones that are summed. Where there are enough of each it becomes a product of matrices, whose
 * operands and result hold each group in one piece; everywhere else a sum of products.
 */
import { sameShape, sizeOf } from "../ir/shape.ts";
import type { Node } from "../ir/node.ts";
import type { Equation } from "../ir/work.ts";
import type { LowerBuilder } from "./lower-builder.ts";

/** The letters of a contraction by what they do, each group in the order of the result (shared: of the left operand). */
export interface Letters {
  readonly batch: string;
  readonly rows: string;
  readonly columns: string;
  readonly shared: string;
}

export const lettersOf = ({ a, b, out }: Equation): Letters => ({
  batch: only(out, (l) => a.includes(l) && b.includes(l)),
  rows: only(out, (l) => !b.includes(l)),
  columns: only(out, (l) => !a.includes(l)),
  shared: only(a, (l) => b.includes(l) && !out.includes(l)),
});

const only = (letters: string, which: (letter: string) => boolean): string => [...letters].filter(which).join("");

/** Below so many multiplications packing costs more than it saves. */
const fewest = 2048;

/** What a contraction is run as, or nothing where it is a product of matrices as it stands. */
export const lowerContract = (x: Node, y: Node, equation: Equation, build: LowerBuilder): Node | undefined => {
  const given = { x, y, equation };
  const { x: left, y: right, equation: plain } = withoutTransposes(given);
  const sizes = new Map<string, number>();
  [...plain.a].forEach((l, i) => sizes.set(l, left.shape[i]!));
  [...plain.b].forEach((l, i) => sizes.set(l, right.shape[i]!));
  const size = (letters: string): number => sizeOf([...letters].map((l) => sizes.get(l)!));
  const { batch, rows, columns, shared } = lettersOf(plain);
  const work = size(rows) * size(columns) * size(shared);
  if (Math.min(size(rows), size(columns), size(shared)) <= 1 || work < fewest) return sumOfProducts(left, right, plain, sizes, build);
  // Operands change places where the result has columns before rows.
  const turned = plain.out !== batch + rows + columns && plain.out === batch + columns + rows;
  const a = arranged(turned ? right : left, turned ? plain.b : plain.a, [batch, turned ? columns : rows, shared], build);
  const b = arranged(turned ? left : right, turned ? plain.a : plain.b, [batch, shared, turned ? rows : columns], build);
  const out = batch + (turned ? columns + rows : rows + columns);
  const same = a.node === x && b.node === y && out === equation.out && a.letters === equation.a && b.letters === equation.b;
  if (same) return undefined;
  return permuted(build.contract(a.node, b.node, { a: a.letters, b: b.letters, out }), out, plain.out, build);
};

interface Contraction {
  readonly x: Node;
  readonly y: Node;
  readonly equation: Equation;
}

/** A transposed operand is the operand with its letters in another order. */
const withoutTransposes = ({ x, y, equation }: Contraction): Contraction => {
  const a = beforeTranspose(x, equation.a);
  const b = beforeTranspose(y, equation.b);
  return { x: a.node, y: b.node, equation: { a: a.letters, b: b.letters, out: equation.out } };
};

interface Operand {
  readonly node: Node;
  readonly letters: string;
}

const beforeTranspose = (node: Node, letters: string): Operand => {
  const work = node.op.work?.(node);
  if (work?.kind !== "read") return { node, letters };
  const { rows, from, to } = work.map;
  const axes = rows.map(({ offset, coef }) => (offset === 0 && coef.filter((c) => c !== 0).length === 1 ? coef.indexOf(1) : -1));
  const moves = from.length === to.length && axes.every((j, i) => j >= 0 && to[j] === from[i]) && new Set(axes).size === axes.length;
  return moves ? beforeTranspose(node.src[0]!, axes.map((j) => letters[j]!).join("")) : { node, letters };
};

/** An operand whose groups lie in one piece each: batch first, the other two in either order. */
const arranged = (node: Node, letters: string, [batch, first, second]: readonly [string, string, string], build: LowerBuilder): Operand => {
  if (letters === batch + second + first) return { node, letters };
  const to = batch + first + second;
  return { node: permuted(node, letters, to, build), letters: to };
};

/** The same numbers with their axes in another order of letters. */
export const permuted = (node: Node, from: string, to: string, build: LowerBuilder): Node => {
  if (from === to) return node;
  const order = [...to].map((l) => from.indexOf(l));
  const rows = [...from].map((l) => ({ offset: 0, coef: [...to].map((k) => (k === l ? 1 : 0)) }));
  return build.read(node, { from: node.shape, to: order.map((i) => node.shape[i]!), rows, fill: 0, kind: "transpose" });
};

const sumOfProducts = (x: Node, y: Node, { a, b, out }: Equation, sizes: ReadonlyMap<string, number>, build: LowerBuilder): Node => {
  const shared = only(a, (l) => !out.includes(l));
  const all = out + shared;
  const to = [...all].map((l) => sizes.get(l)!);
  const spread = (node: Node, letters: string): Node => {
    const rows = [...letters].map((l) => ({ offset: 0, coef: [...all].map((k) => (k === l ? 1 : 0)) }));
    return letters === all && sameShape(node.shape, to) ? node : build.read(node, { from: node.shape, to, rows, fill: 0, kind: "broadcast" });
  };
  const product = build.mul(spread(x, a), spread(y, b));
  return shared === "" ? product : build.sum(product, [...shared].map((_, i) => out.length + i));
};
