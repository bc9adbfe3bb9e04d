/**
 * Whether the gradient is that of the loss, for the price of two losses: the slope along one direction in which every
 * tensor moves, by the gradient and measured. Only where they differ are the tensors looked at one by one.
 */
import type { Batch } from "../../data/examples.ts";
import { checkGradients } from "../../check/gradients.ts";
import { passes } from "../../check/verdict.ts";
import { tensor, type Tensor } from "../../trace/tensor.ts";
import { leavesOf, mapTree } from "../../trace/tree.ts";
import type { Look } from "../look.ts";
import { rms } from "../look.ts";
import { dataLoss, type Task } from "../task.ts";
import type { WrongGradient } from "./evidence.ts";

/** Short enough that hardly any relu changes sides, long enough for float64. */
const h = 1e-7;
const tolerance = 1e-4;

/** Entries of a suspected tensor that are checked one by one. */
const checkedEntries = 8;

/** Strongly bent functions (deep nets of large weights) are measured no better than this. */
const coarse = 1e-2;

/** 1 or -1, different from entry to entry and the same every time. */
const sign = (i: number): number => (Math.imul(i + 1, 0x9e3779b1) >>> 31 === 0 ? 1 : -1);

const scaleOf = (values: ArrayLike<number>): number => Math.max(rms(values), 0.1);

/** The model with every entry of the chosen tensors moved by `by` along one direction. */
const moved = <M>(model: M, chosen: (path: string) => boolean, by: number): M =>
  mapTree(model, (leaf, path) => {
    if (!chosen(path)) return leaf;
    const values = leaf.dataSync();
    const length = by * scaleOf(values);
    return tensor(Float64Array.from(values, (v, i) => v + length * sign(i)), { shape: leaf.shape });
  }) as M;

/** The tensors whose gradient is not the slope of the loss, at the model and the rows of a look. */
export const wrongGradients = <M>(task: Task<M>, model: M, batch: Batch, { parameters, loss }: Look): readonly WrongGradient[] => {
  const leaves = leavesOf(model);
  // Whole numbers are no parameters.
  if (!Number.isFinite(loss) || leaves.some(({ tensor: leaf }) => leaf.dtype !== "float64")) return [];
  const lossAt = (chosen: (path: string) => boolean, by: number): number => dataLoss(task, moved(model, chosen, by), batch).itemSync();
  const slopeAlong = (chosen: (path: string) => boolean): number => (lossAt(chosen, h) - lossAt(chosen, -h)) / (2 * h);
  const analytic = parameters.map(({ values, gradient }) => {
    const scale = scaleOf(values);
    return Array.from(gradient).reduce((sum, g, i) => sum + g * sign(i) * scale, 0);
  });
  const rounding = (1e-14 * Math.max(1, Math.abs(loss))) / h;
  const size = analytic.reduce((sum, a) => sum + Math.abs(a), 0);
  const differ = (a: number, n: number, by: number): boolean => Number.isFinite(n) && Math.abs(a - n) > tolerance * by + rounding;
  if (!differ(analytic.reduce((sum, a) => sum + a, 0), slopeAlong(() => true), size)) return [];
  return leaves.flatMap(({ path, tensor: leaf }, i): WrongGradient[] => {
    const numeric = slopeAlong((other) => other === path);
    if (!differ(analytic[i]!, numeric, Math.max(size, Math.abs(numeric)))) return [];
    const { path: name, gradient } = parameters[i]!;
    const alone = (own: Tensor): Tensor => dataLoss(task, mapTree(model, (other, at) => (at === path ? own : other)) as M, batch);
    // Where relus stand exactly at their kinks the loss moves on both sides, and no gradient is wrong: no judgement there.
    const { entries } = checkGradients(alone, [leaf], { samples: checkedEntries, witnesses: false });
    const wrong = entries.some(({ kink, verdict, relativeError }) => !kink && !passes(verdict) && relativeError > coarse);
    return !wrong ? [] : [{ path: name, analytic: analytic[i]!, numeric, missing: gradient.every((g) => g === 0) }];
  });
};
