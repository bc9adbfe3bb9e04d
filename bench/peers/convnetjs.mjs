/** ConvNetJS: example by example through its net; its trainer knows no Adam, so the update is written here. */
import convnet from "convnetjs";

const image = (values, at, [channels, height, width]) => {
  const vol = new convnet.Vol(width, height, channels, 0);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) vol.set(x, y, c, values[at + (c * height + y) * width + x]);
    }
  }
  return vol;
};

/** For each of its parameter lists, in order: which of ours it is, and where each of its numbers stands in ours. */
const matrix = (name, [inputs, outputs], order = (k) => k) =>
  Array.from({ length: outputs }, (_, j) => ({ name, places: Array.from({ length: inputs }, (__, k) => order(k) * outputs + j) }));
const bias = (name, [n]) => [{ name, places: Array.from({ length: n }, (_, i) => i) }];
const filters = (name, [out, channels, height, width]) =>
  Array.from({ length: out }, (_, o) => ({
    name,
    // Its volumes hold all channels of a pixel together.
    places: Array.from({ length: height * width * channels }, (__, i) => {
      const [pixel, c] = [Math.floor(i / channels), i % channels];
      return ((o * channels + c) * height + Math.floor(pixel / width)) * width + (pixel % width);
    }),
  }));

const rules = {
  sgd: ({ lr }) => (state, i, g) => -lr * g,
  momentum: ({ lr, mu }) => (state, i, g) => (state.v[i] = mu * state.v[i] - lr * g),
  adam: ({ lr }) => (state, i, g, t) => {
    state.m[i] = 0.9 * state.m[i] + 0.1 * g;
    state.v[i] = 0.999 * state.v[i] + 0.001 * g * g;
    return (-lr * (state.m[i] / (1 - 0.9 ** t))) / (Math.sqrt(state.v[i] / (1 - 0.999 ** t)) + 1e-8);
  },
};

const training = (layers, listsOf, { constant = 0 } = {}) => ({ params, data, settings }) => {
  const net = new convnet.Net();
  net.makeLayers(layers);
  const lists = listsOf(params);
  const pairs = () => net.getParamsAndGrads();
  pairs().forEach(({ params: theirs }, i) => lists[i].places.forEach((at, k) => (theirs[k] = params[lists[i].name].values[at])));
  const rows = data.x.shape[0];
  const shape = data.x.shape.length === 2 ? [data.x.shape[1], 1, 1] : data.x.shape.slice(1);
  const size = shape.reduce((a, b) => a * b, 1);
  const inputs = Array.from({ length: rows }, (_, i) => image(data.x.values, i * size, shape));
  const l2 = settings.l2 ?? 0;
  const backward = () => {
    let loss = 0;
    for (const { grads } of pairs()) grads.fill(0);
    for (let i = 0; i < rows; i++) {
      net.forward(inputs[i], true);
      loss += net.backward(data.y.values[i]) - constant;
    }
    let squares = 0;
    pairs().forEach(({ params: p, grads }, list) => {
      const decay = lists[list].name.startsWith("w") ? l2 : 0;
      for (let k = 0; k < p.length; k++) {
        squares += decay * p[k] * p[k];
        grads[k] = grads[k] / rows + decay * p[k];
      }
    });
    return loss / rows + squares / 2;
  };
  const rule = rules[settings.optimizer](settings);
  const states = pairs().map(({ params: p }) => ({ m: new Float64Array(p.length), v: new Float64Array(p.length) }));
  let steps = 0;
  return {
    gradients: () => {
      backward();
      const result = Object.fromEntries(Object.entries(params).map(([name, { values }]) => [name, new Float64Array(values.length)]));
      pairs().forEach(({ grads }, i) => lists[i].places.forEach((at, k) => (result[lists[i].name][at] = grads[k])));
      return result;
    },
    step: () => {
      const loss = backward();
      steps++;
      pairs().forEach(({ params: p, grads }, i) => {
        for (let k = 0; k < p.length; k++) p[k] += rule(states[i], k, grads[k], steps);
      });
      return loss;
    },
  };
};

const flat = (inputs) => ({ type: "input", out_sx: 1, out_sy: 1, out_depth: inputs });
const linear = ({ w, b }) => [...matrix("w", w.shape), ...bias("b", b.shape)];

export default {
  W2: training([flat(3072), { type: "softmax", num_classes: 10 }], linear),
  // Its margin counts the right class too, which adds 1 to every loss.
  W3: training([flat(3072), { type: "svm", num_classes: 10 }], linear, { constant: 1 }),
  W4: training(
    [flat(784), { type: "fc", num_neurons: 512, activation: "relu" }, { type: "fc", num_neurons: 256, activation: "relu" }, { type: "softmax", num_classes: 10 }],
    (p) => [1, 2, 3].flatMap((i) => [...matrix(`w${i}`, p[`w${i}`].shape), ...bias(`b${i}`, p[`b${i}`].shape)]),
  ),
  W5: training(
    [
      { type: "input", out_sx: 28, out_sy: 28, out_depth: 1 },
      { type: "conv", sx: 3, filters: 16, stride: 1, pad: 1, activation: "relu" },
      { type: "pool", sx: 2, stride: 2 },
      { type: "conv", sx: 3, filters: 32, stride: 1, pad: 1, activation: "relu" },
      { type: "pool", sx: 2, stride: 2 },
      { type: "softmax", num_classes: 10 },
    ],
    (p) => [
      ...filters("k1", p.k1.shape), ...bias("c1", p.c1.shape),
      ...filters("k2", p.k2.shape), ...bias("c2", p.c2.shape),
      ...matrix("w", p.w.shape, (k) => (k % 32) * 49 + Math.floor(k / 32)), ...bias("b", p.b.shape),
    ],
  ),
};
