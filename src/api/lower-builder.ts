/** What programs are lowered with, for passes that know no operation. */
import type { LowerBuilder } from "../passes/lower-builder.ts";
import { contract } from "../ops/forms/contract.ts";
import { convolve } from "../ops/forms/convolve.ts";
import { read, write } from "../ops/forms/read.ts";
import { reshape } from "../ops/forms/view.ts";
import { mul, sum } from "../ops/table.ts";

export const lowerBuilder: LowerBuilder = { sum: (x, axes) => sum(x, { axes }), mul, read, write, reshape, contract, convolve };
