/** The linear classifier as numbers: scores, losses and gradients of a state, and one update. The library computes all of them. */
import { valueAndGrad } from "../../api/transforms.ts";
import { key, normal } from "../../api/random.ts";
import { vmap } from "../../api/vmap.ts";
import { applyLinear, type Linear } from "../../nn/linear.ts";
import { oneVsAllLoss, softmaxLoss, structuredSvmLoss, svmLoss } from "../../nn/losses.ts";
import { penalty } from "../../nn/penalties.ts";
import { sgd } from "../../optim/sgd.ts";
import { tensor, type Tensor } from "../../trace/tensor.ts";
import { classes, type ClassifierState, type LossName, type Parameters } from "./state.ts";

export interface Measured {
  /** For each point its score for each class. */
  readonly scores: readonly (readonly number[])[];
  /** For each point the class with the largest score. */
  readonly predicted: readonly number[];
  /** For each point its own loss; their mean is the data loss. */
  readonly losses: readonly number[];
  readonly dataLoss: number;
  readonly penalty: number;
  /** Both together. */
  readonly loss: number;
  /** Of `loss`. */
  readonly gradient: Parameters;
  /** The part of the gradient that comes from the points. */
  readonly dataGradient: Parameters;
  /** How many points have a predicted class that is not their own. */
  readonly wrong: number;
}

type Loss = (scores: Tensor, labels: Tensor) => Tensor;

const lossOf: Readonly<Record<LossName, Loss>> = { svm: svmLoss, "one-vs-all": oneVsAllLoss, structured: structuredSvmLoss, softmax: softmaxLoss };

/** Weights of the library have a row for each input, those of the course one for each class. */
const turned = (rows: readonly (readonly number[])[]): number[][] => rows[0]!.map((_, i) => rows.map((row) => row[i]!));

const modelOf = ({ w, b }: Parameters): Linear => ({ w: tensor(turned(w), { dtype: "float64" }), b: tensor([...b], { dtype: "float64" }) });

const parametersOf = ({ w, b }: Linear): Parameters => ({ w: turned(w.toArraySync() as number[][]), b: Array.from(b.dataSync()) });

/** The loss of every example alone: that of a table with one row. */
const each = (loss: Loss, scores: Tensor, labels: Tensor): Tensor =>
  vmap((row: Tensor, label: Tensor) => loss(row.reshape([1, classes.length]), label.reshape([1])))(scores, labels);

/** Without an example there is no mean: the data says nothing, and only the penalty is left. */
const nothing = { scores: [], predicted: [], losses: [], dataLoss: 0, wrong: 0 } as const;

const ofData = (model: Linear, { points, loss: name }: ClassifierState) => {
  if (points.length === 0) return undefined;
  const x = tensor(points.map((point) => [point.x, point.y]), { dtype: "float64" });
  const labels = tensor(Int32Array.from(points, ({ label }) => label));
  const loss = lossOf[name];
  const { value, grad, aux } = valueAndGrad((parameters: Linear) => {
    const scores = applyLinear(parameters, x);
    return { loss: loss(scores, labels), aux: { scores, losses: each(loss, scores, labels), predicted: scores.argmax({ axes: -1 }) } };
  })(model);
  const predicted = Array.from(aux.predicted.dataSync());
  return {
    grad,
    numbers: {
      scores: aux.scores.toArraySync() as number[][],
      predicted,
      losses: Array.from(aux.losses.dataSync()),
      dataLoss: value.itemSync(),
      wrong: points.filter(({ label }, i) => predicted[i] !== label).length,
    },
  };
};

/** Everything that the page says about a state. */
export const measure = (state: ClassifierState): Measured => {
  const model = modelOf(state);
  const data = ofData(model, state);
  const decay = valueAndGrad((parameters: Linear) => penalty(parameters, { l2: state.strength }))(model);
  const { dataLoss, ...numbers } = data?.numbers ?? nothing;
  const dataGradient = data === undefined ? { w: state.w.map((row) => row.map(() => 0)), b: state.b.map(() => 0) } : parametersOf(data.grad);
  const gradient = data === undefined ? decay.grad : { w: data.grad.w.add(decay.grad.w), b: data.grad.b.add(decay.grad.b) };
  const size = decay.value.itemSync();
  return { ...numbers, dataLoss, penalty: size, loss: dataLoss + size, dataGradient, gradient: parametersOf(gradient) };
};

/** W and b after one step against the gradient. */
export const updated = (state: ClassifierState, gradient: Parameters): Parameters & Pick<ClassifierState, "updates"> => {
  const optimizer = sgd({ lr: state.stepSize });
  const model = modelOf(state);
  const { params } = optimizer.update(model, modelOf(gradient), optimizer.init(model));
  return { ...parametersOf(params), updates: state.updates + 1 };
};

/** Random parameters, normal with deviation 1, and the seed of the next ones. The same seed gives the same ones. */
export const randomised = ({ seed }: ClassifierState): Parameters & Pick<ClassifierState, "seed" | "updates"> => {
  const drawn = Array.from(normal(key(seed), [classes.length * 3]).dataSync());
  return {
    w: classes.map((k) => drawn.slice(3 * k, 3 * k + 2)),
    b: classes.map((k) => drawn[3 * k + 2]!),
    seed: seed + 1,
    updates: 0,
  };
};

/** By what an update multiplies W where the points have no gradient: regularisation forgets. */
export const kept = ({ stepSize, strength }: ClassifierState): number => 1 - 2 * stepSize * strength;

export const areFinite = ({ w, b }: Parameters): boolean => [...w.flat(), ...b].every(Number.isFinite);
