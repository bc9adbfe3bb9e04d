import assert from "node:assert/strict";
import { test } from "node:test";
import { bernoulli, Diagnostic, key, normal, permutation, split, tensor, uniform } from "../../src/api/index.ts";
import { threefry } from "../../src/ops/entries/random.ts";

test("threefry gives the published numbers of Threefry-2x32-20", () => {
  assert.equal(threefry(0, 0, 0, 0), 0x6b200159);
  assert.equal(threefry(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff), 0x1cb996fc);
  assert.equal(threefry(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3), 0xc4923a9c);
});

test("the same key gives the same numbers, other keys others", () => {
  const draw = (seed: number) => [...normal(key(seed), [50]).dataSync()];
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  assert.notDeepEqual(draw(1), draw(2 ** 32 + 1), "seeds above 32 bits count");
  const keys = split(key(1), 3).map((k) => [...k.dataSync()].join());
  assert.equal(new Set([...keys, [...key(1).dataSync()].join()]).size, 4);
});

test("the numbers are distributed as they should be", () => {
  const n = 40_000;
  const moments = (values: ArrayLike<number>) => {
    const list = Array.from(values);
    const mean = list.reduce((a, b) => a + b, 0) / n;
    return { mean, variance: list.reduce((a, b) => a + (b - mean) ** 2, 0) / n };
  };
  const u = uniform(key(3), [n]).dataSync();
  assert.ok(u.every((x: number) => x >= 0 && x < 1));
  assert.ok(Math.abs(moments(u).mean - 0.5) < 0.01 && Math.abs(moments(u).variance - 1 / 12) < 0.003);
  const z = moments(normal(key(4), [n], { mean: 2, deviation: 3 }).dataSync());
  assert.ok(Math.abs(z.mean - 2) < 0.06 && Math.abs(z.variance - 9) < 0.3);
  const single = uniform(key(5), [n], { dtype: "float32", low: -1, high: 1 }).dataSync();
  assert.ok(single.every((x: number) => x >= -1 && x < 1));
  const share = bernoulli(key(6), 0.3, [n]).cast("float64").mean().itemSync();
  assert.ok(Math.abs(share - 0.3) < 0.01);
});

test("a permutation holds each index once", () => {
  const order = [...permutation(key(9), 100).dataSync()];
  assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i));
  assert.notDeepEqual(order, [...order].sort((a, b) => a - b));
  assert.deepEqual([...permutation(key(9), 0).dataSync()], []);
});

test("what is not a seed or a key is said", () => {
  assert.throws(() => key(-1), (e) => e instanceof Diagnostic && e.code === "bad-seed");
  assert.throws(() => key(0.5), (e) => e instanceof Diagnostic && e.code === "bad-seed");
  assert.throws(() => normal(tensor([1, 2]), [3]), (e) => e instanceof Diagnostic && e.code === "not-a-key");
});
