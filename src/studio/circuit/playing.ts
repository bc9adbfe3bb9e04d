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
