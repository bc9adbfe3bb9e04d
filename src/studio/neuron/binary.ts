/** One neuron as a classifier of two classes (slide 47): its score, loss and gradients, computed by the library. */
import { builder } from "../../api/builder.ts";
import { sigmoid } from "../../api/functions.ts";
import { asArray, type Value } from "../../ir/dtype.ts";
import { NodeMap } from "../../ir/node-map.ts";
import type { Node } from "../../ir/node.ts";
import { hingeLoss, logisticLoss } from "../../nn/binary.ts";
import { input, onesLike } from "../../ops/forms/source.ts";
import { differentiate } from "../../passes/differentiate.ts";
import { interpret } from "../../run/interpret.ts";
import { tensor, Tensor } from "../../trace/tensor.ts";
import type { NumberName, Numbers } from "./numbers.ts";
import type { NeuronReading, NeuronState } from "./state.ts";

/** What the neuron reads, in the order of its sum w0 x0 + w1 x1 + b. */
export const neuronInputs = ["w0", "x0", "w1", "x1", "b"] as const satisfies readonly NumberName[];
export type NeuronInput = (typeof neuronInputs)[number];

/** What training changes; the penalty shrinks the weights alone, not the bias. */
const shrunk: readonly NeuronInput[] = ["w0", "w1"];
export const trained = ["w0", "w1", "b"] as const satisfies readonly NeuronInput[];

const scalar = (text: string): Tensor => new Tensor(input([], "float64", text), Infinity);

/** The loss of scores [rows], all of one label, as their mean; one row has its own loss. */
const lossOf = (reading: NeuronReading, scores: Tensor, positive: boolean): Tensor => {
  const label = (yes: number, no: number): Tensor => tensor(new Float64Array(scores.size).fill(positive ? yes : no));
  return reading === "softmax" ? logisticLoss(scores, label(1, 0)) : hingeLoss(scores, label(1, -1));
};

export interface NeuronLook {
  /** w0 x0 + w1 x1 + b. */
  readonly score: number;
  /** sigmoid(score): the probability of the positive class; an SVM has none, and it is there to compare. */
  readonly probability: number;
  readonly predicted: boolean;
  /** The loss of the example, without the penalty. */
  readonly loss: number;
  /** lambda/2 (w0^2 + w1^2). */
  readonly penalty: number;
  /** d loss / d score. */
  readonly scoreGradient: number;
  /** d loss / d input, without the penalty. */
  readonly gradients: Readonly<Record<NeuronInput, number>>;
}

/** The graph of one reading and one class: what is shown, and the gradients of the loss for the score and every number. */
interface Graph {
  readonly given: readonly Node[];
  readonly shown: readonly Node[];
}

const made = (reading: NeuronReading, positive: boolean): Graph => {
  const given = neuronInputs.map(scalar) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const [w0, x0, w1, x1, b] = given;
  const score = w0.mul(x0).add(w1.mul(x1)).add(b);
  const loss = lossOf(reading, score.reshape([1]), positive);
  const wanted = [score.node, ...given.map(({ node }) => node)];
  const { of } = differentiate(new Map([[loss.node, onesLike(loss.node)]]), wanted, builder);
  return { given: given.map(({ node }) => node), shown: [score.node, sigmoid(score).node, loss.node, ...wanted.map((node) => of.get(node)!)] };
};

/** What is made once for each reading and class, so that a slider runs it and no more. */
const once = <T>(make: (reading: NeuronReading, positive: boolean) => T): ((reading: NeuronReading, positive: boolean) => T) => {
  const known = new Map<string, T>();
  return (reading, positive) => {
    const word = `${reading} ${String(positive)}`;
    const one = known.get(word) ?? make(reading, positive);
    known.set(word, one);
    return one;
  };
};

const graphOf = once(made);

export const lookAt = ({ numbers, reading, positive }: Pick<NeuronState, "numbers" | "reading" | "positive">): NeuronLook => {
  const { given, shown } = graphOf(reading, positive);
  const found = interpret(shown, new NodeMap<Value>(given.map((node, i) => [node, numbers[neuronInputs[i]!]] as const)));
  const [score, probability, loss, scoreGradient, ...gradients] = found as [number, number, number, number, ...number[]];
  return {
    score,
    probability,
    predicted: score > 0,
    loss,
    penalty: (numbers.lambda / 2) * shrunk.reduce((sum, name) => sum + numbers[name] ** 2, 0),
    scoreGradient,
    gradients: Object.fromEntries(neuronInputs.map((name, i) => [name, gradients[i]!] as const)) as Record<NeuronInput, number>,
  };
};

/** The numbers after one step down the gradient of loss and penalty: w - rate (d loss/dw + lambda w). */
export const stepped = (state: Pick<NeuronState, "numbers" | "reading" | "positive">): Numbers => {
  const { gradients } = lookAt(state);
  const { numbers } = state;
  const moved = trained.map((name) => {
    const pull = shrunk.includes(name) ? numbers.lambda * numbers[name] : 0;
    return [name, numbers[name] - numbers.rate * (gradients[name] + pull)] as const;
  });
  return { ...numbers, ...Object.fromEntries(moved) };
};

/** The scores of the loss's curve: every tenth from -5 to 5. */
export const scoreGrid: readonly number[] = Array.from({ length: 101 }, (_, i) => (i - 50) / 10);

/** The loss and its slope at each of these scores. */
export const lossCurve = once((reading, positive): { readonly losses: readonly number[]; readonly slopes: readonly number[] } => {
  const score = input([1], "float64", "score");
  const { node: loss } = lossOf(reading, new Tensor(score, Infinity), positive);
  const slope = differentiate(new Map([[loss, onesLike(loss)]]), [score], builder).of.get(score)!;
  const found = scoreGrid.map((at) => interpret([loss, slope], new NodeMap<Value>([[score, Float64Array.of(at)]])).map((value) => asArray(value, "float64")[0]!));
  return { losses: found.map(([value]) => value!), slopes: found.map(([, value]) => value!) };
});
