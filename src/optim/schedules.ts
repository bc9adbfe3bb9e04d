/**
 * Learning rates that change with the step, as pure functions of it: what a run does at step 1,000 can be read off, drawn
 * and resumed without running the steps before. They are made of the library's own operations, so they can be compiled.
 */
import { cos, exp, min, pow } from "../api/functions.ts";
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { describe } from "../ops/forms/entry.ts";
import { tensor, Tensor, type TensorLike } from "../trace/tensor.ts";
import { checkSettings, count, notNegative, positive, rate, withDefaults } from "./settings.ts";

/** The learning rate at a step, counted from 0: how many steps came before. */
export type Schedule = (step: TensorLike<readonly []>) => Tensor;

/**
 * What `lr` of an optimiser may be: a number, a tensor of one number (an argument of a compiled function), or a function
 * of how many steps came before, given as a tensor.
 */
export type LearningRate = number | Tensor | ((step: Tensor<readonly []>) => TensorLike);

const at = (step: TensorLike): Tensor =>
  typeof step === "number" ? tensor(step, { dtype: "float64" }) : step.cast("float64");

/** The rate at a step, as one number. */
export const rateAt = (lr: LearningRate, step: Tensor | undefined): TensorLike => {
  const value = typeof lr === "function" ? lr(step as Tensor<readonly []>) : lr;
  if (typeof value === "number" || (value instanceof Tensor && value.rank === 0)) return value;
  const found = (value as unknown) instanceof Tensor ? `a tensor ${shapeText(value.shape)}` : describe(value);
  throw new Diagnostic("does-not-fit", `the learning rate is ${found}, not one number`, {
    help: "a schedule takes the step, a tensor [], and returns a number or a tensor []",
  });
};

/**
 * The same rate at every step.
 * @example
 * constant({ lr: 0.1 })(1000).itemSync(); // 0.1
 */
export const constant = (options: { readonly lr: number }): Schedule => {
  checkSettings("constant", options, { lr: notNegative });
  return () => at(options.lr);
};

/**
 * Step decay: lr * factor^(how often `every` steps have passed). factor is 0.5 by default (CS231n, "Annealing the
 * learning rate": half after every few epochs; for epochs, `every` is that many times the steps of an epoch).
 * @example
 * const lr = stepDecay({ lr: 0.1, every: 500 });
 * lr(499).itemSync(); // 0.1
 * lr(500).itemSync(); // 0.05
 */
export const stepDecay = (options: { readonly lr: number; readonly every: number; readonly factor?: number }): Schedule => {
  const { lr, every, factor } = withDefaults("stepDecay", options, { factor: 0.5 }, { lr: notNegative, every: count, factor: positive });
  // Whole numbers cut off what is behind the point, and steps are not negative.
  return (step) => pow(factor, at(step).div(every).cast("int32").cast("float64")).mul(lr);
};

/**
 * Exponential decay: lr * e^(-decay * step) (CS231n, "Annealing the learning rate").
 * @example
 * const lr = exponentialDecay({ lr: 0.1, decay: Math.LN2 / 100 });
 * lr(100).itemSync().toFixed(6); // "0.050000"
 */
export const exponentialDecay = (options: { readonly lr: number; readonly decay: number }): Schedule => {
  checkSettings("exponentialDecay", options, { lr: notNegative, decay: notNegative });
  const { lr, decay } = options;
  return (step) => exp(at(step).mul(-decay)).mul(lr);
};

/**
 * 1/t decay: lr / (1 + decay * step) (CS231n, "Annealing the learning rate").
 * @example
 * oneOverT({ lr: 0.1, decay: 0.01 })(100).itemSync(); // 0.05
 */
export const oneOverT = (options: { readonly lr: number; readonly decay: number }): Schedule => {
  checkSettings("oneOverT", options, { lr: notNegative, decay: notNegative });
  const { lr, decay } = options;
  return (step) => tensor(lr, { dtype: "float64" }).div(at(step).mul(decay).add(1));
};

/**
 * Half a wave of the cosine from lr down to `to` (0 by default) over so many steps, and `to` from there on:
 * to + (lr - to) / 2 * (1 + cos(pi * step / steps)) (Loshchilov and Hutter 2016, "SGDR", without restarts).
 * @example
 * const lr = cosine({ lr: 0.5, steps: 100 });
 * lr(0).itemSync(); // 0.5
 * lr(100).itemSync(); // 0
 */
export const cosine = (options: { readonly lr: number; readonly steps: number; readonly to?: number }): Schedule => {
  const { lr, steps, to } = withDefaults("cosine", options, { to: 0 }, { lr: notNegative, steps: count, to: notNegative });
  return (step) => cos(min(at(step).div(steps), 1).mul(Math.PI)).add(1).mul((lr - to) / 2).add(to);
};

/**
 * Any learning rate, smaller at first: lr(step) * min(1, (step + 1) / steps), so the first step is a small one and step
 * `steps - 1` the first at the full rate (Goyal and others 2017, "Accurate, large minibatch SGD"). The schedule inside
 * counts from the start of the training, not from the end of the warm-up.
 * @example
 * const lr = warmUp(cosine({ lr: 0.5, steps: 1000 }), { steps: 10 });
 * lr(0).itemSync(); // 0.05
 */
export const warmUp = (lr: LearningRate, options: { readonly steps: number }): Schedule => {
  checkSettings("warmUp", { lr, ...options }, { lr: rate, steps: count });
  const { steps } = options;
  return (step) => {
    const now = at(step);
    return min(now.add(1).div(steps), 1).mul(rateAt(lr, now as Tensor<readonly []>));
  };
};
