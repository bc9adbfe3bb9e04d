/** jax-js on its WebAssembly device, a whole step under `jit`. Its operations consume their arguments, hence `.ref`. */
import { defaultDevice, init, jit, nn, lax, numpy as np, tree, valueAndGrad } from "@jax-js/jax";

await init("wasm");
defaultDevice("wasm");

const arrayOf = ({ shape, values }) => np.array(values).reshape(shape);

const zerosLike = (params) => tree.map((p) => p.mul(0), tree.ref(params));

/** New parameters and state from gradients; consumes all three. */
const updates = {
  none: { init: () => ({}), update: (params, grads, state) => [params, state] },
  sgd: {
    init: () => ({}),
    update: (params, grads, state, { lr }) => [tree.map((p, g) => p.sub(g.mul(lr)), params, grads), state],
  },
  momentum: {
    init: (params) => ({ v: zerosLike(params) }),
    update: (params, grads, { v }, { lr, mu }) => {
      const next = tree.map((a, g) => a.mul(mu).sub(g.mul(lr)), v, grads);
      return [tree.map((p, a) => p.add(a), params, tree.ref(next)), { v: next }];
    },
  },
  adam: {
    init: (params) => ({ m: zerosLike(params), v: zerosLike(params), t: np.array(0) }),
    update: (params, grads, { m, v, t }, { lr }) => {
      const step = t.add(1);
      const m2 = tree.map((a, g) => a.mul(0.9).add(g.mul(0.1)), m, tree.ref(grads));
      const v2 = tree.map((a, g) => a.mul(0.999).add(g.ref.mul(g).mul(0.001)), v, grads);
      const [c1, c2] = [np.array(1).sub(np.power(0.9, step.ref)), np.array(1).sub(np.power(0.999, step.ref))];
      const next = tree.map((p, a, b) => p.sub(a.div(c1.ref).mul(lr).div(np.sqrt(b.div(c2.ref)).add(1e-8))), params, tree.ref(m2), tree.ref(v2));
      return [next, { m: m2, v: v2, t: step }];
    },
  },
};

const training = (loss) => ({ params: given, data, settings }) => {
  const fixed = Object.fromEntries(Object.entries(data).map(([name, each]) => [name, arrayOf(each)]));
  let params = Object.fromEntries(Object.entries(given).map(([name, each]) => [name, arrayOf(each)]));
  const { init: initial, update } = updates[settings.optimizer];
  let state = initial(params);
  const gradientOf = valueAndGrad((p, d) => loss(p, d, settings));
  const once = jit((p, d) => gradientOf(p, d)[1]);
  const whole = jit((p, s, d) => {
    const [value, grads] = gradientOf(tree.ref(p), d);
    if (settings.optimizer === "none") return [p, s, value, grads];
    const [next, rest] = update(p, grads, s, settings);
    return [next, rest, value, {}];
  });
  return {
    gradients: () => {
      const grads = once(tree.ref(params), tree.ref(fixed));
      return Object.fromEntries(Object.entries(grads).map(([name, each]) => [name, Float32Array.from(each.dataSync())]));
    },
    step: () => {
      const [next, rest, value, grads] = whole(params, state, tree.ref(fixed));
      [params, state] = [next, rest];
      for (const each of Object.values(grads)) each.dataSync();
      return value.dataSync()[0];
    },
  };
};

const crossEntropy = (scores, y) => {
  const own = nn.oneHot(y, scores.shape[1]);
  return nn.logSoftmax(scores, 1).mul(own).sum(1).mean().neg();
};
const hinge = (scores, y) => {
  const own = nn.oneHot(y, scores.shape[1]);
  const right = scores.ref.mul(own.ref).sum(1).reshape([-1, 1]);
  return nn.relu(scores.sub(right).add(1)).mul(np.array(1).sub(own)).sum(1).mean();
};
const halfL2 = (w, lambda) => w.ref.mul(w).sum().mul(0.5 * lambda);

const norm = (x, gain, shift) => {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const variance = np.mean(centred.ref.mul(centred.ref), -1, { keepdims: true });
  return centred.div(np.sqrt(variance.add(1e-5))).mul(gain).add(shift);
};
const dense = (x, w, b) => np.matmul(x, w).add(b);

const block = (p, { x, target }, { heads }) => {
  const [batch, tokens, d] = x.shape;
  const part = d / heads;
  const split = (t) => np.transpose(t.reshape([batch, tokens, heads, part]), [0, 2, 1, 3]);
  const [q, k, v] = np.split(dense(norm(x.ref, p.g1, p.s1), p.wqkv, p.bqkv), 3, -1).map(split);
  const weights = nn.softmax(np.matmul(q, np.transpose(k, [0, 1, 3, 2])).mul(1 / Math.sqrt(part)), -1);
  const mixed = np.transpose(np.matmul(weights, v), [0, 2, 1, 3]).reshape([batch, tokens, d]);
  const middle = x.add(dense(mixed, p.wo, p.bo));
  const out = middle.ref.add(dense(nn.gelu(dense(norm(middle, p.g2, p.s2), p.w1, p.b1)), p.w2, p.b2));
  const missed = out.sub(target);
  return np.mean(missed.ref.mul(missed));
};

const cnn = (p, { x, y }) => {
  const layer = (input, k, c) => {
    const sums = nn.relu(lax.convGeneralDilated(input, k, [1, 1], "SAME").add(c.reshape([1, -1, 1, 1])));
    return lax.reduceWindow(sums, np.max, [2, 2], [2, 2]);
  };
  const rows = x.shape[0];
  return crossEntropy(dense(layer(layer(x, p.k1, p.c1), p.k2, p.c2).reshape([rows, -1]), p.w, p.b), y);
};

const product = training((p, { g }) => np.matmul(p.a, p.b).mul(g.ref).sum().div(g.shape[0]));

export default {
  W1: training((p) => nn.sigmoid(p.w0.mul(p.x0).add(p.w1.mul(p.x1)).add(p.w2))),
  W2: training((p, { x, y }, { l2 }) => crossEntropy(dense(x, p.w.ref, p.b), y).add(halfL2(p.w, l2))),
  W3: training((p, { x, y }, { l2 }) => hinge(dense(x, p.w.ref, p.b), y).add(halfL2(p.w, l2))),
  W4: training((p, { x, y }) => crossEntropy(dense(nn.relu(dense(nn.relu(dense(x, p.w1, p.b1)), p.w2, p.b2)), p.w3, p.b3), y)),
  W5: training(cnn),
  "W6-512": product,
  "W6-1024": product,
  W7: training(block),
};
