/**
 * Moving numbers without computing: what is one affine read, by name; and reshape and concat, which are not affine and
 * have nodes of their own.
 */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import { allocate, asArray, type DType } from "../../ir/dtype.ts";
import { noAttrs, Node, type Op, type Site } from "../../ir/node.ts";
import { sameShape, sizeOf } from "../../ir/shape.ts";
import { checkShape, normalizeAxis } from "../../ir/axes.ts";
import type { Shape } from "../../ir/shape.types.ts";
import { allBatched, read, result, unit, viewOp } from "./read.ts";

export const transpose = (x: Node, axes: readonly number[] | undefined, site?: Site): Node => {
  const rank = x.shape.length;
  const order = (axes ?? x.shape.map((_, i) => rank - 1 - i)).map((axis) => normalizeAxis(axis, x.shape, "transpose"));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new Diagnostic("bad-permutation", `transpose: [${order.join(", ")}] does not name each axis of ${shapeText(x.shape)} once`, {
      help: `give ${rank} axes, for example [${x.shape.map((_, i) => rank - 1 - i).join(", ")}]`,
    });
  }
  const rows = x.shape.map((_, i) => ({ offset: 0, coef: unit(rank, order.indexOf(i)) }));
  return read(x, { from: x.shape, to: order.map((i) => x.shape[i]!), rows, fill: 0, kind: "transpose" }, site);
};

/** A range of one axis: start and end count from the end when negative, as in `Array.prototype.slice`. */
export type Range = number | readonly [start: number, end?: number, step?: number] | null;

export const slice = (x: Node, ranges: readonly Range[], site?: Site): Node => {
  if (ranges.length > x.shape.length) {
    throw new Diagnostic("too-many-ranges", `slice: ${ranges.length} ranges for a tensor of shape ${shapeText(x.shape)}`, {
      help: `give at most ${x.shape.length}`,
    });
  }
  const kept: number[] = [];
  const to: number[] = [];
  const plain = x.shape.map((n, i) => {
    const range = ranges[i] ?? null;
    if (typeof range === "number") {
      const at = range < 0 ? range + n : range;
      if (!Number.isInteger(at) || at < 0 || at >= n) {
        throw new Diagnostic("index-out-of-range", `slice: there is no index ${range} on axis ${i} of ${shapeText(x.shape)}`, {
          help: `use 0 to ${n - 1}, or -1 to -${n} counted from the end`,
        });
      }
      return { offset: at, step: 0 };
    }
    if (range !== null && !(Array.isArray(range) && range.length <= 3 && range.every((v) => v === undefined || Number.isInteger(v)))) {
      throw new Diagnostic("bad-range", `slice: ${JSON.stringify(range)} on axis ${i} of ${shapeText(x.shape)} is not a range`, {
        help: "give an index, [start, end, step] in whole numbers, or null for all",
      });
    }
    const [start = 0, end, step = 1] = range ?? [];
    if (!Number.isInteger(step) || step === 0) {
      throw new Diagnostic("bad-step", `slice: a step of ${step} on axis ${i} of ${shapeText(x.shape)}`, { help: "steps are whole numbers, not 0" });
    }
    const clamp = (v: number, low: number, high: number) => Math.min(high, Math.max(low, v < 0 ? v + n : v));
    const from = step > 0 ? clamp(start, 0, n) : clamp(range === null ? n - 1 : start, -1, n - 1);
    const until = end === undefined ? (step > 0 ? n : -1) : step > 0 ? clamp(end, 0, n) : clamp(end, -1, n - 1);
    kept.push(i);
    to.push(Math.max(0, Math.ceil((until - from) / step)));
    return { offset: from, step };
  });
  const rows = plain.map(({ offset, step }, i) => ({ offset, coef: unit(to.length, kept.indexOf(i), step) }));
  return read(x, { from: x.shape, to, rows, fill: 0, kind: "slice" }, site);
};

/** `[before, after]` for each axis; negative amounts cut. */
export const pad = (x: Node, amounts: readonly (readonly [number, number])[], fill = 0, site?: Site): Node => {
  if (amounts.length !== x.shape.length || amounts.some(([a, b], i) => !Number.isInteger(a) || !Number.isInteger(b) || x.shape[i]! + a + b < 0)) {
    throw new Diagnostic("bad-padding", `pad: ${JSON.stringify(amounts)} does not fit a tensor of shape ${shapeText(x.shape)}`, {
      help: `give one [before, after] for each of the ${x.shape.length} axes`,
    });
  }
  const to = x.shape.map((n, i) => n + amounts[i]![0] + amounts[i]![1]);
  const rows = amounts.map(([before], i) => ({ offset: -before, coef: unit(to.length, i) }));
  return read(x, { from: x.shape, to, rows, fill, kind: "pad" }, site);
};

/** Entries of the main diagonal of two axes of equal size, as one axis at the place of the first. */
export const diagonal = (x: Node, first: number, second: number): Node => {
  const to = x.shape.filter((_, i) => i !== second);
  const place = (i: number) => (i === second ? first : i) - ((i === second ? first : i) > second ? 1 : 0);
  const rows = x.shape.map((_, i) => ({ offset: 0, coef: unit(to.length, place(i)) }));
  return read(x, { from: x.shape, to, rows, fill: 0, kind: "diagonal" });
};

const longAxes = (shape: Shape): number[] => shape.flatMap((n, i) => (n === 1 ? [] : [i]));

export const reshapeOp: Op = viewOp({
  name: "reshape",
  says: "the same numbers in another shape; the gradient takes the old shape again",
  formula: "x",
  linear: true,
  evaluate: (node, [x]) => result(asArray(x!, node.dtype), node.shape),
  gradient: (node, g) => [reshape(g, node.src[0]!.shape)],
  batch: (node, [x]) => reshape(x!, [x!.shape[0]!, ...node.shape], node.site),
  align: (node) => {
    const from = longAxes(node.src[0]!.shape);
    const to = longAxes(node.shape);
    if (!sameShape(from.map((i) => node.src[0]!.shape[i]!), to.map((j) => node.shape[j]!))) return undefined;
    return node.shape.map((_, j) => (to.includes(j) ? from[to.indexOf(j)]! : -1));
  },
  rebuild: ([x], node) => reshape(x!, node.shape),
  work: () => ({ kind: "same" }),
});

/** Row-major order is kept; one size may be -1 and is worked out. */
export const reshape = (x: Node, shape: Shape, site?: Site): Node => {
  const size = sizeOf(x.shape);
  let to: Shape = shape;
  if (shape.filter((n) => n === -1).length === 1) {
    const rest = shape.reduce((product, n) => (n === -1 ? product : product * n), 1);
    to = shape.map((n) => (n === -1 ? (rest === 0 ? 0 : size / rest) : n));
  }
  if (to.some((n) => !Number.isInteger(n) || n < 0) || sizeOf(to) !== size) {
    throw new Diagnostic("cannot-reshape", `reshape: ${shapeText(x.shape)} has ${size} elements and cannot become ${shapeText(shape)}`, {
      operands: [{ name: x.name ?? "the tensor", shape: x.shape }],
      help: "the product of the sizes must stay the same; one size may be -1 and is worked out",
    });
  }
  if (sameShape(to, x.shape)) return x;
  return new Node(reshapeOp, [x], noAttrs, checkShape(to, "reshape"), x.dtype, site);
};

export const concatOp: Op = viewOp({
  name: "concat",
  says: "lays tensors end to end; each gets back its own stretch of the gradient",
  formula: "[x, y, ...]",
  linear: true,
  evaluate: (node, inputs) => {
    const axis = node.attrs["axis"] as number;
    const out = allocate(node.dtype, sizeOf(node.shape));
    const inner = sizeOf(node.shape.slice(axis + 1));
    const outer = sizeOf(node.shape.slice(0, axis));
    const row = node.shape[axis]! * inner;
    let start = 0;
    node.src.forEach((src, k) => {
      const from = asArray(inputs[k]!, node.dtype);
      const block = src.shape[axis]! * inner;
      for (let o = 0; o < outer; o++) out.set(from.subarray(o * block, (o + 1) * block), o * row + start);
      start += block;
    });
    return out;
  },
  gradient: (node, g) => {
    const axis = node.attrs["axis"] as number;
    let start = 0;
    return node.src.map((src) => {
      const end = start + src.shape[axis]!;
      const ranges = src.shape.map((_, i): Range => (i === axis ? [start, end] : null));
      start = end;
      return slice(g, ranges);
    });
  },
  batch: (node, src, batched) => concat(allBatched(src, batched), (node.attrs["axis"] as number) + 1, node.site),
  rebuild: (src, node) => concat(src, node.attrs["axis"] as number),
  work: (node) => ({ kind: "concat", axis: node.attrs["axis"] as number }),
});

export const concat = (parts: readonly Node[], axis: number, site?: Site): Node => {
  const first = parts[0];
  if (first === undefined) throw new Diagnostic("nothing-to-concat", "concat: no tensors were given", { help: "pass at least one" });
  const at = normalizeAxis(axis, first.shape, "concat");
  const dtype: DType = first.dtype;
  for (const part of parts) {
    if (part.shape.length !== first.shape.length || part.dtype !== dtype || part.shape.some((n, i) => i !== at && n !== first.shape[i])) {
      throw new Diagnostic("cannot-concat", `concat: ${shapeText(first.shape)} ${dtype} and ${shapeText(part.shape)} ${part.dtype} do not fit along axis ${at}`, {
        operands: parts.map((p, i) => ({ name: p.name ?? `part ${i + 1}`, shape: p.shape })),
        help: `all sizes but axis ${at}, and the types, must agree`,
      });
    }
  }
  const shape = first.shape.map((n, i) => (i === at ? parts.reduce((sum, p) => sum + p.shape[at]!, 0) : n));
  return new Node(concatOp, [...parts], { axis: at }, checkShape(shape, "concat"), dtype, site);
};
