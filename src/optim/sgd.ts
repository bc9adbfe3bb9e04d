/** Steps along the gradient: plain, with momentum, and with Nesterov's. */
import { perTensor, type Counted, type Optimizer } from "./optimizer.ts";
import type { LearningRate } from "./schedules.ts";
import { checkSettings, rate, share, withDefaults } from "./settings.ts";

/**
 * Stochastic gradient descent: w - lr * gradient.
 * @example
 * const optimizer = sgd({ lr: stepDecay({ lr: 0.5, every: 100 }) });
 * const w = tensor([1, 2]);
 * const { params, state } = optimizer.update(w, tensor([1, 1]), optimizer.init(w));
 * params.toArraySync(); // [0.5, 1.5]
 * state.step.itemSync(); // 1
 */
export const sgd = <L extends LearningRate>(options: { readonly lr: L }): Optimizer<Counted<L>> => {
  checkSettings("sgd", options, { lr: rate });
  return perTensor<never, L>([], options.lr, (w, gradient, _, { lr }) => ({ w: w.sub(gradient.mul(lr)), state: {} }));
};

/**
 * Gradient descent with momentum: v = mu * v - lr * gradient; w + v (the course's form). mu is 0.9 by default.
 * @example
 * const optimizer = momentum({ lr: 0.5 });
 * const w = tensor([1, 2]);
 * const { params, state } = optimizer.update(w, tensor([1, 1]), optimizer.init(w));
 * params.toArraySync(); // [0.5, 1.5]
 * state.velocity.toArraySync(); // [-0.5, -0.5]
 */
export const momentum = <L extends LearningRate>(options: {
  readonly lr: L;
  readonly mu?: number;
}): Optimizer<"velocity" | Counted<L>> => {
  const { lr, mu } = withDefaults("momentum", options, { mu: 0.9 }, { lr: rate, mu: share });
  return perTensor(["velocity"], lr, (w, gradient, { velocity }, { lr: now }) => {
    const v = velocity.mul(mu).sub(gradient.mul(now));
    return { w: w.add(v), state: { velocity: v } };
  });
};

/**
 * Nesterov's momentum, in the course's form, where the gradient is taken at the parameters themselves:
 * v = mu * before - lr * gradient; w - mu * before + (1 + mu) * v (CS231n; Sutskever and others 2013). mu is 0.9 by
 * default.
 * @example
 * const optimizer = nesterov({ lr: 0.5, mu: 0.5 });
 * const w = tensor([1, 2]);
 * const { params, state } = optimizer.update(w, tensor([1, 1]), optimizer.init(w));
 * params.toArraySync(); // [0.25, 1.25]
 * state.velocity.toArraySync(); // [-0.5, -0.5]
 */
export const nesterov = <L extends LearningRate>(options: {
  readonly lr: L;
  readonly mu?: number;
}): Optimizer<"velocity" | Counted<L>> => {
  const { lr, mu } = withDefaults("nesterov", options, { mu: 0.9 }, { lr: rate, mu: share });
  return perTensor(["velocity"], lr, (w, gradient, { velocity: before }, { lr: now }) => {
    const v = before.mul(mu).sub(gradient.mul(now));
    return { w: w.sub(before.mul(mu)).add(v.mul(1 + mu)), state: { velocity: v } };
  });
};
