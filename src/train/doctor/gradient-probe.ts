/**
 * Whether the gradient is that of the loss, for the price of two losses: the slope along one direction in which every
 * tensor moves, by the gradient and measured. Only where they differ are the tensors looked at one by one.
 */
import type { Batch } from "../../data/examples.ts";
import { checkGradients } from "../../check/gradients.ts";
import { tensor, type Tensor } from "../../trace/tensor.ts";
import { leavesOf, mapTree } from "../../trace/tree.ts";
import type { Look } from "../look.ts";
import { rms } from "../look.ts";
import { dataLoss, type Task } from "../task.ts";
import type { WrongGradient } from "./evidence.ts";

/** Short enough that hardly any relu changes sides, long enough for float64. */
const h = 1e-7;
const tolerance = 1e-4;

/** Entries of a tensor without gradient that are moved one by one. */
const triedEntries = 8;

/** 1 or -1, different from entry to entry and the same every time. */
const sign = (i: number): number => (Math.imul(i + 1, 0x9e3779b1) >>> 31 === 0 ? 1 : -1);

/** A direction to move in: by how much each entry of a tensor moves, undefined where it stays. */
type Direction = (path: string, leaf: Tensor) => ((i: number) => number) | undefined;

const scaleOf = (values: ArrayLike<number>): number => Math.max(rms(values), 0.1);

/** All entries of the tensors that are chosen. */
const along = (chosen: (path: string) => boolean): Direction => (path, leaf) => {
  if (!chosen(path)) return undefined;
  const scale = scaleOf(leaf.dataSync());
  return (i) => sign(i) * scale;
};

/** One entry of one tensor. */
const entry = (path: string, index: number): Direction => (other) => (other === path ? (i) => Number(i === index) : undefined);

const moved = <M>(model: M, direction: Direction, by: number): M =>
  mapTree(model, (leaf, path) => {
    const move = direction(path, leaf);
    return move === undefined ? leaf : tensor(Float64Array.from(leaf.dataSync(), (v, i) => v + by * move(i)), { shape: leaf.shape });
  }) as M;

/** The tensors whose gradient is not the slope of the loss, at the model and the rows of a look. */
export const wrongGradients = <M>(task: Task<M>, model: M, batch: Batch, { parameters, loss }: Look): readonly WrongGradient[] => {
  const leaves = leavesOf(model);
  // Whole numbers are no parameters, and float32 is too coarse for so short a step.
  if (!Number.isFinite(loss) || leaves.some(({ tensor: leaf }) => leaf.dtype !== "float64")) return [];
  const lossAt = (direction: Direction, by: number): number => dataLoss(task, moved(model, direction, by), batch).itemSync();
  const slopeAlong = (direction: Direction): number => (lossAt(direction, h) - lossAt(direction, -h)) / (2 * h);
  const analytic = parameters.map(({ values, gradient }) => {
    const scale = scaleOf(values);
    return Array.from(gradient).reduce((sum, g, i) => sum + g * sign(i) * scale, 0);
  });
  const rounding = (1e-14 * Math.max(1, Math.abs(loss))) / h;
  const size = analytic.reduce((sum, a) => sum + Math.abs(a), 0);
  const differ = (a: number, n: number, by: number): boolean => Number.isFinite(n) && Math.abs(a - n) > tolerance * by + rounding;
  /** At a kink the loss moves on one side alone, and a gradient of 0 is right. */
  const isSmooth = (path: string, index: number): boolean => {
    const direction = entry(path, index);
    const here = lossAt(direction, 0);
    const [back, ahead] = [(here - lossAt(direction, -h)) / h, (lossAt(direction, h) - here) / h];
    return Math.abs(ahead) > 10 * rounding && Math.abs(ahead - back) < 0.1 * Math.abs(ahead);
  };
  if (!differ(analytic.reduce((sum, a) => sum + a, 0), slopeAlong(along(() => true)), size)) return [];
  return leaves.flatMap(({ path, tensor: leaf }, i): WrongGradient[] => {
    const numeric = slopeAlong(along((other) => other === path));
    if (!differ(analytic[i]!, numeric, Math.max(size, Math.abs(numeric)))) return [];
    const { path: name, gradient } = parameters[i]!;
    if (gradient.every((g) => g === 0)) {
      const entries = Array.from({ length: Math.min(triedEntries, leaf.size) }, (_, k) => Math.floor((k * leaf.size) / Math.min(triedEntries, leaf.size)));
      return entries.some((index) => isSmooth(path, index)) ? [{ path: name, analytic: 0, numeric, missing: true }] : [];
    }
    const alone = (own: Tensor): Tensor => dataLoss(task, mapTree(model, (other, at) => (at === path ? own : other)) as M, batch);
    return checkGradients(alone, [leaf], { samples: 3, witnesses: false }).passed ? [] : [{ path: name, analytic: analytic[i]!, numeric, missing: false }];
  });
};
