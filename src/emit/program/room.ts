/** Where the states of folds wait for those of other chunks: the numbers of one chunk end to end, each for all points that are kept. */
import type { LoopKernel } from "../../ir/kernel.ts";
import type { Value } from "../wasm/values.ts";
import type { LoopShape } from "./loop-shape.ts";
import type { Place, Spot } from "./places.ts";

export interface Room {
  /** For each fold of the first pass where each number of its state is. */
  readonly states: ReadonlyMap<number, readonly Spot[]>;
  /** Of one chunk. */
  readonly bytes: number;
  /** Where everything is, if a chunk begins at an address. */
  at(chunk: Value<"i32">): ReadonlyMap<Spot, Place>;
}

export const roomOf = ({ axes, lines }: LoopKernel, { kept, width }: LoopShape): Room => {
  const buffer = { dtype: width === 32 ? "float32" : "float64" } as const;
  const strides = axes.map(() => 0);
  let points = 1;
  // The axis in lanes is the last one, and its numbers lie side by side.
  for (const axis of kept.toReversed()) {
    strides[axis] = points;
    points *= axes[axis]!;
  }
  const states = new Map(lines.flatMap((line, i) => (line.kind === "fold" && line.pass === 0 ? [[i, line.fold.init.map((): Spot => ({ buffer, strides, guards: [] }))] as const] : [])));
  const spots = [...states.values()].flat();
  const each = (points * width) / 8;
  return { states, bytes: spots.length * each, at: (pointer) => new Map(spots.map((spot, i) => [spot, { pointer, offset: i * each }])) };
};
