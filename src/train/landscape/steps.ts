/** How long a step should be: the loss after one step against the gradient, for steps of ever more zeros. */
import { valueAndGrad } from "../../api/transforms.ts";
import { surface } from "./surface.ts";
import type { Loss } from "./vectors.ts";

export interface StepLoss {
  readonly step: number;
  /** The loss after one such step; NaN or Infinity where the numbers are lost. */
  readonly loss: number;
}

export interface StepTable {
  /** The loss before the step. */
  readonly loss: number;
  readonly rows: readonly StepLoss[];
  /** The row with the lowest loss. */
  readonly best: StepLoss;
  /** The first step behind the best that makes the loss larger than it was, if one does. */
  readonly explodes?: number;
}

/** Powers of ten without the rounding of a power. */
const tenTo = (exponent: number): number => Number(`1e${exponent}`);

/** The table of the course, and how far it goes on where nothing has exploded yet. */
const [first, last, furthest] = [-10, -1, 6];

/**
 * The loss after one step, model - step * gradient, for the steps 1e-10, 1e-9, ... 1e-1 of the course (notes on
 * optimization, part 1), and on by tens until the loss is larger than it was: it falls a little, falls best near one
 * step, then explodes.
 * @example
 * const bowl = ({ w }: { w: Tensor }) => w.sq().sum();
 * stepTable(bowl, { w: tensor([3, 4]) }).best.step; // 0.1
 */
export const stepTable = <M>(loss: Loss<M>, model: M): StepTable => {
  const { value, grad } = valueAndGrad(loss)(model as never);
  const before = value.itemSync();
  const at = surface(loss, model, [grad as M]);
  const rows: StepLoss[] = [];
  for (let exponent = first; exponent <= furthest; exponent++) {
    const step = tenTo(exponent);
    rows.push({ step, loss: at(-step) });
    if (exponent >= last && !(rows.at(-1)!.loss <= before)) break;
  }
  const best = rows.reduce((a, b) => (b.loss < a.loss ? b : a));
  const explodes = rows.find((row) => row.step > best.step && !(row.loss <= before));
  return { loss: before, rows, best, ...(explodes === undefined ? {} : { explodes: explodes.step }) };
};
