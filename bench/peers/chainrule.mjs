/**
 * This project. `train` is what is timed: one compiled function of the whole step, float32. The same losses, uncompiled
 * in float64, are the reference that every library's gradients are compared with.
 */
import * as cr from "../../dist/index.js";
import * as nn from "../../dist/nn.js";
import * as optim from "../../dist/optim.js";

const crossEntropy = (scores, y) => scores.softmaxCrossEntropy(y).mean();
const halfL2 = (w, lambda) => w.sq().sum().mul(0.5 * lambda);
const dense = (x, w, b) => x.matmul(w).add(b);

const cnn = (p, { x, y }) => {
  const layer = (input, k, c) => cr.maxPool2d(cr.conv2d(input, k, { padding: 1 }).add(c.reshape([1, c.size, 1, 1])).relu(), 2);
  const features = layer(layer(x, p.k1, p.c1), p.k2, p.c2);
  return crossEntropy(dense(features.reshape([x.shape[0], p.w.shape[0]]), p.w, p.b), y);
};

const norm = (x, gain, shift) => x.standardize({ epsilon: 1e-5 }).mul(gain).add(shift);

const block = (p, { x, target }, { heads }) => {
  const [batch, tokens, d] = x.shape;
  const part = d / heads;
  const qkv = dense(norm(x, p.g1, p.s1), p.wqkv, p.bqkv).reshape([batch, tokens, 3, heads, part]).transpose([2, 0, 3, 1, 4]);
  const [q, k, v] = [0, 1, 2].map((i) => qkv.slice([i]));
  const mixed = cr.attention(q, k, v).transpose([0, 2, 1, 3]).reshape([batch, tokens, d]);
  const middle = x.add(dense(mixed, p.wo, p.bo));
  const out = middle.add(dense(dense(norm(middle, p.g2, p.s2), p.w1, p.b1).geluTanh(), p.w2, p.b2));
  return out.sub(target).sq().mean();
};

export const losses = {
  W1: (p) => p.w0.mul(p.x0).add(p.w1.mul(p.x1)).add(p.w2).sigmoid(),
  W2: (p, { x, y }, { l2 }) => crossEntropy(dense(x, p.w, p.b), y).add(halfL2(p.w, l2)),
  W3: (p, { x, y }, { l2 }) => nn.svmLoss(dense(x, p.w, p.b), y).add(halfL2(p.w, l2)),
  W4: (p, { x, y }) => crossEntropy(dense(dense(dense(x, p.w1, p.b1).relu(), p.w2, p.b2).relu(), p.w3, p.b3), y),
  W5: cnn,
  "W6-512": (p, { g }) => p.a.matmul(p.b).mul(g).sum().div(g.shape[0]),
  "W6-1024": (p, { g }) => p.a.matmul(p.b).mul(g).sum().div(g.shape[0]),
  W7: block,
};

const optimizers = {
  sgd: ({ lr }) => optim.sgd({ lr }),
  momentum: ({ lr, mu }) => optim.momentum({ lr, mu }),
  adam: ({ lr }) => optim.adam({ lr }),
};

const start = (loss, { params: given, data, settings }, dtype, compile) => {
  const tensorOf = ({ shape, values }) => cr.tensor(values, { shape, dtype: values instanceof Int32Array ? "int32" : dtype });
  const trees = (group) => Object.fromEntries(Object.entries(group).map(([name, each]) => [name, tensorOf(each)]));
  const fixed = trees(data);
  let params = trees(given);
  const optimizer = optimizers[settings.optimizer]?.(settings);
  let state = optimizer?.init(params);
  const f = (p, d) => loss(p, d, settings);
  const gradientOf = cr.valueAndGrad(f);
  const forward = compile(f);
  const once = compile((p, d, spent) => gradientOf(p, d), { donate: [2] });
  /** The last gradients are given back, as the other libraries dispose of theirs: nobody needs to keep them. */
  let spent = Object.fromEntries(Object.entries(given).map(([name, { shape }]) => [name, cr.zeros(shape, { dtype })]));
  /** Where gradients are read into: whoever reads megabytes in every step keeps the arrays. */
  const read = {};
  const gradients = () => {
    const result = once(params, fixed, spent);
    spent = result.grad;
    return result;
  };
  const step = (p, s, d) => {
    const { value, grad } = gradientOf(p, d);
    return { value, ...optimizer.update(p, grad, s) };
  };
  const whole = compile(step, { donate: [0, 1] });
  return {
    gradients: () => Object.fromEntries(Object.entries(gradients().grad).map(([name, each]) => [name, Float64Array.from(each.dataSync())])),
    forward: () => forward(params, fixed).itemSync(),
    profile: () => (optimizer ? cr.profile(whole)(params, state, fixed) : cr.profile(once)(params, fixed, spent)),
    step: () => {
      if (!optimizer) {
        const { value, grad } = gradients();
        for (const [name, each] of Object.entries(grad)) read[name] = each.dataSync(read[name]);
        return value.itemSync();
      }
      const { value, params: next, state: rest } = whole(params, state, fixed);
      [params, state] = [next, rest];
      return value.itemSync();
    },
  };
};

export const tune = () => cr.tuneEngine();

export const stayAlone = () => cr.setThreads(1);

/** A circuit of single numbers, its state in one array: a call makes nothing. */
const circuit = (workload) => {
  const { params, settings } = workload;
  const names = Object.keys(params);
  const optimizer = optimizers[settings.optimizer](settings);
  const step = cr.compile((w0, x0, w1, x1, w2) => {
    const p = { w0, x0, w1, x1, w2 };
    const { value, grad } = cr.valueAndGrad(losses.W1)(p);
    return { ...optimizer.update(p, grad, optimizer.init(p)).params, value };
  });
  const state = Float64Array.from([...names.map((name) => params[name].values[0]), 0]);
  const given = state.subarray(0, names.length);
  return {
    gradients: start(losses.W1, workload, "float64", cr.compile).gradients,
    step: () => {
      step.numbers(given, state);
      return state[names.length];
    },
  };
};

export const reference = (id, workload) => start(losses[id], workload, "float64", (f) => f);

export default {
  ...Object.fromEntries(Object.entries(losses).map(([id, loss]) => [id, (workload) => start(loss, workload, "float32", cr.compile)])),
  W1: circuit,
};
/** The same step with tensors in and out. */
export const neuron = (workload) => start(losses.W1, workload, "float32", cr.compile);
