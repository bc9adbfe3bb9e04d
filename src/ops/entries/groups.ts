/** Chains of gates whose gradient is simpler than their parts (slides 22 to 25 and 40), and activations made of them. */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import type { Attrs, Node } from "../../ir/node.ts";
import { normalizeAxis } from "../../ir/shape.ts";
import { checkOptions } from "../forms/entry.ts";
import { group, type GroupEntry } from "../forms/body.ts";
import { broadcastTo, reshape } from "../forms/view.ts";
import { add, div, eq, exp, ge, inv, log, lt, mul, neg, sub, where } from "./arithmetic.ts";
import { abs, max, relu } from "./choice.ts";
import { elu, erf, erfc, expm1, log1p, tanh } from "./functions.ts";
import { amax, logsumexp, sum } from "./folds.ts";
import { oneHot, pick } from "./picking.ts";
import { constant, iota } from "../forms/source.ts";

/** The local gradient s(1 - s) is computed as sigmoid(x) sigmoid(-x): exact also where s has rounded to 1. */
export const sigmoid: GroupEntry<"unary"> = group({
  word: "sigmoid",
  sig: "unary",
  says: "multiplies the gradient by s(1 - s), at most 1/4; none passes where it is saturated",
  formula: "1 / (1 + e^-x)",
  params: ["x"],
  body: ([x]) => inv(add(exp(neg(x!)), 1)),
  alsoWritten: [([x]) => div(exp(x!), add(1, exp(x!))), ([x]) => inv(add(1, inv(exp(x!))))],
  // e^-|x| never overflows, so that the value keeps its digits on both sides.
  lowered: ([x]) => {
    const small = exp(neg(abs(x!)));
    return div(where(ge(x!, 0), 1, small), add(1, small));
  },
  local: ([x], y) => [mul(y, sigmoid(neg(x!)))],
  elementwise: true,
  recognised: "e^-x overflows for x < -709 and the gradient gate by gate is then NaN; as one gate it is s(1 - s), finite everywhere",
});

export const softplus: GroupEntry<"unary"> = group({
  word: "softplus",
  sig: "unary",
  says: "multiplies the gradient by sigmoid(x)",
  formula: "ln(1 + e^x)",
  params: ["x"],
  body: ([x]) => log(add(1, exp(x!))),
  alsoWritten: [([x]) => log1p(exp(x!))],
  lowered: ([x]) => add(relu(x!), log1p(exp(neg(abs(x!))))),
  local: ([x]) => [sigmoid(x!)],
  elementwise: true,
  recognised: "e^x overflows for x > 709 and is lost beside the 1 for x < -37; as one gate it is exact and its gradient is sigmoid(x)",
});

/** ln sigmoid(x), finite where the sigmoid has rounded to 0. */
export const logSigmoid: GroupEntry<"unary"> = group({
  word: "log_sigmoid",
  sig: "unary",
  says: "multiplies the gradient by sigmoid(-x)",
  formula: "ln(1 / (1 + e^-x))",
  params: ["x"],
  body: ([x]) => log(inv(add(exp(neg(x!)), 1))),
  lowered: ([x]) => neg(softplus(neg(x!))),
  local: ([x]) => [sigmoid(neg(x!))],
  elementwise: true,
  recognised: "the sigmoid rounds to 0 for x < -745 and its logarithm is then -Infinity; as one gate it is finite and its gradient is sigmoid(-x)",
});

/** ln(e^x + e^y + ...), a smooth maximum. */
export const logAddExp: GroupEntry<"variadic"> = group({
  word: "log_add_exp",
  sig: "variadic",
  says: "shares the gradient among the operands by their softmax",
  formula: "ln(e^x + e^y + ...)",
  params: ["x", "y"],
  variadic: true,
  body: (x) => log(total(x.map((score) => exp(score)))),
  lowered: (x) => {
    // An infinite maximum cannot be taken out: Infinity - Infinity is not a number.
    const top = max(...x);
    const shift = where(lt(abs(top), Infinity), top, 0);
    return add(shift, log(total(x.map((score) => exp(sub(score, shift))))));
  },
  local: (x, y) => x.map((score) => where(eq(score, -Infinity), 0, exp(sub(score, y)))),
  elementwise: true,
  recognised: "e^x overflows for x > 709; as one gate it is finite and its gradient is the softmax",
});

/** -ln of what softmax gives the first of a few scalars: the cross-entropy of the score of the right class (slide 40). */
export const negLogSoftmax: GroupEntry<"variadic"> = group({
  word: "neg_log_softmax",
  sig: "variadic",
  says: "multiplies the gradient by p - 1 for the score of the right class, by p for every other",
  formula: "-ln(e^score / (e^score + e^other + ...))",
  params: ["score", "other"],
  variadic: true,
  body: (x) => neg(log(div(exp(x[0]!), total(x.map((score) => exp(score)))))),
  // Only differences of scores count, and the right class's own term is the 1 of the softplus.
  lowered: ([right, ...others]) => {
    const ahead = others.map((other) => sub(other, right!));
    return softplus(ahead.length === 1 ? ahead[0]! : logAddExp(...ahead));
  },
  local: ([right, ...others], y) => [expm1(neg(y)), ...others.map((other) => exp(sub(sub(other, right!), y)))],
  elementwise: true,
  recognised: "e^score overflows above 709 and the ratio rounds to 0; as one gate it is finite and its gradient is p - 1 or p",
});

/** x sigmoid(x), also called swish (Elfwing et al. 2017). */
export const silu: GroupEntry<"unary"> = group({
  word: "silu",
  sig: "unary",
  says: "multiplies the gradient by s + x s(1 - s), s = sigmoid(x)",
  formula: "x sigmoid(x)",
  params: ["x"],
  body: ([x]) => mul(x!, sigmoid(x!)),
  local: ([x]) => [mul(sigmoid(x!), add(1, mul(x!, sigmoid(neg(x!)))))],
  elementwise: true,
});

const rootHalf = Math.SQRT1_2;

/** Gaussian error linear unit, x Phi(x), exact (Hendrycks and Gimpel 2016). */
export const gelu: GroupEntry<"unary"> = group({
  word: "gelu",
  sig: "unary",
  says: "multiplies the gradient by Phi(x) + x phi(x), the normal distribution and its density",
  formula: "x (1 + erf(x / sqrt 2)) / 2",
  params: ["x"],
  body: ([x]) => mul(mul(0.5, x!), add(1, erf(mul(x!, rootHalf)))),
  lowered: ([x]) => mul(mul(0.5, x!), erfc(mul(x!, -rootHalf))),
  local: ([x]) => {
    const density = mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, mul(x!, x!))));
    return [add(mul(0.5, erfc(mul(x!, -rootHalf))), mul(x!, density))];
  },
  elementwise: true,
});

const tanhScale = Math.sqrt(2 / Math.PI);

/** The tanh form of gelu, as in the first GPT-2 code. */
export const geluTanh: GroupEntry<"unary"> = group({
  word: "gelu_tanh",
  sig: "unary",
  says: "multiplies the gradient by the slope of the tanh form of gelu",
  formula: "x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2",
  params: ["x"],
  body: ([x]) => mul(mul(0.5, x!), add(1, tanh(mul(tanhScale, add(x!, mul(0.044715, mul(x!, mul(x!, x!)))))))),
  // 1 + tanh u is 2 sigmoid(2u), without the digits that cancel where u is far below 0.
  lowered: ([x]) => mul(x!, sigmoid(mul(2 * tanhScale, add(x!, mul(0.044715, mul(x!, mul(x!, x!))))))),
  elementwise: true,
});

const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/** Self-normalising unit: a scaled elu with fixed constants (Klambauer et al. 2017). */
export const selu: GroupEntry<"unary"> = group({
  word: "selu",
  sig: "unary",
  says: "an elu with alpha 1.6733, scaled by 1.0507",
  formula: "1.0507 elu(x, 1.6733)",
  params: ["x"],
  body: ([x]) => mul(seluScale, elu(x!, seluAlpha)),
  elementwise: true,
});

export interface AxisOptions {
  /** The axis of the classes; negative ones count from the end. Default the last. */
  readonly axis: number;
}

/** The axis counted from the end, where more examples in front do not move it. */
const axisOf = (word: string) => (given: Partial<AxisOptions> = {}, [x]: readonly Node[]): AxisOptions => {
  checkOptions(word, given, ["axis"]);
  return { axis: normalizeAxis(given.axis ?? -1, withClasses(x!, word).shape, word) - x!.shape.length };
};

/** A chain whose first fold is along one axis. */
const foldedAxis = ({ axes = [-1] }: Attrs): AxisOptions => ({ axis: (axes as readonly number[])[0]! });

const classSamples = [{ operands: [[3]] }, { operands: [[2, 4]] }, { operands: [[2, 1, 3]] }, { operands: [[0, 3]] }, { operands: [[3, 2]], options: [{ axis: 0 }] }];

/** Probabilities along an axis, the last by default: positive, adding up to 1. Shifting all scores changes nothing. */
export const softmax: GroupEntry<"alongAxis", AxisOptions> = group({
  word: "softmax",
  sig: "alongAxis",
  says: "the gradient minus its mean under p, times p",
  formula: "e^x / sum e^x",
  params: ["scores"],
  leading: true,
  options: axisOf("softmax"),
  body: ([x], { axis }) => share(x!, axis),
  // An infinite maximum cannot be taken out: Infinity - Infinity is not a number.
  lowered: ([x], { axis }) => {
    const top = amax(x!, { axes: axis });
    return share(sub(x!, spread(where(lt(abs(top), Infinity), top, 0), x!, axis)), axis);
  },
  gradient: (g, [x], p, { axis }) => [mul(p, sub(g, spread(sum(mul(g, p), { axes: axis }), x!, axis)))],
  recognised: "e^x overflows for x > 709; as one gate it is finite for any finite scores and its gradient is p (g - sum of g p)",
  found: foldedAxis,
  samples: classSamples,
});

/** ln softmax along an axis, the last by default. */
export const logSoftmax: GroupEntry<"alongAxis", AxisOptions> = group({
  word: "log_softmax",
  sig: "alongAxis",
  says: "the gradient minus p times its sum",
  formula: "x - ln sum e^x",
  params: ["scores"],
  leading: true,
  options: axisOf("log_softmax"),
  body: ([x], { axis }) => log(share(x!, axis)),
  // Scores relative to the largest: nothing large is left to cancel.
  lowered: ([x], { axis }) => {
    const below = sub(x!, spread(amax(x!, { axes: axis }), x!, axis));
    return sub(below, spread(logsumexp(below, { axes: axis }), x!, axis));
  },
  gradient: (g, [x], _y, { axis }) => [sub(g, mul(softmax(x!, { axis }), spread(sum(g, { axes: axis }), x!, axis)))],
  recognised: "a probability rounds to 0 when its score is 745 below the largest; as one gate its logarithm is finite, with gradient g - p sum(g)",
  found: foldedAxis,
  samples: classSamples,
});

/**
 * -ln of the probability that softmax gives the label: scores [..., classes], labels [...] (whole numbers) -> [...].
 * As one gate its gradient is p - 1(label) (slide 40) and it is finite for any finite scores. A row whose label names no
 * class counts nothing, as where one-hot rows are multiplied with log-probabilities.
 */
export const softmaxCrossEntropy: GroupEntry<"labelled"> = group({
  word: "softmax_cross_entropy",
  sig: "labelled",
  says: "the gradient times (p - 1 at the label)",
  formula: "-ln(e^x[label] / sum e^x)",
  params: ["scores", "label"],
  leading: true,
  body: ([x, label]) => neg(pickLabel(log(share(withClasses(x!, "softmax_cross_entropy"))), label!)),
  alsoWritten: [
    ([x, label]) => neg(log(pickLabel(share(x!), label!))),
    ([x, label]) => neg(log(div(pickLabel(exp(x!), label!), sum(exp(x!), { axes: -1 })))),
    ([x, label]) => neg(pick(log(share(x!)), label!)),
    ([x, label]) => neg(log(pick(share(x!), label!))),
    ([x, label]) => neg(log(div(pick(exp(x!), label!), sum(exp(x!), { axes: -1 })))),
    ([x, label]) => neg(sum(mul(oneHot(label!, x!.shape.at(-1)!, x!.dtype), log(share(x!))), { axes: -1 })),
    ([x, label]) => neg(log(sum(mul(oneHot(label!, x!.shape.at(-1)!, x!.dtype), share(x!)), { axes: -1 }))),
  ],
  // Scores relative to the label's: nothing large is left to cancel, and the label's own is exactly 0.
  lowered: ([x, label]) => {
    const apart = atLabel(x!, label!, 0, sub(x!, spread(pickLabel(x!, label!), x!)));
    return ofLabels(x!, label!, logsumexp(apart, { axes: -1 }));
  },
  gradient: (g, [x, label]) => [
    mul(spread(ofLabels(x!, label!, g), x!), sub(softmax(x!), hits(x!, label!))),
    undefined,
  ],
  recognised: "the label's probability can round to 0; as one gate the loss is finite for any finite scores and its gradient is p - 1 at the label, p elsewhere",
  samples: [
    { operands: [[3], { shape: [], dtype: "int32", below: 3 }] },
    { operands: [[4, 3], { shape: [4], dtype: "int32", below: 3 }] },
    { operands: [[0, 3], { shape: [0], dtype: "int32", below: 3 }] },
  ],
});

/** A value per row, repeated along an axis of `like` again, the last by default. */
const spread = (folded: Node, like: Node, axis = -1): Node => {
  const at = axis + like.shape.length;
  return broadcastTo(reshape(folded, like.shape.map((n, i) => (i === at ? 1 : n))), like.shape);
};

/** e^x as a share of its sum along an axis. */
const share = (x: Node, axis = -1): Node => div(exp(x), spread(sum(exp(x), { axes: axis }), x, axis));

const total = (terms: readonly Node[]): Node => terms.reduce((sum, term) => add(sum, term));

/** A number per row, 0 where the row's label names no class. */
const ofLabels = (scores: Node, label: Node, x: Node): Node =>
  where(eq(sum(hits(scores, label), { axes: -1 }), 1), x, 0);

/** 1 at the label of each row, 0 elsewhere, in the type of the scores: numbers alone would be float64. */
const hits = (scores: Node, label: Node): Node => atLabel(scores, label, constant(1, [], scores.dtype), 0);

/** The scores, which must have an axis for the classes. */
const withClasses = (x: Node, word: string): Node => {
  if (x.shape.length > 0) return x;
  throw new Diagnostic("needs-axis", `${word}: needs at least one axis, got a scalar`, { help: "pass the scores of all classes as one tensor" });
};

/** `yes` at the label of each row and `no` elsewhere, in the shape of the scores. */
const atLabel = (scores: Node, label: Node, yes: Node | number, no: Node | number): Node => {
  const rows = scores.shape.slice(0, -1);
  if (scores.shape.length === 0 || rows.length !== label.shape.length || rows.some((n, i) => n !== label.shape[i])) {
    throw new Diagnostic("labels-do-not-fit", `softmax_cross_entropy: scores ${shapeText(scores.shape)} need labels of shape ${shapeText(rows)}, got ${shapeText(label.shape)}`, {
      operands: [{ name: scores.name ?? "scores", shape: scores.shape }, { name: label.name ?? "label", shape: label.shape }],
      help: "give one whole number per row, from 0 to the number of classes minus 1",
    });
  }
  const classes = scores.shape.at(-1)!;
  const position = broadcastTo(iota([classes], "int32"), scores.shape);
  return where(eq(position, spread(label, scores)), yes, no);
};

/** The entry of each row that its label names; every other is masked, so that an infinity there does no harm. */
const pickLabel = (x: Node, label: Node): Node => sum(atLabel(x, label, x, 0), { axes: -1 });
