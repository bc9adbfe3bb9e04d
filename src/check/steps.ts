/** How good a numeric gradient is at every step h: too long a step misses the curve, too short a one drowns in rounding. */
import { asArray, copyOf, isFloat } from "../ir/dtype.ts";
import type { Argument } from "../api/transforms.ts";
import type { Tensor } from "../trace/tensor.ts";
import { differences } from "./differences.ts";
import { Draw } from "./draw.ts";
import { traceInFloat64 } from "./gradients.ts";
import { plot, type PlotOptions } from "./plot.ts";
import { Probe, type Line } from "./probe.ts";
import { columns, errorText } from "./report.ts";
import { relativeError, type ErrorFormula } from "./verdict.ts";
import { gradientsOf, type Leaf } from "./witnesses.ts";
import type { Node } from "../ir/node.ts";

/** Which steps are tried, and on which entries. */
export interface SweepOptions {
  /** The steps to try. Default: 1e-1 down to 1e-12, one for each power of ten. */
  readonly steps?: readonly number[];
  /** What the function is computed in. The gradient it is compared with is float64 all the same. Default "float64". */
  readonly dtype?: "float64" | "float32";
  readonly formula?: ErrorFormula;
  /** Entries looked at in every parameter; the largest error of all is shown. Default 10. */
  readonly samples?: number;
  readonly seed?: number;
}

/** The errors of each difference at one step, the largest over the entries. */
export interface SweepRow {
  readonly h: number;
  readonly forward: ErrorAt;
  readonly centred: ErrorAt;
  readonly extrapolated: ErrorAt;
  /** Whether a kink was crossed with this step. */
  readonly kink: boolean;
}

export interface ErrorAt {
  /** The numeric slope of the entry with the largest relative error. */
  readonly numeric: number;
  readonly absolute: number;
  readonly relative: number;
}

/** The errors of all differences at all steps, and the step that is best. */
export interface Sweep {
  readonly dtype: "float64" | "float32";
  readonly rows: readonly SweepRow[];
  /** The step at which centred differences come nearest. */
  readonly best: number;
  /** Table and curve for a terminal. */
  readonly text: (options?: PlotOptions) => string;
}

const powersOfTen = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12];

/**
 * The error of forward, centred and extrapolated differences against the analytic gradient, for many steps h: the V whose
 * lowest point is near 1e-8 for forward and near 1e-5 for centred differences in float64.
 * @example
 * sweepH((x: Tensor) => x.mul(x).mul(x), [2]).best; // 0.00001
 */
export const sweepH = <A extends readonly unknown[]>(
  f: (...args: A) => Tensor,
  args: { readonly [K in keyof A]: Argument<A[K]> },
  options: SweepOptions = {},
): Sweep => {
  const exact = traceInFloat64(f, args);
  const tried = options.dtype === "float32" ? traceInFloat64(f, args, true) : exact;
  return sweepGraph(tried.out, tried.leaves, options, gradientsOf(exact.out, exact.leaves));
};

/** As `sweepH`, for a graph and its leaves; `gradients` are what to compare with, the graph's own by default. */
export const sweepGraph = (out: Node, leaves: readonly Leaf[], options: SweepOptions = {}, gradients = gradientsOf(out, leaves)): Sweep => {
  const { steps = powersOfTen, dtype = "float64", formula = "notes", samples = 10, seed = 0 } = options;
  const values = leaves.map((leaf) => copyOf(leaf.values));
  const probe = new Probe([out], leaves.map((leaf) => leaf.node));
  probe.set(values, [1]);
  const draw = new Draw(seed);
  const lines = leaves.flatMap(({ node }, i) =>
    isFloat(node.dtype)
      ? draw.sample(asArray(values[i]!, node.dtype).length, samples).map((at) => ({ line: probe.along(i, at), analytic: gradients[i]![at]! }))
      : [],
  );
  const errorOf = (kind: keyof typeof differences, h: number): ErrorAt =>
    lines
      .map(({ line, analytic }) => {
        const numeric = differences[kind](inType(line, dtype), h);
        return { numeric, absolute: Math.abs(numeric - analytic), relative: relativeError[formula](analytic, numeric) };
      })
      .reduce((a, b) => (b.relative > a.relative || Number.isNaN(a.relative) ? b : a));
  const rows = steps.map((h): SweepRow => ({
    h,
    forward: errorOf("forward", h),
    centred: errorOf("centred", h),
    extrapolated: errorOf("extrapolated", h),
    kink: lines.some(({ line }) => line.crossed(-h, h) !== undefined),
  }));
  const best = rows.reduce((a, b) => (b.centred.relative < a.centred.relative ? b : a)).h;
  return { dtype, rows, best, text: (plotOptions = {}) => sweepText(rows, best, dtype, plotOptions) };
};

/** In float32 the difference itself is rounded too. */
const inType = (line: Line, dtype: "float64" | "float32"): Line["change"] =>
  dtype === "float32" ? (from, to) => Math.fround(line.change(from, to)) : line.change;

const sweepText = (rows: readonly SweepRow[], best: number, dtype: string, options: PlotOptions): string => {
  const kinds = ["centred", "forward", "extrapolated"] as const;
  const head = ["h", ...kinds.map((kind) => `${kind} error`), ""];
  const body = rows.map((row) => [row.h.toExponential(0), ...kinds.map((kind) => errorText(row[kind].relative)), row.kink ? "kink crossed" : row.h === best ? "best" : ""]);
  // Errors of exactly 0 have no place on a logarithmic axis.
  const series = kinds.slice(0, 2).map((kind) => ({ name: kind, points: rows.map((row) => [row.h, row[kind].relative] as const).filter(([, error]) => error > 0) }));
  return [
    `relative error of numeric gradients by step (${dtype}); centred is best at h = ${best.toExponential(0)}`,
    "",
    ...columns([head, ...body], [4]).map((row) => `  ${row}`),
    "",
    plot(series, { x: { label: "h", log: true }, y: { label: "relative error", log: true }, ...options }),
  ].join("\n");
};
