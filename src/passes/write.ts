/**
 * The transpose of a read without its scatter. Axes that a read repeats along are summed; where the rest only moves
 * numbers to places of their own, the way back is a read again, and so it is for windows that do not overlap. What is
 * left (strides, overlapping windows, diagonals) stays a scatter with a constant map.
 */
import { Node } from "../ir/node.ts";
import { sameShape, sizeOf } from "../ir/shape.ts";
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
  return readBack(g, map, build) ?? tilesBack(g, map, build);
};

/**
 * Windows side by side: an axis that is read by places of s numbers each is two axes, of places and of the numbers within
 * one, until all are back; what is left over at its ends is 0.
 */
const tilesBack = (g: Node, map: ReadMap, build: LowerBuilder): Node | undefined => {
  const tiles = map.rows.map(({ coef }) => {
    const along = coef.flatMap((c, j) => (c === 0 ? [] : [j]));
    const [place, within] = coef[along[0]!]! > coef[along[1]!]! ? along : [along[1], along[0]];
    return along.length === 2 && coef[within!] === 1 && map.to[within!]! <= coef[place!]! ? { place: place!, within: within!, step: coef[place!]! } : undefined;
  });
  if (tiles.every((tile) => tile === undefined)) return undefined;
  const unit = (j: number): Row => ({ offset: 0, coef: map.to.map((_, k) => (k === j ? 1 : 0)) });
  const split = tiles.map((tile, i) =>
    tile === undefined ? { from: [map.from[i]!], rows: [map.rows[i]!] } : { from: [map.to[tile.place]!, tile.step], rows: [unit(tile.place), unit(tile.within)] },
  );
  const order = split.flatMap(({ rows }) => rows.flatMap(({ coef }) => coef.flatMap((c, j) => (c === 0 ? [] : [j]))));
  if (new Set(order).size !== order.length || order.length !== map.to.length) return undefined;
  const turned: ReadMap = {
    ...map,
    from: split.flatMap(({ from }) => from),
    to: order.map((j) => map.to[j]!),
    rows: split.flatMap(({ rows }) => rows).map(({ offset, coef }) => ({ offset, coef: order.map((j) => coef[j]!) })),
  };
  const back = readBack(reordered(g, order, build), turned, build);
  if (back === undefined) return undefined;
  const joined = split.map(({ from }) => sizeOf(from));
  const rows = map.rows.map(({ offset }, i) => ({ offset: tiles[i] ? -offset : 0, coef: map.from.map((_, k) => (k === i ? 1 : 0)) }));
  return build.read(build.reshape(back, joined), { from: joined, to: map.from, rows, fill: 0, kind: map.kind });
};

/** Gates that are done again in another order of axes, at most. */
const mostGates = 8;

/**
 * Axes in another order, which is asked for as early as may be: gates are done on operands in that order and reads read
 * in it, so that no number is stored only to be moved.
 */
const reordered = (node: Node, order: readonly number[], build: LowerBuilder): Node => {
  let gates = 0;
  const known = new Map<Node, Node>();
  const of = (x: Node): Node => {
    const before = known.get(x);
    if (before !== undefined) return before;
    const made = make(x);
    known.set(x, made);
    return made;
  };
  const make = (x: Node): Node => {
    const to = order.map((j) => x.shape[j]!);
    const work = x.op.work!(x)!;
    const move = (src: Node, { rows, ...rest }: ReadMap): Node => build.read(src, { ...rest, to, rows: rows.map(({ offset, coef }) => ({ offset, coef: order.map((j) => coef[j]!) })) });
    if (work.kind === "constant") return new Node(x.op, [], x.attrs, to, x.dtype);
    if (work.kind === "read") return move(x.src[0]!, work.map);
    const isGate = work.kind === "gate" || work.kind === "words" || work.kind === "convert";
    if (isGate && gates < mostGates && x.op.rebuild !== undefined && x.src.every((src) => sameShape(src.shape, x.shape))) {
      gates++;
      return x.op.rebuild(x.src.map(of), x);
    }
    const rows = x.shape.map((_, i) => ({ offset: 0, coef: x.shape.map((_, j) => (i === j ? 1 : 0)) }));
    return move(x, { from: x.shape, to: x.shape, rows, fill: 0, kind: "transpose" });
  };
  return of(node);
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
