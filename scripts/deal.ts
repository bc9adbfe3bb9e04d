/**
 * The rule by which the digits are split, once and for all: stated here and beside the list, so that anybody can draw the
 * list again. It looks at labels and row numbers only, never at a result.
 */
import { threefry } from "../src/ops/entries/random.ts";

export const rule =
  "The rows of each digit are put in the order of the first word of threefry-2x32 for key (231, 5) and counter (row, 0), " +
  "rows counted from 0; the ten lists are laid end to end from digit 0 to 9 and dealt in turn to five hands: the first " +
  "hand is test, the second validation, the others are train. Listed in ascending order.";

export interface Split {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

/** The split by that rule: stratified, because the deal goes through one digit after the other. */
export const deal = (labels: readonly number[]): Split => {
  const drawn = labels.map((label, row) => ({ row, label, order: threefry(231, 5, row, 0) }));
  drawn.sort((a, b) => a.label - b.label || a.order - b.order || a.row - b.row);
  const hand = (...turns: number[]): number[] =>
    drawn.flatMap(({ row }, i) => (turns.includes(i % 5) ? [row] : [])).sort((a, b) => a - b);
  return { train: hand(2, 3, 4), validation: hand(1), test: hand(0) };
};
