/** What a gradient check is asked and what it answers, as data. */
import type { Place } from "../ir/diagnostic.ts";
import type { Method } from "./differences.ts";
import type { ErrorFormula, Verdict } from "./verdict.ts";

/** How a gradient is checked. */
export interface CheckOptions {
  /** How slopes are measured. Default "centred"; "complex" has no error of its own, but needs analytic gates. */
  readonly difference?: Method;
  /** The step. Default 1e-5 (1e-3 for extrapolated differences, always 1e-30 for the complex step). */
  readonly h?: number;
  /** The formula of the relative error. Default "notes". */
  readonly formula?: ErrorFormula;
  /** Entries looked at in every parameter, all where it has no more. Default 10. */
  readonly samples?: number;
  /** Which entries are drawn. Default 0. */
  readonly seed?: number;
  /** Also compare with gate by gate and forward mode, which cost a gradient each. Default true. */
  readonly witnesses?: boolean;
  /** Number of layers, for the bands of the verdict. Default: counted in the graph. */
  readonly depth?: number;
}

/** One entry of one parameter: both numbers and what to think of them. */
export interface EntryCheck {
  /** As one would write it: `x`, `net.b[3]`, `w[0, 2]`. */
  readonly name: string;
  readonly parameter: string;
  readonly index: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
  readonly relativeError: number;
  readonly verdict: Verdict;
  /** A gate chose another piece at x + h than at x - h, so that the numeric slope is no slope of either. */
  readonly kink: boolean;
  /** The step that `numeric` was measured with; 0 where it was extrapolated from several. */
  readonly h: number;
  /** What else there is to say, in words. */
  readonly note?: string;
  /** The library's own gradient, where gradients given by the caller are checked. */
  readonly own?: number;
}

/** Another way to the same gradients. */
export interface Witness {
  readonly name: "gate by gate" | "forward mode";
  readonly agrees: boolean;
  /** Numbers compared; 0 where the comparison is not possible, and `note` says why. */
  readonly compared: number;
  readonly note: string;
}

/** The gate whose own rule disagrees with its numbers. */
export interface Culprit {
  readonly gate: string;
  /** The gate's name, where it has one, and its place in the user's code. */
  readonly name: string | undefined;
  readonly place: Place | undefined;
  /** Which operand's gradient is wrong (from 1), and which entry of it. */
  readonly operand: number;
  readonly entry: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
  readonly note: string;
}

/** A whole gradient check: the verdict, every entry looked at, and what other ways to the same gradients say. */
export interface GradientCheck {
  readonly passed: boolean;
  /** The worst verdict of all entries. */
  readonly verdict: Verdict;
  /** The largest relative error, entries at kinks apart; NaN where the verdict is "not finite". */
  readonly worst: number;
  /** The function's value at the point. */
  readonly value: number;
  readonly entries: readonly EntryCheck[];
  readonly witnesses: readonly Witness[];
  readonly warnings: readonly string[];
  readonly culprit: Culprit | undefined;
  /** Checks of the parts of a sum, each on its own, by the names they were given. */
  readonly parts: Readonly<Record<string, GradientCheck>>;
  /** All of it for people. */
  readonly text: string;
}
