/** Rows in three parts: what a model is fitted to, what its settings are chosen by, and what is looked at once. */
import { key, permutation } from "../api/random.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Tensor } from "../trace/tensor.ts";
import type { Targets } from "./examples.ts";
import { counted } from "./words.ts";

/** Shares of all rows, from 0 to below 1; the others are for training. */
export interface Shares {
  readonly testShare: number;
  readonly validationShare: number;
}

/** Row numbers counted from 0, each part in ascending order; every row is in exactly one part. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** The key of every split: parts are the same for everybody and every training seed, so that figures can be compared. */
export const splitKey = (): Tensor => key(231);

export const standardTestShare = 0.2;

/** The validation rows are as many as the test rows, but never more than half of what is left. */
export const sharesOf = (testShare = standardTestShare): Shares => {
  if (!(testShare > 0 && testShare < 1)) {
    throw new Diagnostic("bad-setting", `The share of test rows is ${testShare}, but it must lie between 0 and 1.`, {
      help: "0.2 keeps a fifth of the rows for the test",
    });
  }
  return { testShare, validationShare: Math.min(testShare, (1 - testShare) / 2) };
};

const parts = ["test", "validation", "train"] as const;
type Part = (typeof parts)[number];

/**
 * Deals the rows to the three parts, class by class in an order drawn from the key: each row goes to the part that is
 * furthest behind its share. So every class has its share of each part, to a row or two; the first row of each class is
 * for training, so that no class is tested without being trained; and no part with a share is empty. Rows with a number to learn
 * (a Float64Array) are dealt as one class.
 * @throws Diagnostic `too-few-rows`
 * @example
 * const { train, validation, test } = splitRows(Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 1, 1), { testShare: 0.2, validationShare: 0.2 }, key(1));
 * [train.length, validation.length, test.length]; // [6, 2, 2]
 */
export const splitRows = (labels: Targets, { testShare, validationShare }: Shares, from: Tensor): Split => {
  const shares = { test: testShare, validation: validationShare, train: 1 - testShare - validationShare };
  const classOf = (row: number): number => (labels instanceof Int32Array ? labels[row]! : 0);
  const drawn = [...permutation(from, labels.length).dataSync()].sort((a, b) => classOf(a) - classOf(b));
  const dealt: Record<Part, number[]> = { test: [], validation: [], train: [] };
  drawn.forEach((row, i) => {
    const isFirst = i === 0 || classOf(row) !== classOf(drawn[i - 1]!);
    const behind = (part: Part): number => shares[part] * (i + 1) - dealt[part].length;
    const part = isFirst ? "train" : parts.reduce((best, other) => (behind(other) > behind(best) + 1e-9 ? other : best));
    dealt[part].push(row);
  });
  for (const part of ["test", "validation"] as const) {
    if (shares[part] === 0 || dealt[part].length > 0) continue;
    // The last row of a class that keeps another one for training.
    const at = dealt.train.findLastIndex((row, i) => i > 0 && classOf(dealt.train[i - 1]!) === classOf(row));
    if (at < 0) {
      const what = `${counted(labels.length, "row")} with a label ${labels.length === 1 ? "is" : "are"}`;
      throw new Diagnostic("too-few-rows", `${what} too few for training, validation and test rows.`, {
        help: "every class needs a row to be trained on, and two more rows are needed to validate and to test",
      });
    }
    dealt[part].push(...dealt.train.splice(at, 1));
  }
  const sorted = (part: Part): Int32Array => Int32Array.from(dealt[part]).sort();
  return { train: sorted("train"), validation: sorted("validation"), test: sorted("test") };
};
