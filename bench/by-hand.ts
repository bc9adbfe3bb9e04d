/** The classifiers and nets of the workloads as plain JavaScript loops over typed arrays: what people write without a library. */

/** out[m, n] += a[m, k] b[k, n], or with either operand transposed. */
const product = (out: Float32Array, a: Float32Array, b: Float32Array, m: number, k: number, n: number, turn: "" | "a" | "b" = ""): void => {
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const x = turn === "a" ? a[p * m + i]! : a[i * k + p]!;
      if (turn === "b") for (let j = 0; j < n; j++) out[i * n + j]! += x * b[j * k + p]!;
      else for (let j = 0; j < n; j++) out[i * n + j]! += x * b[p * n + j]!;
    }
  }
};

export interface Layer {
  readonly w: Float32Array;
  readonly b: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
}

/** The loss of scores [rows, classes] and its gradient for them. */
export type Loss = (scores: Float32Array, labels: Int32Array, classes: number, gradient: Float32Array) => number;

export const softmax: Loss = (scores, labels, classes, gradient) => {
  const rows = labels.length;
  let loss = 0;
  for (let r = 0; r < rows; r++) {
    const at = r * classes;
    let top = -Infinity;
    for (let c = 0; c < classes; c++) top = Math.max(top, scores[at + c]!);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += gradient[at + c] = Math.exp(scores[at + c]! - top);
    for (let c = 0; c < classes; c++) gradient[at + c]! /= sum * rows;
    loss -= Math.log(gradient[at + labels[r]!]! * rows);
    gradient[at + labels[r]!]! -= 1 / rows;
  }
  return loss / rows;
};

export const svm: Loss = (scores, labels, classes, gradient) => {
  const rows = labels.length;
  let loss = 0;
  gradient.fill(0);
  for (let r = 0; r < rows; r++) {
    const at = r * classes;
    const right = at + labels[r]!;
    for (let c = 0; c < classes; c++) {
      const margin = scores[at + c]! - scores[right]! + 1;
      if (at + c === right || margin <= 0) continue;
      loss += margin;
      gradient[at + c]! += 1 / rows;
      gradient[right]! -= 1 / rows;
    }
  }
  return loss / rows;
};

/** Value and gradients of a net with relu between its layers; the gradients are written into `into`. */
export const backpropagate = (layers: readonly Layer[], x: Float32Array, labels: Int32Array, loss: Loss, into: readonly Layer[]): number => {
  const rows = labels.length;
  const activations = [x];
  layers.forEach(({ w, b, inputs, outputs }, l) => {
    const out = new Float32Array(rows * outputs);
    for (let r = 0; r < rows; r++) out.set(b, r * outputs);
    product(out, activations[l]!, w, rows, inputs, outputs);
    if (l < layers.length - 1) for (let i = 0; i < out.length; i++) if (!(out[i]! > 0)) out[i] = 0;
    activations.push(out);
  });
  const scores = activations.at(-1)!;
  let gradient = new Float32Array(scores.length);
  const value = loss(scores, labels, layers.at(-1)!.outputs, gradient);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { w, inputs, outputs } = layers[l]!;
    const { w: dw, b: db } = into[l]!;
    dw.fill(0);
    db.fill(0);
    product(dw, activations[l]!, gradient, inputs, rows, outputs, "a");
    for (let i = 0; i < gradient.length; i++) db[i % outputs]! += gradient[i]!;
    if (l === 0) break;
    const before = new Float32Array(rows * inputs);
    product(before, gradient, w, rows, outputs, inputs, "b");
    for (let i = 0; i < before.length; i++) if (!(activations[l]![i]! > 0)) before[i] = 0;
    gradient = before;
  }
  return value;
};

/** w - lr (gradient + lambda w). */
export const descend = (w: Float32Array, gradient: Float32Array, lr: number, lambda: number): void => {
  for (let i = 0; i < w.length; i++) w[i]! -= lr * (gradient[i]! + lambda * w[i]!);
};

export const adam = (w: Float32Array, gradient: Float32Array, m: Float32Array, v: Float32Array, lr: number, t: number): void => {
  const [first, second] = [1 - 0.9 ** t, 1 - 0.999 ** t];
  for (let i = 0; i < w.length; i++) {
    const g = gradient[i]!;
    m[i] = 0.9 * m[i]! + 0.1 * g;
    v[i] = 0.999 * v[i]! + 0.001 * g * g;
    w[i]! -= (lr * (m[i]! / first)) / (Math.sqrt(v[i]! / second) + 1e-8);
  }
};
