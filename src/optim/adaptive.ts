/** A step size for every parameter, from the gradients it has had: Adagrad, RMSProp, Adam and AdamW. */
import { pow } from "../api/functions.ts";
import type { Tensor } from "../trace/tensor.ts";
import { perTensor, type Counted, type Optimizer } from "./optimizer.ts";
import type { LearningRate } from "./schedules.ts";
import { flag, notNegative, positive, rate, share, withDefaults } from "./settings.ts";

/**
 * Adagrad (Duchi, Hazan and Singer 2011): cache = cache + gradient^2; w - lr * gradient / (sqrt(cache) + eps).
 * eps is 1e-8 by default. Steps only ever get shorter.
 * @example
 * const optimizer = adagrad({ lr: 0.5 });
 * const w = tensor([1, 2]);
 * const { params, state } = optimizer.update(w, tensor([4, 0]), optimizer.init(w));
 * params.toArraySync(); // [0.500000001, 2] to 1e-8
 * state.cache.toArraySync(); // [16, 0]
 */
export const adagrad = <L extends LearningRate>(options: {
  readonly lr: L;
  readonly eps?: number;
}): Optimizer<"cache" | Counted<L>> => {
  const { lr, eps } = withDefaults("adagrad", options, { eps: 1e-8 }, { lr: rate, eps: positive });
  return perTensor(["cache"], lr, (w, gradient, { cache }, { lr: now }) => {
    const sum = cache.add(gradient.sq());
    return { w: w.sub(gradient.mul(now).div(sum.sqrt().add(eps))), state: { cache: sum } };
  });
};

/**
 * RMSProp (Tieleman and Hinton 2012, the form of CS231n): cache = decay * cache + (1 - decay) * gradient^2;
 * w - lr * gradient / (sqrt(cache) + eps). decay is 0.99 and eps 1e-8 by default.
 * @example
 * const optimizer = rmsprop({ lr: 0.5, decay: 0.75 });
 * const w = tensor([1, 2]);
 * const { params, state } = optimizer.update(w, tensor([4, 0]), optimizer.init(w));
 * params.toArraySync(); // [0, 2] to 1e-8
 * state.cache.toArraySync(); // [4, 0]
 */
export const rmsprop = <L extends LearningRate>(options: {
  readonly lr: L;
  readonly decay?: number;
  readonly eps?: number;
}): Optimizer<"cache" | Counted<L>> => {
  const defaults = { decay: 0.99, eps: 1e-8 };
  const { lr, decay, eps } = withDefaults("rmsprop", options, defaults, { lr: rate, decay: share, eps: positive });
  return perTensor(["cache"], lr, (w, gradient, { cache }, { lr: now }) => {
    const average = cache.mul(decay).add(gradient.sq().mul(1 - decay));
    return { w: w.sub(gradient.mul(now).div(average.sqrt().add(eps))), state: { cache: average } };
  });
};

interface Moments {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
}

type AdamSlots = "step" | "m" | "v";

const adamDefaults: Moments = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
const adamLimits = { lr: rate, beta1: share, beta2: share, eps: positive };

/** Where Adam goes before the learning rate: m / (sqrt(v) + eps), both corrected for having started at 0. */
const adamStep = ({ beta1, beta2, eps }: Moments, gradient: Tensor, state: Readonly<Record<AdamSlots, Tensor>>) => {
  const m = state.m.mul(beta1).add(gradient.mul(1 - beta1));
  const v = state.v.mul(beta2).add(gradient.sq().mul(1 - beta2));
  // In float64: in float32 the first 1 - 0.999^t would keep four digits. One number is divided, not every moment: a division
  // takes as long as several multiplications.
  const corrected = (moment: Tensor, beta: number): Tensor =>
    moment.mul(pow(beta, state.step).neg().add(1).inv().cast(moment.dtype));
  return { direction: corrected(m, beta1).div(corrected(v, beta2).sqrt().add(eps)), m, v };
};

/**
 * Adam (Kingma and Ba 2014), bias-corrected: t = t + 1; m = beta1 * m + (1 - beta1) * gradient;
 * v = beta2 * v + (1 - beta2) * gradient^2; w - lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps).
 * beta1 is 0.9, beta2 0.999 and eps 1e-8 by default. `step` of the state is t: it counts before it is used.
 * @example
 * const optimizer = adam({ lr: 0.5 });
 * const w = tensor([1, 2]);
 * const { params, state } = optimizer.update(w, tensor([4, -1]), optimizer.init(w));
 * params.toArraySync(); // [0.5, 2.5] to 1e-8
 * state.step.itemSync(); // 1
 */
export const adam = <L extends LearningRate>(options: { readonly lr: L } & Partial<Moments>): Optimizer<AdamSlots> => {
  const moments = withDefaults("adam", options, adamDefaults, adamLimits);
  return perTensor<AdamSlots, L>(["step", "m", "v"], options.lr, (w, gradient, state, { lr }) => {
    const { direction, m, v } = adamStep(moments, gradient, state);
    return { w: w.sub(direction.mul(lr)), state: { m, v } };
  });
};

/**
 * AdamW (Loshchilov and Hutter 2017): Adam, and beside it, untouched by the moments, every weight fades:
 * w - lr * (Adam's direction + decay * w). decay is 0.01 by default, the rest as in `adam`. Biases (fields called b or
 * bias, and the scale and shift of normalisations, as for `penalty`) do not fade unless `biases` is true.
 * @example
 * const optimizer = adamW({ lr: 0.5, decay: 0.1 });
 * const net = { w: tensor([1, 2]), b: tensor([3]) };
 * const none = { w: tensor([0, 0]), b: tensor([0]) };
 * const { params } = optimizer.update(net, none, optimizer.init(net));
 * params.w.toArraySync(); // [0.95, 1.9]
 * params.b.toArraySync(); // [3]
 */
export const adamW = <L extends LearningRate>(
  options: { readonly lr: L; readonly decay?: number; readonly biases?: boolean } & Partial<Moments>,
): Optimizer<AdamSlots> => {
  const defaults = { ...adamDefaults, decay: 0.01, biases: false };
  const all = withDefaults("adamW", options, defaults, { ...adamLimits, decay: notNegative, biases: flag });
  return perTensor<AdamSlots, L>(["step", "m", "v"], options.lr, (w, gradient, state, { lr, isWeight }) => {
    const { direction, m, v } = adamStep(all, gradient, state);
    const whole = isWeight || all.biases ? direction.add(w.mul(all.decay)) : direction;
    return { w: w.sub(whole.mul(lr)), state: { m, v } };
  });
};
