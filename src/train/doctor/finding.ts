/** What the doctor says, and what a diagnosis is. */
import type { Evidence } from "./evidence.ts";

/** Something that is wrong with a training, in words. */
export interface Finding {
  /** Stable, as in a Diagnostic: `learning-rate-too-high`. */
  readonly code: string;
  /** One or two sentences: what was seen, with names and numbers. */
  readonly says: string;
  /** What to change, and to what. */
  readonly try: string;
}

/** One kind of trouble. */
export interface Diagnosis {
  /**
   * When it can be told: before the first step, as soon as the course of training shows it, or at the end alone, because
   * it needs the whole course or a probe that costs.
   */
  readonly when: "before" | "course" | "end";
  /** The codes of what it may find. */
  readonly codes: readonly string[];
  /** Pure: the same evidence gives the same findings. */
  readonly find: (evidence: Evidence) => readonly Finding[];
  /** Codes of what follows from it: where this is found, those are not told as causes of their own. */
  readonly explains: readonly string[];
}
