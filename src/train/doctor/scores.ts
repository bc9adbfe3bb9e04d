/** What scores look like. */
import type { Look } from "../look.ts";

/** No score is negative and every row adds up to 1. */
export const softmaxLike = ({ scores, outputs }: Look): boolean => {
  if (outputs < 2) return false;
  for (let i = 0; i < scores.length; i += outputs) {
    let sum = 0;
    for (let j = 0; j < outputs; j++) {
      if (!(scores[i + j]! >= 0)) return false;
      sum += scores[i + j]!;
    }
    if (Math.abs(sum - 1) > 1e-5) return false;
  }
  return scores.length > 0;
};
