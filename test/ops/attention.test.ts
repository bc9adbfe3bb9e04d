/** Attention against plain loops, with and without a mask; softmax along any axis. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { attention, Diagnostic, grads, key, normal, tensor, zeros, type Nested, type Tensor } from "../../src/api/index.ts";
import { causalMask } from "../../src/nn/index.ts";

type Matrix = readonly (readonly number[])[];
const matrix = (x: Tensor): Matrix => x.toArraySync() as unknown as Matrix;

const softmaxLoop = (scores: readonly number[]): number[] => {
  const top = Math.max(...scores);
  const total = scores.reduce((sum, s) => sum + Math.exp(s - top), 0);
  return top === -Infinity ? scores.map(() => 0) : scores.map((s) => Math.exp(s - top) / total);
};

const loop = (q: Matrix, k: Matrix, v: Matrix, width: number, mask?: readonly (readonly boolean[])[]): number[][] =>
  q.map((query, i) => {
    const scores = k.map((each, j) => (mask && !mask[i]![j] ? -Infinity : each.reduce((sum, x, c) => sum + x * query[c]!, 0) / Math.sqrt(query.length)));
    const weights = softmaxLoop(scores);
    return Array.from({ length: width }, (_, c) => weights.reduce((sum, w, j) => sum + w * v[j]![c]!, 0));
  });

const close = (a: Tensor, expected: Matrix, what: string): void => {
  const flat = expected.flat();
  assert.equal(a.size, flat.length, what);
  a.dataSync().forEach((x: number, i: number) => assert.ok(Math.abs(x - flat[i]!) < 1e-12, `${what}: ${x} and ${flat[i]}`));
};

const n = fc.integer({ min: 0, max: 4 });

test("attention is the plain loop, masked or not, also of no queries and no keys", () => {
  fc.assert(
    fc.property(n, n, fc.integer({ min: 1, max: 4 }), n, fc.integer({ min: 0, max: 1e6 }), (queries, keys, size, width, seed) => {
      const [q, k, v] = [[queries, size], [keys, size], [keys, width]].map((shape, i) => normal(key(seed + i), shape).realize()) as [Tensor, Tensor, Tensor];
      close(attention(q, k, v), loop(matrix(q), matrix(k), matrix(v), width), "open");
      const mask = normal(key(seed + 3), [queries, keys]).gt(0);
      close(attention(q, k, v, mask), loop(matrix(q), matrix(k), matrix(v), width, mask.toArraySync() as unknown as boolean[][]), "masked");
    }),
  );
});

test("leading axes broadcast, and each example has its own result", () => {
  const [q, k, v] = [[2, 3, 4, 5], [3, 6, 5], [6, 2]].map((shape, i) => normal(key(i), shape).realize()) as [Tensor, Tensor, Tensor];
  const y = attention(q, k, v);
  assert.deepEqual(y.shape, [2, 3, 4, 2]);
  close(y.slice([1, 2]), loop(matrix(q.slice([1, 2])), matrix(k.slice([2])), matrix(v), 2), "one example");
});

test("a causal mask lets nothing through from later places, and no gradient back", () => {
  const [q, k, v] = [0, 1, 2].map((i) => normal(key(i), [4, 3]).realize()) as [Tensor, Tensor, Tensor];
  const first = (k: Tensor, v: Tensor): Tensor => attention(q, k, v, causalMask(4)).slice([[0, 2]]).sin().sum();
  for (const g of grads(first)(k, v)) {
    assert.deepEqual(g.slice([[2, 4]]).toArraySync(), [[0, 0, 0], [0, 0, 0]]);
  }
  close(attention(q, k, v, causalMask(4)).slice([[0, 1]]), matrix(v.slice([[0, 1]])), "the first place sees itself alone");
});

test("a query that may look nowhere gets 0, and all gradients stay finite", () => {
  const [q, k, v] = [0, 1, 2].map((i) => normal(key(i), [2, 2])) as [Tensor, Tensor, Tensor];
  const mask = [[false, false], [true, false]];
  assert.deepEqual(matrix(attention(q, k, v, mask))[0], [0, 0]);
  const found = grads((q: Tensor, k: Tensor, v: Tensor) => attention(q, k, v, mask).sq().sum())(q, k, v);
  for (const g of found) assert.ok(g.dataSync().every(Number.isFinite));
  assert.deepEqual(matrix(found[0])[0], [0, 0]);
  const large = attention(q.mul(1e4), k.mul(1e4), v);
  assert.ok(large.dataSync().every(Number.isFinite), "large scores do not overflow");
});

test("wrong shapes and masks are said with all shapes", () => {
  const fails = (f: () => unknown, code: string, ...words: string[]): void => {
    assert.throws(f, (error) => error instanceof Diagnostic && error.code === code && words.every((word) => error.message.includes(word)), code);
  };
  const x = zeros([4, 3]);
  fails(() => attention(x, zeros([4, 2]), x), "attention-shapes", "[4, 3]", "[4, 2]");
  fails(() => attention(x, x, zeros([5, 3])), "attention-shapes", "4 keys", "5 values");
  fails(() => attention(zeros([3]), x, x), "attention-shapes", "[3]", "reshape");
  fails(() => attention(x, x, x, zeros([4, 4])), "bad-mask", "float64", "mask.gt(0)");
  fails(() => attention(x, x, x, causalMask(3)), "attention-shapes", "[3, 3]", "[4, 4]");
  fails(() => attention(x, x, x, zeros([2, 4, 4]).gt(0)), "attention-shapes", "[2, 4, 4]");
  fails(() => (attention as (...x: Tensor[]) => Tensor)(x, x), "operand-count", "2");
});

test("softmax and its logarithm along any axis", () => {
  const x = normal(key(5), [2, 3, 4]).realize();
  for (const axis of [0, 1, 2, -1, -3]) {
    const at = (axis + 3) % 3;
    const order = [0, 1, 2].filter((i) => i !== at).concat(at);
    const back = [0, 1, 2].map((i) => order.indexOf(i));
    const moved = (f: (x: Tensor) => Tensor): Nested => f(x.transpose(order)).transpose(back).toArraySync();
    assert.deepEqual(x.softmax({ axis }).toArraySync(), moved((x) => x.softmax()));
    assert.deepEqual(x.logSoftmax({ axis }).toArraySync(), moved((x) => x.logSoftmax()));
    x.softmax({ axis }).sum({ axes: axis }).dataSync().forEach((sum: number) => assert.ok(Math.abs(sum - 1) < 1e-14));
  }
  assert.deepEqual(tensor([[1000, 0], [0, 0]]).softmax({ axis: 0 }).toArraySync(), [[1, 0.5], [0, 0.5]]);
  assert.throws(() => x.softmax({ axis: 3 }), { code: "axis-out-of-range" });
  assert.throws(() => x.softmax({ axes: 0 } as never), { code: "bad-options" });
  assert.throws(() => tensor(3).softmax(), { code: "needs-axis" });
});
