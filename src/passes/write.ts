/**
 * The transpose of a read without its scatter. Axes that a read repeats along are summed; where the rest only moves
 * numbers to places of their own, the way back is a read again. What is left (strides, overlapping windows, diagonals)
 * stays a scatter with a constant map.
 */
import type { Node } from "../ir/node.ts";
import type { ReadMap, Row } from "../ir/work.ts";
import type { LowerBuilder } from "./lower-builder.ts";

/** What a write of `g` by this map is, or nothing where it is run as it stands. */
export const lowerWrite = (g: Node, map: ReadMap, build: LowerBuilder): Node | undefined => {
  const repeated = map.to.flatMap((n, j) => (n !== 1 && map.rows.every(({ coef }) => coef[j] === 0) ? [j] : []));
  if (repeated.length > 0) {
    const kept = map.to.flatMap((_, j) => (repeated.includes(j) ? [] : [j]));
    const rows = map.rows.map(({ offset, coef }) => ({ offset, coef: kept.map((j) => coef[j]!) }));
    const rest = { ...map, to: kept.map((j) => map.to[j]!), rows };
    const summed = build.sum(g, repeated);
    return lowerWrite(summed, rest, build) ?? build.write(summed, rest);
  }
  return readBack(g, map, build);
};

/** Every axis of the result is read along by at most one axis of `g`, each axis of `g` reads along one, by steps of 1. */
const readBack = (g: Node, { from, to, rows, kind }: ReadMap, build: LowerBuilder): Node | undefined => {
  const shape: number[] = [];
  const back: Row[] = [];
  const used = new Set<number>();
  for (const [i, { offset, coef }] of rows.entries()) {
    const along = coef.flatMap((c, j) => (c === 0 || to[j] === 1 ? [] : [j]));
    const [j] = along;
    if (along.length > 1 || (j !== undefined && (used.has(j) || Math.abs(coef[j]!) !== 1))) return undefined;
    const c = j === undefined ? 1 : coef[j]!;
    if (j !== undefined) used.add(j);
    shape.push(j === undefined ? 1 : to[j]!);
    back.push({ offset: -c * offset, coef: from.map((_, k) => (k === i ? c : 0)) });
  }
  const axes = to.flatMap((n, j) => (n === 1 ? [] : [j]));
  if (axes.some((j) => !used.has(j))) return undefined;
  // The axes of `g`, without those of size 1, in the order of the axes that they go back to.
  const order = rows.flatMap(({ coef }) => coef.flatMap((c, j) => (c === 0 || to[j] === 1 ? [] : [j])));
  const packed = build.reshape(g, axes.map((j) => to[j]!));
  const moved = build.read(packed, {
    from: packed.shape,
    to: order.map((j) => to[j]!),
    rows: axes.map((j) => ({ offset: 0, coef: order.map((k) => (k === j ? 1 : 0)) })),
    fill: 0,
    kind: "transpose",
  });
  return build.read(build.reshape(moved, shape), { from: shape, to: from, rows: back, fill: 0, kind });
};
