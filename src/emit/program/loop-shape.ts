/** How a loop kernel is run: which axis is in lanes, in which order the others are, and how many vectors side by side. */
import { formulaCost, intFormulaCost } from "../../ir/formula-cost.ts";
import type { Access, GateWork, LoopKernel, Placed } from "../../ir/kernel.ts";

export interface LoopShape {
  /** Axes from the outermost inwards; the one in lanes is the last of its group. */
  readonly kept: readonly number[];
  readonly folded: readonly number[];
  readonly lanes: number | undefined;
  /** Bits of its floats. */
  readonly width: 32 | 64;
  /** Numbers in a vector, and vectors that are worked on side by side where the axis in lanes is long enough. */
  readonly count: number;
  readonly vectors: number;
  /** Axes of few points whose turns are written out one after the other. */
  readonly short: ReadonlySet<number>;
  /** An axis of two points that lie side by side, between those along the lanes: both stand in lanes. */
  readonly pair: number | undefined;
}

/** Side by side more vectors wait for each other less, and V8 may join two into one; many long formulas would only be long. */
const mostVectors = 4;
const longBody = 60;

/** Turns inside one another that are written out at most, and about how many operations. */
const mostTurns = 8;
const mostWritten = 300;

/** `along`: the axis in lanes, where every axis is run between bounds of its own. */
export const shapeOf = (kernel: LoopKernel, along?: number): LoopShape => {
  const { axes, kept, lines } = kernel;
  const lanes = along ?? lanesOf(kernel);
  const pair = lanes === undefined || along !== undefined ? undefined : pairOf(kernel, lanes);
  const order = axes.map((_, axis) => axis).filter((axis) => axis !== pair).sort((a, b) => Number(a === lanes) - Number(b === lanes) || a - b);
  const width = widthOf(kernel);
  const count = 128 / width;
  const once = lines.reduce((sum, line) => sum + (line.kind === "gate" ? gateCost(line.work, line.operands.length) : 1), 0);
  const body = pair === undefined ? once : 2 * once;
  const vectors = lanes === undefined ? 1 : Math.min(body > longBody ? mostVectors / 2 : mostVectors, Math.max(1, Math.ceil(axes[lanes]! / count)));
  const groups = [order.filter((axis) => axis < kept), order.filter((axis) => axis >= kept)] as const;
  const isGuarded = lines.some((line) => line.kind === "load" && line.access.guards.length > 0);
  const most = isGuarded ? 0 : Math.min(mostTurns, mostWritten / (once * vectors));
  /** The innermost axes, as long as all their turns are so few. */
  const shortOf = (group: readonly number[]): number[] => {
    let turns = 1;
    return group.toReversed().filter((axis) => (turns *= axis !== lanes ? axes[axis]! : axes[axis]! > count * vectors ? Infinity : 1) <= most);
  };
  return { kept: groups[0], folded: groups[1], lanes, width, count, vectors, short: new Set(groups.flatMap(shortOf)), pair };
};

/**
 * Pooling and its gradients are written so: rows of windows, two numbers of each side by side. What is read and stored
 * there moves along the pair and from one to the next in the same steps, or is the same for both of its points. Of a loop
 * that folds its inner part alone knows pairs.
 */
const pairOf = ({ axes, kept, lines, stores }: LoopKernel, lanes: number): number | undefined => {
  const folds = kept < axes.length;
  if (folds && lanes >= kept) return undefined;
  const isWanted = ({ inner }: Placed): boolean => inner || !folds;
  const loads = lines.flatMap((line) => (line.kind === "load" ? [line] : [])).filter(isWanted);
  const written = stores.filter(isWanted);
  if (loads.some(({ access: { guards } }) => guards.length > 0)) return undefined;
  const found = axes.findIndex((n, axis) => {
    const lies = ({ access: { strides } }: { readonly access: Access }): boolean => strides[axis] === 1 && strides[lanes] === 2;
    const moves = ({ access: { strides } }: { readonly access: Access }): boolean => strides[axis] === 0 || strides[lanes] === 2 * strides[axis]!;
    return n === 2 && axis !== lanes && axis >= kept === folds && written.every(lies) && [...loads, ...written].some(lies) && loads.every(moves);
  });
  return found < 0 ? undefined : found;
};

const gateCost = (work: GateWork, operands: number): number =>
  work.kind === "gate" ? formulaCost(work.formula, operands) : work.kind === "words" ? intFormulaCost(work.formula, operands) : 1;

/** The axis along which most numbers lie side by side; the last among equals, and one of a few points only if it must. */
const lanesOf = ({ axes, kept, lines, stores }: LoopKernel): number | undefined => {
  const isWanted = (inner: boolean): boolean => inner || kept === axes.length;
  const accesses = [
    ...lines.flatMap((line) => (line.kind === "load" && isWanted(line.inner) ? [line.access] : [])),
    ...stores.flatMap(({ inner, access }) => (isWanted(inner) ? [access] : [])),
  ];
  let lanes: number | undefined;
  let best = -Infinity;
  axes.forEach((n, axis) => {
    const score = accesses.reduce((sum, { strides, guards }) => {
      const stride = strides[axis]!;
      const guarded = guards.some(({ coef }) => coef[axis] !== 0);
      return sum + (stride === 1 ? (guarded ? 3 : 4) : guarded ? -1 : stride === 0 ? 3 : 0);
    }, n < 4 ? -100 : 0);
    if (score >= best) [best, lanes] = [score, axis];
  });
  return lanes;
};

/** The numbers of a loop are wide if one of them is, or if whole numbers are computed with. */
const widthOf = ({ lines }: LoopKernel): 32 | 64 => {
  const wide = lines.some((line) => {
    const operands = line.kind === "gate" || line.kind === "fold" ? line.operands.map((i) => lines[i]!.dtype) : [];
    const types = [line.dtype, ...operands];
    const exact = (line.kind === "gate" && line.work.kind === "gate") || line.kind === "fold";
    return types.includes("float64") || (exact && types.some((dtype) => dtype === "int32" || dtype === "uint32"));
  });
  return wide ? 64 : 32;
};
