/** What a fold is to the engine: a state of a few numbers, and how two states become one. */
import type { Lanes, Num } from "./lanes.types.ts";

export interface FoldLanes {
  readonly init: readonly number[];
  /** One element as a state; `at` is its position along the folded axes, which only float64 lanes hold exactly. */
  readonly lift: (k: Lanes, x: Num, at: () => Num) => readonly Num[];
  /** Elements reach the states of several lanes in turn, so it must not care about order. */
  readonly combine: (k: Lanes, s: readonly Num[], t: readonly Num[]) => readonly Num[];
  /** Which number of the state is the result. */
  readonly out: number;
}
