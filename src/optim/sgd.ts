/** Steps along the gradient, plain and with momentum. */
import { checkOptions } from "../ops/forms/entry.ts";
import { perTensor, type Optimizer } from "./optimizer.ts";

/** Stochastic gradient descent: w - lr * gradient. */
export const sgd = (options: { readonly lr: number }): Optimizer<never> => {
  checkOptions("sgd", options, ["lr"]);
  const { lr } = options;
  return perTensor([], (w, gradient) => ({ w: w.sub(gradient.mul(lr)), state: {} }));
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
export const momentum = (options: { readonly lr: number; readonly mu?: number }): Optimizer<"velocity"> => {
  checkOptions("momentum", options, ["lr", "mu"]);
  const { lr, mu = 0.9 } = options;
  return perTensor(["velocity"], (w, gradient, { velocity }) => {
    const v = velocity.mul(mu).sub(gradient.mul(lr));
    return { w: w.add(v), state: { velocity: v } };
  });
};
