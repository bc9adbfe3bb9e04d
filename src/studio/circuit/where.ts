/** The words beside the scrubber. */
import type { Length } from "./playing.ts";

/** Where the pass stands, in words. */
export const whereText = (done: number, { all, forward }: Length): string => {
  if (done === 0) return "nothing is computed yet";
  if (done === all) return "both passes are done";
  if (done <= forward) return `forward pass, step ${done} of ${forward}`;
  return `backward pass, step ${done - forward} of ${all - forward}`;
};
