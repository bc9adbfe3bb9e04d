/** Groups along an axis of classes: probabilities out of scores, and the loss of a label (slide 40). */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import type { Attrs, Node } from "../../ir/node.ts";
import { normalizeAxis } from "../../ir/axes.ts";
import { checkOptions } from "../forms/options.ts";
import { group, type GroupEntry } from "../forms/body.ts";
import { broadcastTo } from "../forms/read.ts";
import { constant } from "../forms/source.ts";
import { iota } from "../forms/iota.ts";
import { reshape } from "../forms/view.ts";
import { div, eq, exp, log, lt, mul, neg, sub, where } from "./arithmetic.ts";
import { abs } from "./choice.ts";
import { amax, logsumexp, sum } from "./folds.ts";
import { oneHot, pick } from "./picking.ts";

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
