/**
 * How long a kernel takes on one core of a present-day machine, in nanoseconds and roughly: enough to tell what is worth
 * sharing out. It decides about speed alone, never about a bit.
 */
import { multiplications } from "../../ir/convolution.ts";
import { type Buffer, type Kernel, type LoopKernel, type Multiplying, type Plan, readsOf, writesOf } from "../../ir/kernel.ts";
import { sizeOf } from "../../ir/shape.ts";

/** A line of a loop for one number, a gate of a circuit, a multiplication of a product, a number that is only moved. */
const perLine = 0.1;
const perGate = 8;
const perMultiplication = 0.025;
const perMove = 0.5;

export const multiplyNanoseconds = (multiplications: number): number => perMultiplication * multiplications;

export const moveNanoseconds = (numbers: number): number => perMove * numbers;

const loopNanoseconds = ({ lines, axes }: LoopKernel): number => perLine * lines.length * sizeOf(axes);

export const tailNanoseconds = ({ tail }: Multiplying): number => (tail ? loopNanoseconds(tail.loop) : 0);

export const nanosecondsOf = (kernel: Kernel): number => {
  switch (kernel.kind) {
    case "loop":
      return loopNanoseconds(kernel);
    case "circuit":
      return perGate * kernel.gates.length;
    case "product":
      return multiplyNanoseconds(kernel.batch * kernel.rows * kernel.columns * kernel.shared) + tailNanoseconds(kernel);
    case "convolution":
      return multiplyNanoseconds(kernel.examples * multiplications(kernel.convolution)) + tailNanoseconds(kernel);
    default:
      return moveNanoseconds([...readsOf(kernel), ...writesOf(kernel)].reduce((sum, { size }: Buffer) => sum + size, 0));
  }
};

/** All of a program that can be shared out; the gates of a circuit come one after the other. */
export const planNanoseconds = ({ kernels }: Plan): number => kernels.reduce((sum, kernel) => (kernel.kind === "circuit" ? sum : sum + nanosecondsOf(kernel)), 0);
