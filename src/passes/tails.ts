/**
 * Loops behind products and convolutions. Where the first that reads a result is a loop that folds nothing and reads each
 * number of it at one point, that loop is no kernel of its own but the result's tail: it is run on every block while that
 * is in the cache, and the threads need not wait for each other in between. If nobody else reads the result it is never
 * stored.
 */
import { resultSize } from "../ir/convolution.ts";
import { type Access, type Buffer, deepest, isMultiplying, type Kernel, type KernelList, type Line, type LoopKernel, type Multiplying, readsOf, resultOf } from "../ir/kernel.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Row } from "../ir/work.ts";
import { inOrder } from "./affine.ts";
import { reshaped } from "./views.ts";

/** Columns of a result whose rows are worth a loop of their own: a vector. */
const fewestColumns = 4;

export const withTails = (list: KernelList): KernelList => {
  const readers = readersOf(list);
  const kernels: (Kernel | undefined)[] = [...list.kernels];
  /** Where the kernels stand whose results nobody has read yet. */
  const unread = new Map<Buffer, number>();
  kernels.forEach((kernel, i) => {
    if (kernel === undefined) return;
    const found = [...new Set(readsOf(kernel))].filter((buffer) => unread.has(buffer)).sort((a, b) => unread.get(b)! - unread.get(a)!);
    // Nothing in between has read the result, so it may as well be computed where the loop was.
    for (const buffer of kernel.kind === "loop" ? found : []) {
      const place = unread.get(buffer)!;
      const before = kernels[place] as Multiplying;
      const loop = tailOf(kernel as LoopKernel, before);
      if (loop === undefined) continue;
      kernels[place] = undefined;
      kernels[i] = { ...before, tail: { loop, stored: readers.get(buffer)! > 1 || (before.kind === "product" && before.shared > deepest) } };
      break;
    }
    for (const buffer of found) unread.delete(buffer);
    if (isMultiplying(kernel) && (kernel.kind === "product" || kernel.part !== "weights")) unread.set(resultOf(kernel), i);
  });
  return { ...list, kernels: kernels.filter((kernel) => kernel !== undefined) };
};

/** How many kernels read each buffer; a result is read at the end. */
const readersOf = ({ kernels, results }: KernelList): ReadonlyMap<Buffer, number> => {
  const counts = new Map<Buffer, number>();
  const count = (buffer: Buffer): void => void counts.set(buffer, (counts.get(buffer) ?? 0) + 1);
  for (const kernel of kernels) for (const buffer of new Set(readsOf(kernel))) count(buffer);
  for (const buffer of results) count(buffer);
  return counts;
};

const axesOf = (kernel: Multiplying): readonly number[] => {
  if (kernel.kind === "product") return [kernel.batch, kernel.rows, kernel.columns];
  const { part, examples, convolution: c } = kernel;
  return part === "results" ? [examples, c.filters, sizeOf(resultSize(c))] : [examples, c.channels, c.height * c.width];
};

/** The loop over the axes of the result, if it is one. */
const tailOf = (kernel: LoopKernel, before: Multiplying): LoopKernel | undefined => {
  const out = resultOf(before);
  const [batch, ...matrix] = axesOf(before);
  const columns = matrix.at(-1)!;
  if (kernel.kept < kernel.axes.length || kernel.lines.some(({ inner }) => inner) || columns < fewestColumns || sizeOf(kernel.axes) !== out.size || out.size === 0) return undefined;
  const loads = kernel.lines.flatMap((line) => (line.kind === "load" ? [line.access] : []));
  const [own, ...more] = loads.filter(({ buffer }) => buffer === out);
  if (more.length > 0 || loads.some(({ guards }) => guards.length > 0)) return undefined;
  // The axes in the order in which the numbers of the result lie.
  const order = kernel.axes.map((_, axis) => axis).sort((a, b) => own!.strides[b]! - own!.strides[a]!);
  const from = order.map((axis) => kernel.axes[axis]!);
  const axes = batch === 1 ? matrix : [batch!, ...matrix];
  const moved = ({ offset, coef }: Row): Row | undefined => reshaped({ offset, coef: order.map((axis) => coef[axis]!) }, from, axes);
  if (!inOrder({ offset: own!.offset, coef: order.map((axis) => own!.strides[axis]!) }, from)) return undefined;
  const accessOf = (access: Access): Access | undefined => {
    const row = moved({ offset: access.offset, coef: access.strides });
    // Numbers of a row are loaded and stored side by side.
    return row && (row.coef.at(-1) === 0 || row.coef.at(-1) === 1) ? { ...access, strides: row.coef } : undefined;
  };
  const lines: Line[] = [];
  for (const line of kernel.lines) {
    if (line.kind === "load") {
      const access = accessOf(line.access);
      if (access === undefined) return undefined;
      lines.push({ ...line, access });
    } else if (line.kind === "position") {
      const row = moved(line.row);
      if (row === undefined) return undefined;
      lines.push({ ...line, row });
    } else lines.push(line);
  }
  const stores = kernel.stores.flatMap((store) => {
    const access = accessOf(store.access);
    return access ? [{ ...store, access }] : [];
  });
  return stores.length === kernel.stores.length ? { ...kernel, axes, kept: axes.length, lines, stores } : undefined;
};
