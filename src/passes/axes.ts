/** The points of a loop in several shapes: in finer axes, and in another order of axes. */
import { sizeOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import { aligned, alike } from "./affine.ts";
import { reshaped } from "./views.ts";

/** The fewest axes that both shapes are joined from, if there are such: [4, 6] and [8, 3] have [4, 2, 3], [4, 6] and [6, 4] have none. */
export const commonAxes = (a: Shape, b: Shape): Shape | undefined => {
  if (alike(a, b)) return a;
  if (sizeOf(a) !== sizeOf(b) || sizeOf(a) === 0) return undefined;
  const steps = [...new Set([...stepsOf(a), ...stepsOf(b)])].sort((x, y) => x - y);
  const sizes = steps.map((step, i) => step / (steps[i - 1] ?? 1));
  return sizes.every(Number.isInteger) ? sizes.slice(1).reverse() : undefined;
};

/** Numbers in the last axes: of none, of one, and so on. */
const stepsOf = (shape: Shape): number[] => shape.reduceRight((steps, n) => [...steps, steps.at(-1)! * n], [1]);

/** Whether a shape's axes are those of another one, each on its own or several as one. */
export const joins = (axes: Shape, shape: Shape): boolean => alike(axes, shape) || commonAxes(axes, shape)?.length === axes.filter((n) => n !== 1).length;

/** Steps along the axes of a shape as steps along finer ones. `order`: which of these, one after the other, are the shape's, if not all in order. */
export const along = (coef: readonly number[], from: Shape, to: Shape, order?: readonly number[]): readonly number[] => {
  if (order) {
    const steps = along(coef, from, inOrderOf(to, order));
    return to.map((_, i) => steps[order.indexOf(i)] ?? 0);
  }
  return alike(from, to) ? aligned(coef, from, to) : reshaped({ offset: 0, coef }, from, to)!.coef;
};

/** Sizes of the axes that an order names. */
export const inOrderOf = (shape: Shape, order?: readonly number[]): Shape => order?.map((i) => shape[i]!) ?? shape;

/**
 * The axes of `fine`, those that are folded and the others, in the order of another shape with folded axes that has the
 * same points; each of its axes is one of `fine` or several as one.
 */
export const orderIn = (shape: Shape, axes: readonly number[], fine: Shape, folded: readonly number[]): readonly number[] | undefined => {
  const all = fine.map((_, i) => i).filter((i) => fine[i] !== 1);
  const left = [all.filter((i) => !folded.includes(i)), all.filter((i) => folded.includes(i))] as const;
  const order: number[] = [];
  for (const [i, n] of shape.entries()) {
    const list = left[axes.includes(i) ? 1 : 0];
    let size = 1;
    while (size < n && list.length > 0) {
      const axis = list.shift()!;
      order.push(axis);
      size *= fine[axis]!;
    }
    if (size !== n) return undefined;
  }
  return left.every((list) => list.length === 0) ? order : undefined;
};
