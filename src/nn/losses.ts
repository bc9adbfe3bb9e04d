/** What training makes small: a loss of scores and labels, and a penalty on the weights. */
import { oneHot, pick, relu, softmaxCrossEntropy, where } from "../api/functions.ts";
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { tensor, type Tensor } from "../trace/tensor.ts";
import { leavesOf } from "../trace/tree.ts";

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

/**
 * Multiclass support vector machine: the mean over the rows of the sum over wrong classes j of
 * max(0, score_j - score_label + delta). Exactly at the margin the gradient is 0 (slide 3; the strict indicator).
 * scores [rows, classes], labels [rows]; delta is 1 by default.
 * @throws Diagnostic `label-out-of-range`, `labels-do-not-fit`
 */
export const svmLoss = (scores: Tensor, labels: Labels, options: { readonly delta?: number } = {}): Tensor => {
  const y = checked("svmLoss", scores, labels);
  const right = pick(scores, y).reshape([...y.shape, 1]);
  const margins = relu(scores.sub(right).add(options.delta ?? 1));
  return where(oneHot(y, scores.shape.at(-1)!, "bool"), 0, margins).sum({ axes: -1 }).mean();
};

const isBias = (path: string): boolean => /(?:^|\.)(?:b|bias)\d*$/.test(path);

/** The tensors of a model that a penalty is for: all but biases, which are fields called b or bias (b1, b2, ...). */
export const weightsOf = (model: unknown): Tensor[] =>
  leavesOf(model).flatMap(({ path, tensor: leaf }) => (isBias(path) ? [] : [leaf]));

/**
 * L2 penalty in the convention 0.5 * lambda * (sum of squares), whose gradient is lambda * w; biases are left out (see
 * `weightsOf`). For the other convention, lambda * (sum of squares), pass twice the lambda.
 * @example
 * l2Penalty({ w: tensor([3, 4]), b: tensor([9]) }, 0.1).itemSync(); // 1.25
 */
export const l2Penalty = (model: unknown, lambda: number): Tensor => {
  const squares = weightsOf(model).map((w) => w.sq().sum());
  return squares.length === 0 ? tensor(0) : squares.reduce((sum, each) => sum.add(each)).mul(lambda / 2);
};
