/** What training makes small where an example has one class of several: losses of scores and labels. */
import { oneHot, pick, relu, softmaxCrossEntropy, where } from "../api/functions.ts";
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { tensor, type Tensor } from "../trace/tensor.ts";

/** Classes of examples: whole numbers from 0, one for each row of scores. */
export type Labels = Tensor | readonly number[];

/** A label that names no class would silently pick nothing; labels that have no value yet cannot be looked at. */
const checked = (what: string, scores: Tensor, labels: Labels): Tensor => {
  const y = Array.isArray(labels) ? tensor(Int32Array.from(labels)) : (labels as Tensor);
  const classes = scores.shape.at(-1) ?? 0;
  const wrong = y.isTraced ? -1 : y.dataSync().findIndex((label) => !(label >= 0 && label < classes));
  if (wrong >= 0) {
    const found = `label ${wrong} is ${y.dataSync()[wrong]}`;
    const allowed = `the scores ${shapeText(scores.shape)} have the classes 0 to ${classes - 1}`;
    throw new Diagnostic("label-out-of-range", `${what}: ${found}, but ${allowed}`, {
      operands: [{ name: scores.name ?? "scores", shape: scores.shape }, { name: y.name ?? "labels", shape: y.shape }],
      help: "labels count classes from 0",
    });
  }
  return y;
};

/**
 * Softmax with cross-entropy: the mean over the rows of -ln of the probability that softmax gives the label.
 * scores [rows, classes], labels [rows]. Its gradient for the scores is (p - 1 at the label) / rows (slide 40).
 * @throws Diagnostic `label-out-of-range`, `labels-do-not-fit`
 */
export const softmaxLoss = (scores: Tensor, labels: Labels): Tensor =>
  softmaxCrossEntropy(scores, checked("softmaxLoss", scores, labels)).mean();

export interface MarginOptions {
  /** By how much the right score has to win. Default 1. */
  readonly delta?: number;
}

/** max(0, score_j - score_label + delta) for every class j, and 0 at the label: [rows, classes]. */
const violations = (what: string, scores: Tensor, labels: Labels, options: MarginOptions): Tensor => {
  checkOptions(what, options, ["delta"]);
  const y = checked(what, scores, labels);
  const right = pick(scores, y).reshape([...y.shape, 1]);
  const margins = relu(scores.sub(right).add(options.delta ?? 1));
  return where(oneHot(y, scores.shape.at(-1)!, "bool"), 0, margins);
};

/**
 * Multiclass support vector machine: the mean over the rows of the sum over wrong classes j of
 * max(0, score_j - score_label + delta). Exactly at the margin the gradient is 0 (slide 3; the strict indicator).
 * scores [rows, classes], labels [rows]; delta is 1 by default.
 * @throws Diagnostic `label-out-of-range`, `labels-do-not-fit`
 * @example
 * svmLoss(tensor([[13, -7, 11]]), [0], { delta: 10 }).itemSync(); // 8
 */
export const svmLoss = (scores: Tensor, labels: Labels, options: MarginOptions = {}): Tensor =>
  violations("svmLoss", scores, labels, options).sum({ axes: -1 }).mean();

/**
 * The support vector machine with squared hinges, which punish a large violation harder: as `svmLoss`, but each term
 * is max(0, score_j - score_label + delta)^2 (course notes on linear classification: L2-SVM).
 * scores [rows, classes], labels [rows]; delta is 1 by default.
 * @throws Diagnostic `label-out-of-range`, `labels-do-not-fit`
 * @example
 * squaredSvmLoss(tensor([[13, -7, 11]]), [0], { delta: 10 }).itemSync(); // 64
 */
export const squaredSvmLoss = (scores: Tensor, labels: Labels, options: MarginOptions = {}): Tensor =>
  violations("squaredSvmLoss", scores, labels, options).sq().sum({ axes: -1 }).mean();

/**
 * The structured support vector machine: the mean over the rows of the largest violation alone,
 * max(0, max over wrong classes j of score_j - score_label + 1) (the course's linear classification demo).
 * scores [rows, classes], labels [rows].
 * @throws Diagnostic `label-out-of-range`, `labels-do-not-fit`
 * @example
 * structuredSvmLoss(tensor([[2.5, 2.75, -3]]), [2]).itemSync(); // 6.75
 */
export const structuredSvmLoss = (scores: Tensor, labels: Labels): Tensor =>
  violations("structuredSvmLoss", scores, labels, {}).amax({ axes: -1 }).mean();

/**
 * One binary support vector machine for each class against all others: the mean over the rows of
 * max(0, 1 - score_label) + the sum over wrong classes j of max(0, 1 + score_j) (course notes on linear
 * classification). scores [rows, classes], labels [rows].
 * @throws Diagnostic `label-out-of-range`, `labels-do-not-fit`
 * @example
 * oneVsAllLoss(tensor([[13, -7, 11]]), [0]).itemSync(); // 12
 */
export const oneVsAllLoss = (scores: Tensor, labels: Labels): Tensor => {
  const y = checked("oneVsAllLoss", scores, labels);
  pick(scores, y); // refuses labels that do not fit the rows
  const own = oneHot(y, scores.shape.at(-1)!, "bool");
  return relu(where(own, scores.neg(), scores).add(1)).sum({ axes: -1 }).mean();
};
