/** Where the scrubber stands among the steps of both passes. */
import type { Step } from "../../explain/steps.ts";

/** How many steps are done; all of them where the state names no number. */
export const doneOf = (step: number | undefined, steps: readonly Step[]): number => Math.min(step ?? steps.length, steps.length);

/** How many steps the forward pass has. */
export const forwardLength = (steps: readonly Step[]): number => {
  const first = steps.findIndex(({ phase }) => phase === "backward");
  return first < 0 ? steps.length : first;
};

/** Where the pass stands, in words. */
export const whereText = (done: number, steps: readonly Step[]): string => {
  const forward = forwardLength(steps);
  if (done === 0) return "nothing is computed yet";
  if (done <= forward) return `forward pass, step ${done} of ${forward}`;
  if (done === steps.length) return "both passes are done";
  return `backward pass, step ${done - forward} of ${steps.length - forward}`;
};
