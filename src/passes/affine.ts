/** Arithmetic of affine reads: whether one stays inside, and what two of them are together. */
import { sameShape, stridesOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import type { ReadMap, Row } from "../ir/work.ts";

/** Whether the index that a row names can leave 0 to size - 1. */
export const mayMiss = ({ offset, coef }: Row, over: Shape, size: number): boolean => {
  let low = offset;
  let high = offset;
  for (const [j, c] of coef.entries()) {
    const end = c * (over[j]! - 1);
    if (end < 0) low += end;
    else high += end;
  }
  return over.every((n) => n > 0) && (low < 0 || high >= size);
};

/** Whether a map reads every number where it is. */
export const identityRows = ({ from, to, rows }: ReadMap): boolean =>
  sameShape(from, to) && rows.every(({ offset, coef }, i) => offset === 0 && coef.every((c, j) => to[j] === 1 || c === (i === j ? 1 : 0)));

/** An affine function of the axes that `rows` are affine in. */
export const through = ({ offset, coef }: Row, rows: readonly Row[], axes: number): Row => {
  const sum = new Array<number>(axes).fill(0);
  let start = offset;
  for (const [i, c] of coef.entries()) {
    if (c === 0) continue;
    start += c * rows[i]!.offset;
    for (let j = 0; j < axes; j++) sum[j]! += c * rows[i]!.coef[j]!;
  }
  return { offset: start, coef: sum };
};

/** Whether two shapes are the same but for axes of one point. */
export const alike = (a: Shape, b: Shape): boolean => sameShape(a, b) || sameShape(a.filter((n) => n !== 1), b.filter((n) => n !== 1));

/** Steps along the axes of a shape as steps along those of one that is alike; along axes of one point they say nothing. */
export const aligned = (coef: readonly number[], from: Shape, to: Shape): readonly number[] => {
  const steps = coef.filter((_, i) => from[i] !== 1);
  let next = 0;
  return to.map((n) => (n === 1 ? 0 : steps[next++]!));
};

/** Whether a row gives the numbers of a shape in order. */
export const inOrder = ({ offset, coef }: Row, shape: Shape): boolean => {
  const strides = stridesOf(shape);
  return offset === 0 && shape.every((n, i) => n === 1 || coef[i] === strides[i]);
};
