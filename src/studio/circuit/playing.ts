/** Where the scrubber stands among the steps of both passes. */
import type { Move } from "../../explain/moves.ts";

/** How many steps the forward pass has. */
export const forwardLength = (steps: readonly Move[]): number => {
  const first = steps.findIndex(({ phase }) => phase === "backward");
  return first < 0 ? steps.length : first;
};

/** How many steps there are. */
export interface Length {
  readonly all: number;
  readonly forward: number;
}

/** Where the pass stands, in words. */
export const whereText = (done: number, { all, forward }: Length): string => {
  if (done === 0) return "nothing is computed yet";
  if (done === all) return "both passes are done";
  if (done <= forward) return `forward pass, step ${done} of ${forward}`;
  return `backward pass, step ${done - forward} of ${all - forward}`;
};
