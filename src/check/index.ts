/** Checking gradients: `import { checkGradients } from "chainrule"`. */
export { gate, group } from "./define.ts";
export type { Operation } from "./define.ts";
export { checkGradients, checkGraph } from "./gradients.ts";
export type { FunctionCheckOptions } from "./gradients.ts";
export { checkNode } from "./node.ts";
export type { NodeCheck } from "./node.ts";
export { checkOperation, checkOperations } from "./operations.ts";
export type { MachineryReport, OperationReport, OperationsCheck } from "./operations.types.ts";
export type { Comparison, Failure } from "./sample-check.ts";
export { plot } from "./plot.ts";
export type { Axis, PlotOptions, Series } from "./plot.ts";
export { sweepGraph, sweepH } from "./steps.ts";
export type { ErrorAt, Sweep, SweepOptions, SweepRow } from "./steps.ts";
export type { CheckOptions, Culprit, EntryCheck, GradientCheck, Witness } from "./types.ts";
export { passes, relativeError, verdictOf, verdicts } from "./verdict.ts";
export type { ErrorFormula, Verdict } from "./verdict.ts";
export type { Difference, Method } from "./differences.ts";
export type { Leaf } from "./witnesses.ts";
