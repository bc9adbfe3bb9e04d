/** What a user's page does: bundled by Vite with the packed package, it leaves its gradients where the test reads them. */
import { compile, type Tensor, grads, tensor, valueAndGrad } from "chainrule";

const compound = (x: Tensor, y: Tensor, z: Tensor) => x.add(y).mul(z);

/** The neuron of the lecture's slides 14 to 20, gate by gate. */
const neuron = (w0: Tensor, x0: Tensor, w1: Tensor, x1: Tensor, w2: Tensor) =>
  w0.mul(x0).add(w1.mul(x1)).add(w2).mul(-1).exp().add(1).inv();

/** The same with the sigmoid as one gate (slides 22 to 25). */
const grouped = (w0: Tensor, x0: Tensor, w1: Tensor, x1: Tensor, w2: Tensor) =>
  w0.mul(x0).add(w1.mul(x1)).add(w2).sigmoid();

const inputs = [2, -1, -3, -2, -3] as const;

/** A classifier's training step as one program: a product of matrices, a softmax, their gradients and the update. */
const trained = (): { losses: number[]; weights: number[] } => {
  const x = tensor(Float32Array.from({ length: 32 * 24 }, (_, i) => Math.sin(i)), { shape: [32, 24] });
  const y = tensor(Int32Array.from({ length: 32 }, (_, i) => (i * 3) % 5));
  const step = compile(
    (w: Tensor) => {
      const { value, grad } = valueAndGrad((v: Tensor) => x.matmul(v).softmaxCrossEntropy(y).mean())(w);
      return { loss: value, w: w.sub(grad.mul(0.5)) };
    },
    { donate: [0] },
  );
  let w: Tensor = tensor(new Float32Array(24 * 5), { shape: [24, 5] });
  const losses: number[] = [];
  for (let i = 0; i < 5; i++) {
    const next = step(w);
    losses.push(next.loss.itemSync());
    w = next.w;
  }
  return { losses, weights: Array.from(w.dataSync()) };
};

declare global {
  var training: { losses: readonly number[]; weights: readonly number[] };
  var gradients: { compound: readonly number[]; neuron: readonly number[]; grouped: readonly number[] };
}

globalThis.training = trained();
globalThis.gradients = {
  compound: grads(compound)(-2, 5, -4),
  neuron: grads(neuron)(...inputs),
  grouped: grads(grouped)(...inputs),
};
