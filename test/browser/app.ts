/** What a user's page does: bundled by Vite with the packed package, it leaves its gradients where the test reads them. */
import { type Tensor, grads } from "chainrule";

const compound = (x: Tensor, y: Tensor, z: Tensor) => x.add(y).mul(z);

/** The neuron of the lecture's slides 14 to 20, gate by gate. */
const neuron = (w0: Tensor, x0: Tensor, w1: Tensor, x1: Tensor, w2: Tensor) =>
  w0.mul(x0).add(w1.mul(x1)).add(w2).mul(-1).exp().add(1).inv();

/** The same with the sigmoid as one gate (slides 22 to 25). */
const grouped = (w0: Tensor, x0: Tensor, w1: Tensor, x1: Tensor, w2: Tensor) =>
  w0.mul(x0).add(w1.mul(x1)).add(w2).sigmoid();

const inputs = [2, -1, -3, -2, -3] as const;

declare global {
  var gradients: { compound: readonly number[]; neuron: readonly number[]; grouped: readonly number[] };
}

globalThis.gradients = {
  compound: grads(compound)(-2, 5, -4),
  neuron: grads(neuron)(...inputs),
  grouped: grads(grouped)(...inputs),
};
