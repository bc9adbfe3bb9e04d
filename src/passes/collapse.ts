/**
 * Loops over fewer axes. Axes of size 1 go, and two neighbours become one where every access moves along them as along
 * one: a loop over a whole matrix, row by row, is a loop over its numbers.
 */
import type { Access, Kernel, KernelList, Line, LoopKernel } from "../ir/kernel.ts";
import type { Row } from "../ir/work.ts";

export const collapse = (list: KernelList): KernelList => ({
  ...list,
  kernels: list.kernels.map((kernel): Kernel => (kernel.kind === "loop" ? collapsed(kernel) : kernel)),
});

const collapsed = (kernel: LoopKernel): LoopKernel => {
  const coefs = coefficients(kernel);
  const groups = [...grouped(kernel, coefs, 0, kernel.kept), ...grouped(kernel, coefs, kernel.kept, kernel.axes.length)];
  const kept = groups.filter(({ axes }) => axes[0]! < kernel.kept).length;
  // An axis of a group moves as its last one does.
  const narrow = (coef: readonly number[]): number[] => groups.map(({ axes }) => coef[axes.at(-1)!]!);
  const row = <R extends Row>(given: R): R => ({ ...given, coef: narrow(given.coef) });
  const access = (given: Access): Access => ({ ...given, strides: narrow(given.strides), guards: given.guards.map(row) });
  const line = (given: Line): Line => {
    if (given.kind === "load") return { ...given, access: access(given.access) };
    return given.kind === "position" || given.kind === "fold" ? { ...given, row: row(given.row) } : given;
  };
  return {
    kind: "loop",
    axes: groups.map(({ size }) => size),
    kept,
    lines: kernel.lines.map(line),
    stores: kernel.stores.map((store) => ({ ...store, access: access(store.access) })),
  };
};

/** Every affine function of the point's index in a kernel. */
const coefficients = ({ lines, stores }: LoopKernel): (readonly number[])[] => [
  ...[...lines.flatMap((line) => (line.kind === "load" ? [line.access] : [])), ...stores.map(({ access }) => access)].flatMap(({ strides, guards }) => [
    strides,
    ...guards.map(({ coef }) => coef),
  ]),
  ...lines.flatMap((line) => (line.kind === "position" || line.kind === "fold" ? [line.row.coef] : [])),
];

interface Group {
  readonly axes: number[];
  size: number;
}

const grouped = ({ axes }: LoopKernel, coefs: readonly (readonly number[])[], from: number, to: number): Group[] => {
  const groups: Group[] = [];
  for (let axis = from; axis < to; axis++) {
    const size = axes[axis]!;
    if (size === 1) continue;
    const last = groups.at(-1);
    if (last && coefs.every((coef) => coef[last.axes.at(-1)!] === coef[axis]! * size)) {
      last.axes.push(axis);
      last.size *= size;
    } else groups.push({ axes: [axis], size });
  }
  return groups;
};
