/**
 * What is measured: the numbers that every library starts from, and the settings of a step. The functions themselves are
 * written once for each library, in peers/. All numbers come from one seeded generator, as float32.
 */

/** Marsaglia's xorshift32: uniform in (0, 1). */
const generator = (seed) => {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
};

const makers = (seed) => {
  const next = generator(seed);
  const fill = (shape, draw) => ({ shape, values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw) });
  return {
    uniform: (shape) => fill(shape, next),
    normal: (shape, deviation = 1) => fill(shape, () => deviation * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())),
    full: (shape, value) => fill(shape, () => value),
    labels: (rows, classes) => ({ shape: [rows], values: Int32Array.from({ length: rows }, () => Math.floor(next() * classes)) }),
  };
};

const he = (inputs) => Math.sqrt(2 / inputs);

const linearClassifier = (seed) => {
  const { normal, full, labels } = makers(seed);
  return {
    params: { w: normal([3072, 10], 0.01), b: full([10], 0) },
    data: { x: normal([256, 3072]), y: labels(256, 10) },
    settings: { optimizer: "sgd", lr: 1e-2, l2: 1e-3 },
  };
};

const product = (n) => () => {
  const { normal } = makers(600 + n);
  return { params: { a: normal([n, n], 1 / Math.sqrt(n)), b: normal([n, n]) }, data: { g: normal([n, n]) }, settings: { optimizer: "none" } };
};

/** By id: a function that makes `{ params, data, settings }`. */
export const workloads = {
  W1: () => {
    const scalar = (value) => ({ shape: [], values: Float32Array.of(value) });
    const params = { w0: scalar(2), x0: scalar(-1), w1: scalar(-3), x1: scalar(-2), w2: scalar(-3) };
    return { params, data: {}, settings: { optimizer: "sgd", lr: 1e-2 } };
  },
  W2: () => linearClassifier(2),
  W3: () => linearClassifier(3),
  W4: () => {
    const { normal, full, uniform, labels } = makers(4);
    const sizes = [784, 512, 256, 10];
    const params = {};
    for (let i = 0; i < 3; i++) {
      params[`w${i + 1}`] = normal([sizes[i], sizes[i + 1]], he(sizes[i]));
      params[`b${i + 1}`] = full([sizes[i + 1]], 0);
    }
    return { params, data: { x: uniform([128, 784]), y: labels(128, 10) }, settings: { optimizer: "adam", lr: 1e-3 } };
  },
  W5: () => {
    const { normal, full, uniform, labels } = makers(5);
    return {
      params: {
        k1: normal([16, 1, 3, 3], he(9)), c1: full([16], 0),
        k2: normal([32, 16, 3, 3], he(144)), c2: full([32], 0),
        w: normal([1568, 10], he(1568)), b: full([10], 0),
      },
      data: { x: uniform([64, 1, 28, 28]), y: labels(64, 10) },
      settings: { optimizer: "momentum", lr: 1e-2, mu: 0.9 },
    };
  },
  "W6-512": product(512),
  "W6-1024": product(1024),
  W7: () => {
    const { normal, full } = makers(7);
    const d = 128;
    return {
      params: {
        g1: full([d], 1), s1: full([d], 0), wqkv: normal([d, 3 * d], 0.05), bqkv: full([3 * d], 0), wo: normal([d, d], 0.05), bo: full([d], 0),
        g2: full([d], 1), s2: full([d], 0), w1: normal([d, 4 * d], 0.05), b1: full([4 * d], 0), w2: normal([4 * d, d], 0.05), b2: full([d], 0),
      },
      data: { x: normal([8, 64, d]), target: normal([8, 64, d]) },
      settings: { optimizer: "sgd", lr: 1e-1, heads: 4 },
    };
  },
};
