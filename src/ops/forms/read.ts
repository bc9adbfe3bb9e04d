/**
 * One affine read (`in = A out + b`, `fill` outside) is transpose, slice, flip, pad, broadcast, diagonal and windows at
 * once; `write` is its transpose: each is the other's gradient.
 */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import { allocate, asArray, type TypedArray, type Value } from "../../ir/dtype.ts";
import { type FormName, Node, type Op, type Site } from "../../ir/node.ts";
import { sameShape, sizeOf, stridesOf } from "../../ir/shape.ts";
import type { Shape } from "../../ir/shape.types.ts";
import type { ReadMap } from "../../ir/work.ts";
import { constant, constantValue, isWeak } from "./source.ts";

/** The map of a read or a write; of any other node `undefined`. */
export const mapOf = (node: Node): ReadMap | undefined => node.attrs["map"] as ReadMap | undefined;

/** Calls `visit(output index, input index or -1)` for every element of the result, in order. */
const walk = (map: ReadMap, visit: (out: number, from: number) => void): void => {
  const { from, to, rows } = map;
  const rank = to.length;
  const total = sizeOf(to);
  if (total === 0) return;
  const strides = stridesOf(from);
  const at = new Array<number>(rank).fill(0);
  const position = rows.map((row) => row.offset);
  // How far the linear index moves with each output axis; enough on its own when no read can fall outside.
  const steps = to.map((_, j) => rows.reduce((sum, row, i) => sum + row.coef[j]! * strides[i]!, 0));
  const inside = rows.every((row, i) => {
    let low = row.offset;
    let high = row.offset;
    row.coef.forEach((c, j) => (c < 0 ? (low += c * (to[j]! - 1)) : (high += c * (to[j]! - 1))));
    return low >= 0 && high < from[i]!;
  });
  let linear = rows.reduce((sum, row, i) => sum + row.offset * strides[i]!, 0);
  for (let out = 0; out < total; out++) {
    visit(out, inside || position.every((p, i) => p >= 0 && p < from[i]!) ? linear : -1);
    for (let j = rank - 1; j >= 0; j--) {
      if (++at[j]! < to[j]!) {
        linear += steps[j]!;
        if (!inside) rows.forEach((row, i) => (position[i]! += row.coef[j]!));
        break;
      }
      at[j] = 0;
      linear -= steps[j]! * (to[j]! - 1);
      if (!inside) rows.forEach((row, i) => (position[i]! -= row.coef[j]! * (to[j]! - 1)));
    }
  }
};

/** A scalar is a number, no array of one. */
export const result = (out: TypedArray, shape: Shape): Value => (shape.length === 0 ? out[0]! : out);

interface ViewSpec {
  readonly name: string;
  readonly says: string;
  readonly formula: string;
  readonly linear: boolean;
  readonly evaluate: Op["evaluate"];
  readonly gradient: NonNullable<Op["gradient"]>;
  readonly batch: NonNullable<Op["batch"]>;
  readonly rebuild: NonNullable<Op["rebuild"]>;
  readonly align?: NonNullable<Op["align"]>;
  readonly work: NonNullable<Op["work"]>;
}

export const viewOp = (spec: ViewSpec, form: FormName = "view"): Op => ({
  form,
  plumbing: true,
  placeholder: false,
  commutative: false,
  ...spec,
});

export const readOp: Op = viewOp({
  name: "read",
  says: "moves numbers; their gradients move back the same way and add up where a number was read twice",
  formula: "x[A i + b]",
  linear: false,
  evaluate: (node, [x]) => {
    const map = mapOf(node)!;
    const from = asArray(x!, node.dtype);
    const out = allocate(node.dtype, sizeOf(map.to));
    walk(map, (i, at) => (out[i] = at < 0 ? map.fill : from[at]!));
    return result(out, node.shape);
  },
  gradient: (node, g) => [write(g, mapOf(node)!)],
  align: (node) => alignment(mapOf(node)!),
  batch: (node, [x]) => read(x!, underAxis(mapOf(node)!, x!.shape[0]!), node.site),
  rebuild: ([x], node) => read(x!, mapOf(node)!),
  work: (node) => ({ kind: "read", map: mapOf(node)! }),
});

export const writeOp: Op = viewOp({
  name: "write",
  says: "puts each number back where it was read, adding where several come from one place",
  formula: "x[A i + b] += g",
  linear: true,
  evaluate: (node, [g]) => {
    const map = mapOf(node)!;
    const from = asArray(g!, node.dtype);
    const out = allocate(node.dtype, sizeOf(map.from));
    walk(map, (i, at) => {
      if (at >= 0) out[at]! += from[i]!;
    });
    return result(out, node.shape);
  },
  gradient: (node, g) => [read(g, { ...mapOf(node)!, fill: 0 })],
  batch: (node, [g]) => write(g!, underAxis(mapOf(node)!, g!.shape[0]!)),
  rebuild: ([g], node) => write(g!, mapOf(node)!),
  work: (node) => ({ kind: "write", map: mapOf(node)! }),
});

/** Whether a node of a map writes instead of reading. */
export const isWrite = (node: Node): boolean => node.op === writeOp;

/** The same read for each of `n` examples along a new leading axis. */
const underAxis = (map: ReadMap, n: number): ReadMap => ({
  ...map,
  from: [n, ...map.from],
  to: [n, ...map.to],
  rows: [{ offset: 0, coef: unit(map.to.length + 1, 0) }, ...map.rows.map(({ offset, coef }) => ({ offset, coef: [0, ...coef] }))],
});

/** Operands without the leading axis of examples are repeated along it, where a form needs it in all of them. */
export const allBatched = (src: readonly Node[], batched: readonly boolean[]): Node[] => {
  const n = src[batched.indexOf(true)]!.shape[0]!;
  return src.map((x, i) => (batched[i] ? x : broadcastTo(x, [n, ...x.shape])));
};

/** Which axis of the read tensor each axis of the result runs along, if it runs along whole axes only. */
const alignment = ({ from, to, rows }: ReadMap): readonly number[] | undefined => {
  const along = new Array<number>(to.length).fill(-1);
  for (const [i, { offset, coef }] of rows.entries()) {
    const used = coef.flatMap((c, j) => (c === 0 ? [] : [j]));
    const j = used[0];
    if (offset !== 0 || used.length > 1) return undefined;
    if (j === undefined) {
      if (from[i] !== 1) return undefined;
    } else if (coef[j] !== 1 || to[j] !== from[i] || along[j] !== -1) return undefined;
    else along[j] = i;
  }
  return along;
};

export const read = (x: Node, map: ReadMap, site?: Site): Node =>
  new Node(map.fill === 0 ? linearReadOp : readOp, [x], { map }, map.to, x.dtype, site);

/** Reading with zeros outside is linear, with another fill only affine. */
export const linearReadOp: Op = { ...readOp, linear: true };

export const write = (g: Node, map: ReadMap): Node => new Node(writeOp, [g], { map }, map.from, g.dtype);

/** The same numbers, repeated along axes of size 1 and along new axes in front. */
export const broadcastTo = (x: Node, shape: Shape, site?: Site): Node => {
  if (sameShape(x.shape, shape)) return x;
  const number = constantValue(x);
  if (number !== undefined) return constant(number, shape, x.dtype, isWeak(x));
  const lead = shape.length - x.shape.length;
  if (lead < 0 || x.shape.some((n, i) => n !== shape[lead + i] && n !== 1)) {
    throw new Diagnostic("cannot-broadcast", `cannot broadcast ${shapeText(x.shape)} to ${shapeText(shape)}`, {
      help: "sizes must be equal or 1, counted from the last axis",
    });
  }
  const rows = x.shape.map((n, i) => ({ offset: 0, coef: shape.map((_, j) => (j === lead + i && n !== 1 ? 1 : 0)) }));
  return read(x, { from: x.shape, to: shape, rows, fill: 0, kind: "broadcast" }, site);
};

/** The coefficients of a row that follows axis `j` alone. */
export const unit = (rank: number, j: number, value = 1): number[] => Array.from({ length: rank }, (_, i) => (i === j ? value : 0));
