/**
 * How long a kernel takes on one core of a present-day machine, in nanoseconds and roughly: enough to tell what is worth
 * sharing out. It decides about speed alone, never about a bit.
 */
import { multiplications } from "../../ir/convolution.ts";
import { type Buffer, type Kernel, type Plan, readsOf, writesOf } from "../../ir/kernel.ts";

/** A line of a loop for one number, a multiplication of a product, a number that is only moved. */
const perLine = 0.1;
const perMultiplication = 0.025;
const perMove = 0.5;

export const nanosecondsOf = (kernel: Kernel): number => {
  switch (kernel.kind) {
    case "loop":
      return perLine * kernel.lines.length * kernel.axes.reduce((product, n) => product * n, 1);
    case "product":
      return perMultiplication * kernel.batch * kernel.rows * kernel.columns * kernel.shared;
    case "convolution":
      return perMultiplication * kernel.examples * multiplications(kernel.convolution);
    default:
      return perMove * [...readsOf(kernel), ...writesOf(kernel)].reduce((sum, { size }: Buffer) => sum + size, 0);
  }
};

/** The whole program, without what a call of it costs. */
export const planNanoseconds = ({ kernels }: Plan): number => kernels.reduce((sum, kernel) => sum + nanosecondsOf(kernel), 0);
