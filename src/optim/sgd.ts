/** Steps along the gradient, plain and with momentum. */
import { perTensor, type Optimizer } from "./optimizer.ts";

/** Stochastic gradient descent: w - lr * gradient. */
export const sgd = ({ lr }: { readonly lr: number }): Optimizer<never> =>
  perTensor([], (w, gradient) => ({ w: w.sub(gradient.mul(lr)), state: {} }));

/**
 * Gradient descent with momentum: v = mu * v - lr * gradient; w + v (the course's form). mu is 0.9 by default.
 * @example
 * const optimizer = momentum({ lr: 0.5 });
 * const w = tensor([1, 2]);
 * const { params, state } = optimizer.update(w, tensor([1, 1]), optimizer.init(w));
 * params.toArraySync(); // [0.5, 1.5]
 * state.velocity.toArraySync(); // [-0.5, -0.5]
 */
export const momentum = ({ lr, mu = 0.9 }: { readonly lr: number; readonly mu?: number }): Optimizer<"velocity"> =>
  perTensor(["velocity"], (w, gradient, { velocity }) => {
    const v = velocity.mul(mu).sub(gradient.mul(lr));
    return { w: w.add(v), state: { velocity: v } };
  });
