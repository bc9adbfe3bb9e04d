/** What the sweep over all operations answers, as data. */
import type { Comparison, Failure } from "./sample-check.ts";

/** One entry of the table, at every kind of point. */
export interface OperationReport {
  readonly word: string;
  /** Numbers compared, by what was compared. */
  readonly compared: Readonly<Record<Comparison, number>>;
  readonly total: number;
  /** The largest relative difference between a gradient and its numbers. */
  readonly worst: number;
  /** Why points were left out, how often, and how many of them were looked at to see that the reason is true. */
  readonly excluded: readonly { readonly why: string; readonly count: number; readonly verified: number }[];
  /** Numbers left out because a kink lay within the step. */
  readonly kinks: number;
  readonly failures: readonly Failure[];
}

/** An operation of the graphs behind the entries, with how many of its own numbers were compared. */
export interface MachineryReport {
  readonly op: string;
  readonly compared: number;
  /** Why none had to be, for sources and for what stops gradients. */
  readonly note: string;
  readonly failures: readonly Failure[];
}

/** The whole table, and the operations behind it. */
export interface OperationsCheck {
  readonly passed: boolean;
  readonly operations: readonly OperationReport[];
  readonly machinery: readonly MachineryReport[];
  readonly text: string;
}
