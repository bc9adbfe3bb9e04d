/** Dropout: units are silenced at random while training, so that none relies on another. */
import { where } from "../api/functions.ts";
import { bernoulli } from "../api/random.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Tensor } from "../trace/tensor.ts";

/**
 * Inverted dropout: every number of x stays with probability `keep`, divided by `keep`, and is 0 otherwise, so that
 * the mean stays what it was and nothing has to be done when predicting: leave the call out there (Srivastava et al.
 * 2014; course notes, neural networks part 2). x of any shape; keep is 0.5 by default. The same key drops the same
 * units: split off a new one for every step.
 * @throws Diagnostic `bad-probability`
 * @example
 * dropout(key(1), tensor([1, 1, 1, 1]), 1).toArraySync(); // [1, 1, 1, 1]
 */
export const dropout = (key: Tensor, x: Tensor, keep = 0.5): Tensor => {
  if (!(keep > 0 && keep <= 1)) {
    throw new Diagnostic("bad-probability", `dropout: units are kept with probability ${keep}`, {
      help: "use a number above 0 and up to 1: the share that stays, not the share that is dropped",
    });
  }
  return where(bernoulli(key, keep, x.shape), x.div(keep), 0);
};
