/**
 * What a kernel has to do at least, for whoever measures it: operations on numbers, and bytes to and from memory. A gate,
 * and a step of a fold, counts as one operation whatever it takes; a number that is read again and again counts once.
 */
import { multiplications } from "./convolution.ts";
import { bytesOf } from "./dtype.ts";
import { type Buffer, isMultiplying, type Kernel, type LoopKernel, type Multiplying, operandsOf, readsOf, writesOf } from "./kernel.ts";
import { sizeOf } from "./shape.ts";

export interface Cost {
  readonly operations: number;
  readonly bytes: number;
}

export const costOf = (kernel: Kernel): Cost => {
  const touched = new Map<Buffer, number>();
  const touch = (buffer: Buffer, numbers: number): void => void touched.set(buffer, Math.max(touched.get(buffer) ?? 0, Math.min(numbers, buffer.size)));
  for (const buffer of readsOf(kernel)) touch(buffer, readNumbers(kernel, buffer));
  let bytes = 0;
  for (const [buffer, numbers] of touched) bytes += numbers * bytesOf(buffer.dtype);
  for (const buffer of new Set(writesOf(kernel))) bytes += writtenNumbers(kernel, buffer) * bytesOf(buffer.dtype);
  return { operations: operationsOf(kernel), bytes };
};

/** Points of axes along which an access moves. */
const reached = (axes: readonly number[], strides: readonly number[]): number => sizeOf(axes.filter((_, axis) => strides[axis] !== 0));

const readNumbers = (kernel: Kernel, buffer: Buffer): number => {
  if (kernel.kind === "gather" && buffer === kernel.from) return kernel.batch * kernel.picks * kernel.width;
  const loop = loopOf(kernel);
  if (loop === undefined || isOperand(kernel, buffer)) return buffer.size;
  // The same numbers may be read in several passes.
  const loads = new Map<string, number>();
  for (const line of loop.lines) {
    if (line.kind !== "load" || line.access.buffer !== buffer) continue;
    loads.set(`${line.access.offset} ${line.access.strides.join()}`, reached(loop.axes, line.access.strides));
  }
  return [...loads.values()].reduce((sum, n) => sum + n, 0);
};

/** What of a kernel is a loop over numbers. */
const loopOf = (kernel: Kernel): LoopKernel | undefined => (kernel.kind === "loop" ? kernel : isMultiplying(kernel) ? kernel.tail?.loop : undefined);

/** Whether those numbers are multiplied. */
const isOperand = (kernel: Kernel, buffer: Buffer): boolean => isMultiplying(kernel) && operandsOf(kernel).includes(buffer);

const writtenNumbers = (kernel: Kernel, buffer: Buffer): number => {
  const loop = loopOf(kernel);
  const stores = loop?.stores.filter(({ access }) => access.buffer === buffer) ?? [];
  if (loop === undefined || stores.length === 0) return buffer.size;
  return Math.min(buffer.size, stores.reduce((sum, { access }) => sum + reached(loop.axes, access.strides), 0));
};

const operationsOf = (kernel: Kernel): number => {
  switch (kernel.kind) {
    case "loop":
      return loopOperations(kernel);
    case "circuit":
      return kernel.gates.length;
    case "product":
      return 2 * kernel.batch * kernel.rows * kernel.columns * kernel.shared + tailOperations(kernel);
    case "convolution":
      return 2 * kernel.examples * multiplications(kernel.convolution) + tailOperations(kernel);
    case "write":
      return sizeOf(kernel.axes);
    case "scatter":
      return kernel.batch * kernel.picks * kernel.width;
    case "gather":
      return 0;
  }
};

const tailOperations = ({ tail }: Multiplying): number => (tail ? loopOperations(tail.loop) : 0);

const loopOperations = ({ axes, kept, lines }: LoopKernel): number => {
  const [all, few] = [sizeOf(axes), sizeOf(axes.slice(0, kept))];
  return lines.reduce((sum, { kind, inner }) => sum + (kind !== "fold" && kind !== "gate" ? 0 : inner ? all : few), 0);
};
