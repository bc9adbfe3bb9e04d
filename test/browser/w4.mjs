/** Trains the multi-layer net of the bench (784-512-256-10, batch 128, Adam), the same in Node, in a page and in its workers. */
import { compile, setThreads, tensor, threads, valueAndGrad } from "../../dist/index.js";
import { adam } from "../../dist/optim.js";

/** Exact numbers in [-1, 1), the same in every runtime. */
const numbers = (seed) => {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) / 2 ** 31;
};

const filled = (next, shape, scale) => tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => scale * next()), { shape });

const dense = (x, w, b) => x.matmul(w).add(b);

/** FNV-1a over the words of all numbers. */
const hashOf = (tensors) => {
  let hash = 0x811c9dc5;
  for (const each of tensors) for (const word of new Uint32Array(each.dataSync().slice().buffer)) hash = Math.imul(hash ^ word, 0x01000193);
  return (hash >>> 0).toString(16);
};

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

/** Six steps on as many threads as there are when each begins, then their rate once all are ready. */
export const train = async (count) => {
  setThreads(count);
  const next = numbers(1);
  const sizes = [784, 512, 256, 10];
  let params = {};
  for (let i = 0; i < 3; i++) {
    params[`w${i}`] = filled(next, [sizes[i], sizes[i + 1]], Math.sqrt(6 / sizes[i]));
    params[`b${i}`] = filled(next, [sizes[i + 1]], 0);
  }
  const x = filled(next, [128, 784], 1);
  const y = tensor(Int32Array.from({ length: 128 }, (_, i) => (i * 7) % 10));
  const optimizer = adam({ lr: 1e-3 });
  let state = optimizer.init(params);
  const loss = (p) => dense(dense(dense(x, p.w0, p.b0).relu(), p.w1, p.b1).relu(), p.w2, p.b2).softmaxCrossEntropy(y).mean();
  const whole = compile(
    (p, s) => {
      const { value, grad } = valueAndGrad(loss)(p);
      return { value, ...optimizer.update(p, grad, s) };
    },
    { donate: [0, 1] },
  );
  const step = () => {
    const result = whole(params, state);
    [params, state] = [result.params, result.state];
    return result.value.itemSync();
  };
  const losses = [];
  for (let i = 0; i < 6; i++) {
    losses.push(step());
    // In a page workers start while the script that wants them pauses.
    for (let wait = 0; i === 2 && wait < 400 && threads().ready < count && threads().why === undefined; wait++) await new Promise((go) => setTimeout(go, 10));
  }
  const hash = hashOf(Object.values(params));
  // The first of these steps may still be made faster by the runtime's compiler: the median leaves them out.
  const times = [];
  for (let began = performance.now(), last = began; last - began < 800; ) {
    step();
    times.push(-last + (last = performance.now()));
  }
  return { losses, hash, milliseconds: median(times), threads: threads() };
};
