/** The loss along a ray, L(W + a W1), and over a plane, L(W + a W1 + b W2): slide 4 of the course. */
import { compile } from "../../api/compile.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { moved, type Loss } from "./vectors.ts";

/** `count` numbers from one end to the other, both included. */
export const spread = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i === count - 1 ? to : from + ((to - from) * i) / Math.max(1, count - 1)));

/** The loss at so much of each direction away from the model. The function is compiled once: it must not change. */
export const surface = <M>(loss: Loss<M>, model: M, directions: readonly M[]): ((...distances: number[]) => number) => {
  const at = compile((...distances: Tensor[]) => loss(moved(model, directions, distances)));
  return (...distances) => at(...(distances as unknown as Tensor[])).itemSync();
};

/**
 * The loss along a ray: L(model + a * direction) for each distance a.
 * @example
 * const bowl = ({ w }: { w: Tensor }) => w.sq().sum();
 * alongRay(bowl, { w: tensor([1, 0]) }, { w: tensor([1, 2]) }, [-1, 0, 1]); // [4, 1, 8]
 */
export const alongRay = <M>(loss: Loss<M>, model: M, direction: M, distances: readonly number[]): number[] => {
  const at = surface(loss, model, [direction]);
  return distances.map((a) => at(a));
};

/** Losses over a plane. */
export interface Plane {
  /** Distances along the first direction, ascending. */
  readonly a: readonly number[];
  /** Distances along the second. */
  readonly b: readonly number[];
  /** `losses[j][i]` at a[i] and b[j]. */
  readonly losses: readonly (readonly number[])[];
}

/**
 * The loss over a plane: L(model + a * first + b * second), row by row. A generator, so that whoever waits can be shown
 * how far it is: yields each row and returns the whole.
 * @example
 * const model = { w: tensor([0, 0]) };
 * const bowl = ({ w }: { w: Tensor }) => w.sq().sum();
 * const [first, second] = [{ w: tensor([1, 0]) }, { w: tensor([0, 1]) }];
 * const rows = overPlane(bowl, model, [first, second], [-1, 0, 1], [0, 2]);
 * [...rows]; // [[1, 0, 1], [5, 4, 5]]
 */
export function* overPlane<M>(
  loss: Loss<M>,
  model: M,
  directions: readonly [M, M],
  a: readonly number[],
  b: readonly number[],
): Generator<readonly number[], Plane, void> {
  const at = surface(loss, model, directions);
  const losses: number[][] = [];
  for (const y of b) {
    const row = a.map((x) => at(x, y));
    losses.push(row);
    yield row;
  }
  return { a, b, losses };
}
