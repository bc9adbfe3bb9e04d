/** What the passes build with: they know no operation, so the table's are handed to them here. */
import type { ForwardBuilder } from "../passes/forward.ts";
import type { LowerBuilder } from "../passes/lower-builder.ts";
import { contract } from "../ops/forms/contract.ts";
import { convolve } from "../ops/forms/convolve.ts";
import { input } from "../ops/forms/source.ts";
import { read, reshape, write } from "../ops/forms/view.ts";
import { add, mul, sum } from "../ops/table.ts";

export const builder: ForwardBuilder = {
  add,
  hole: (like) => input(like.shape, like.dtype),
};

export const lowerBuilder: LowerBuilder = { sum: (x, axes) => sum(x, { axes }), mul, read, write, reshape, contract, convolve };
