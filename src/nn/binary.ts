/** Losses of one score for each example: a single neuron as a binary classifier (slide 47), and as a regressor. */
import { relu, softplus, where } from "../api/functions.ts";
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { Nested } from "../trace/literal.ts";
import { tensor, type Tensor } from "../trace/tensor.ts";

/** Targets broadcast against outputs would compare every row with every other, and train on nonsense. */
const fitting = (what: string, outputs: Tensor, targets: Tensor | Nested, names: readonly [string, string]): Tensor => {
  const given = Array.isArray(targets) || typeof targets === "number" ? tensor(targets, { dtype: outputs.dtype }) : (targets as Tensor);
  const [ours, theirs] = [shapeText(outputs.shape), shapeText(given.shape)];
  if (ours !== theirs) {
    throw new Diagnostic(`${names[1]}-do-not-fit`, `${what}: ${names[0]} ${ours} and ${names[1]} ${theirs} differ in shape`, {
      operands: [{ name: outputs.name ?? names[0], shape: outputs.shape }, { name: given.name ?? names[1], shape: given.shape }],
      help: `give one of the two the other's shape: reshape([...])`,
    });
  }
  return given;
};

/** The scores with the sign turned where the label is positive, so that larger is worse. */
const against = (what: string, scores: Tensor, labels: Tensor | readonly number[], [no, yes]: readonly [number, number]): Tensor => {
  const y = fitting(what, scores, labels, ["scores", "labels"]);
  const values = y.isTraced ? [] : y.dataSync();
  const wrong = values.findIndex((label) => label !== no && label !== yes);
  if (wrong >= 0) {
    throw new Diagnostic("label-out-of-range", `${what}: label ${wrong} is ${values[wrong]}, but a label is ${no} or ${yes}`, {
      help: no === 0 ? "write 1 for the positive class and 0 for the other" : "write 1 for the positive class and -1 for the other",
    });
  }
  return where(y.gt(0), scores.neg(), scores);
};

/**
 * Logistic loss, a single neuron as a binary softmax classifier: the mean of -ln sigmoid(score) where the label is 1
 * and of -ln(1 - sigmoid(score)) where it is 0 (slide 47), computed as softplus, which neither overflows nor rounds
 * to 0. Its gradient for a score is (sigmoid(score) - label) / rows. scores [rows], labels [rows] of 0 and 1.
 * @throws Diagnostic `label-out-of-range`, `labels-do-not-fit`
 * @example
 * logisticLoss(tensor([1000, 1000]), [0, 1]).itemSync(); // 500
 */
export const logisticLoss = (scores: Tensor, labels: Tensor | readonly number[]): Tensor =>
  softplus(against("logisticLoss", scores, labels, [0, 1])).mean();

/**
 * Hinge loss, a single neuron as a binary support vector machine: the mean of max(0, 1 - label * score) (slide 47).
 * Exactly at the margin the gradient is 0. scores [rows], labels [rows] of -1 and 1.
 * @throws Diagnostic `label-out-of-range`, `labels-do-not-fit`
 * @example
 * hingeLoss(tensor([0.5, 3]), [-1, 1]).itemSync(); // 0.75
 */
export const hingeLoss = (scores: Tensor, labels: Tensor | readonly number[]): Tensor =>
  relu(against("hingeLoss", scores, labels, [-1, 1]).add(1)).mean();

/** [rows] has one number for each row; with more axes the last one holds the numbers of a row. */
const meanOverRows = (each: Tensor): Tensor => (each.rank < 2 ? each : each.sum({ axes: -1 })).mean();

/**
 * Squared error: the mean over the rows of the sum of (output - target)^2 (course notes, neural networks part 2:
 * regression). outputs and targets [rows] or [rows, numbers], of one shape. For the mean over all numbers divide by
 * the numbers of a row.
 * @throws Diagnostic `targets-do-not-fit`
 * @example
 * squaredError(tensor([[1, 2], [3, 4]]), [[1, 0], [0, 4]]).itemSync(); // 6.5
 */
export const squaredError = (outputs: Tensor, targets: Tensor | Nested): Tensor =>
  meanOverRows(outputs.sub(fitting("squaredError", outputs, targets, ["outputs", "targets"])).sq());

/**
 * Absolute error: the mean over the rows of the sum of |output - target|, less moved by outliers than the squared
 * one (course notes, neural networks part 2). outputs and targets [rows] or [rows, numbers], of one shape.
 * @throws Diagnostic `targets-do-not-fit`
 * @example
 * absoluteError(tensor([[1, 2], [3, 4]]), [[1, 0], [0, 4]]).itemSync(); // 2.5
 */
export const absoluteError = (outputs: Tensor, targets: Tensor | Nested): Tensor =>
  meanOverRows(outputs.sub(fitting("absoluteError", outputs, targets, ["outputs", "targets"])).abs());
