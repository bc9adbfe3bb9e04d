/** TensorFlow.js with its WebAssembly back end. */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";

await tf.setBackend("wasm");
await tf.ready();

const tensorOf = ({ shape, values }) => tf.tensor(values, shape, values instanceof Int32Array ? "int32" : "float32");

const optimizers = {
  sgd: ({ lr }) => tf.train.sgd(lr),
  momentum: ({ lr, mu }) => tf.train.momentum(lr, mu),
  adam: ({ lr }) => tf.train.adam(lr, 0.9, 0.999, 1e-8),
};

/** `loss` of variables and data by name. */
const training = (loss) => ({ params, data, settings }) => {
  const variables = Object.fromEntries(Object.entries(params).map(([name, each]) => [name, tf.variable(tensorOf(each))]));
  const fixed = Object.fromEntries(Object.entries(data).map(([name, each]) => [name, tensorOf(each)]));
  const list = Object.values(variables);
  const f = () => loss(variables, fixed, settings);
  const optimizer = optimizers[settings.optimizer]?.(settings);
  const read = (value) => {
    const number = value.dataSync()[0];
    value.dispose();
    return number;
  };
  return {
    gradients: () => {
      const { value, grads } = tf.variableGrads(f, list);
      const result = Object.fromEntries(Object.entries(variables).map(([name, each]) => [name, Float32Array.from(grads[each.name].dataSync())]));
      tf.dispose([value, grads]);
      return result;
    },
    step: () => {
      if (optimizer) return read(optimizer.minimize(f, true, list));
      const { value, grads } = tf.variableGrads(f, list);
      for (const each of Object.values(grads)) each.dataSync();
      tf.dispose(grads);
      return read(value);
    },
  };
};

const crossEntropy = (scores, y) => tf.losses.softmaxCrossEntropy(tf.oneHot(y, scores.shape[1]).toFloat(), scores);
const hinge = (scores, y) => {
  const own = tf.oneHot(y, scores.shape[1]).toFloat();
  const right = scores.mul(own).sum(1, true);
  return scores.sub(right).add(1).relu().mul(tf.scalar(1).sub(own)).sum(1).mean();
};
const halfL2 = (w, lambda) => w.square().sum().mul(0.5 * lambda);

const norm = (x, gain, shift) => {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(gain).add(shift);
};
const gelu = (x) => x.mul(0.5).mul(x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI)).tanh().add(1));
const dense = (x, w, b) => x.reshape([-1, w.shape[0]]).matMul(w).add(b).reshape([...x.shape.slice(0, -1), w.shape[1]]);

const block = (p, { x, target }, { heads }) => {
  const [batch, tokens, d] = x.shape;
  const part = d / heads;
  const split = (t) => t.reshape([batch, tokens, heads, part]).transpose([0, 2, 1, 3]);
  const [q, k, v] = tf.split(dense(norm(x, p.g1, p.s1), p.wqkv, p.bqkv), 3, -1).map(split);
  const weights = tf.softmax(tf.matMul(q, k, false, true).mul(1 / Math.sqrt(part)));
  const mixed = tf.matMul(weights, v).transpose([0, 2, 1, 3]).reshape([batch, tokens, d]);
  const middle = x.add(dense(mixed, p.wo, p.bo));
  const out = middle.add(dense(gelu(dense(norm(middle, p.g2, p.s2), p.w1, p.b1)), p.w2, p.b2));
  return out.sub(target).square().mean();
};

const cnn = (p, { x, y }) => {
  // Its convolution wants channels last.
  const image = x.transpose([0, 2, 3, 1]);
  const layer = (input, k, c) => input.conv2d(k.transpose([2, 3, 1, 0]), 1, "same").add(c).relu().maxPool(2, 2, "valid");
  const features = layer(layer(image, p.k1, p.c1), p.k2, p.c2).transpose([0, 3, 1, 2]).reshape([x.shape[0], -1]);
  return crossEntropy(features.matMul(p.w).add(p.b), y);
};

const product = training((p, { g }) => p.a.matMul(p.b).mul(g).sum().div(g.shape[0]));

export default {
  W1: training((p) => p.w0.mul(p.x0).add(p.w1.mul(p.x1)).add(p.w2).sigmoid()),
  W2: training((p, { x, y }, { l2 }) => crossEntropy(x.matMul(p.w).add(p.b), y).add(halfL2(p.w, l2))),
  W3: training((p, { x, y }, { l2 }) => hinge(x.matMul(p.w).add(p.b), y).add(halfL2(p.w, l2))),
  W4: training((p, { x, y }) => crossEntropy(dense(dense(dense(x, p.w1, p.b1).relu(), p.w2, p.b2).relu(), p.w3, p.b3), y)),
  W5: training(cnn),
  "W6-512": product,
  "W6-1024": product,
  W7: training(block),
};
