/** Convolution and pooling against plain loops, over random shapes, strides, paddings and zero sizes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { avgPool2d, conv2d, Diagnostic, key, maxPool2d, normal, tensor, vjp, vmap, windows, zeros, type Tensor } from "../../src/api/index.ts";
import { checkGradients } from "../../src/check/index.ts";

type Pair = readonly [number, number];

/** The numbers of a tensor of four axes, by index; 0 and no place outside. */
const at4 = (x: Tensor) => {
  const [, c, h, w] = x.shape as readonly [number, number, number, number];
  const values = x.dataSync();
  const place = (n: number, i: number, y: number, z: number): number => (y < 0 || y >= h || z < 0 || z >= w ? -1 : ((n * c + i) * h + y) * w + z);
  return { place, get: (n: number, i: number, y: number, z: number): number => (place(n, i, y, z) < 0 ? 0 : values[place(n, i, y, z)]!) };
};

const each = (shape: readonly number[], visit: (at: readonly number[]) => void, at: readonly number[] = []): void => {
  if (at.length === shape.length) return visit(at);
  for (let i = 0; i < shape[at.length]!; i++) each(shape, visit, [...at, i]);
};

const rowsOf = (size: number, window: number, stride: number, padding: number): number => Math.floor((size + 2 * padding - window) / stride) + 1;

const close = (a: Tensor, shape: readonly number[], expected: ArrayLike<number>, what: string): void => {
  assert.deepEqual(a.shape, shape, what);
  a.dataSync().forEach((v: number, i: number) => assert.ok(v === expected[i] || Math.abs(v - expected[i]!) <= 1e-12 * Math.max(1, Math.abs(v)), `${what}: ${v} and ${expected[i]} at ${i}`));
};

const small = (most: number) => fc.integer({ min: 0, max: most });
const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
/** Images and a window that fits into them. */
const slid = fc
  .record({ batch: small(2), channels: small(3), size: pair(0, 6), window: pair(1, 4), stride: pair(1, 3), padding: pair(0, 2), seed: small(1e6) })
  .filter(({ size, window, padding }) => size.every((n, i) => n + 2 * padding[i]! >= window[i]!));

test("conv2d and both its gradients are the plain loops", () => {
  fc.assert(
    fc.property(slid, small(3), ({ batch, channels, size, window, stride, padding, seed }, out) => {
      const x = normal(key(seed), [batch, channels, ...size]).realize();
      const kernel = normal(key(seed + 1), [out, channels, ...window]).realize();
      const shape = [batch, out, rowsOf(size[0], window[0], stride[0], padding[0]), rowsOf(size[1], window[1], stride[1], padding[1])];
      const g = normal(key(seed + 2), shape).realize();
      const [image, filter, up] = [at4(x), at4(kernel), at4(g)];
      const [y, dx, dk] = [shape, x.shape, kernel.shape].map((s) => new Float64Array(s.reduce((a: number, b: number) => a * b, 1)));
      each([...shape, channels, ...window], ([n, o, i, j, c, u, v]) => {
        const [p, q] = [i! * stride[0] + u! - padding[0], j! * stride[1] + v! - padding[1]];
        y![up.place(n!, o!, i!, j!)]! += image.get(n!, c!, p, q) * filter.get(o!, c!, u!, v!);
        dk![filter.place(o!, c!, u!, v!)]! += image.get(n!, c!, p, q) * up.get(n!, o!, i!, j!);
        const to = image.place(n!, c!, p, q);
        if (to >= 0) dx![to]! += filter.get(o!, c!, u!, v!) * up.get(n!, o!, i!, j!);
      });
      const { value, pullback } = vjp((x: Tensor, k: Tensor) => conv2d(x, k, { stride, padding }))(x, kernel);
      close(value, shape, y!, "value");
      const [gx, gk] = pullback(g);
      close(gx, x.shape, dx!, "dx");
      close(gk, kernel.shape, dk!, "dkernel");
    }),
    { numRuns: 150 },
  );
});

/** One channel's windows: the places in x that each sees. */
const poolLoop = (x: Tensor, g: Tensor, window: Pair, stride: Pair, padding: Pair, visit: (seen: readonly number[], to: number, up: number) => void): void => {
  const [image, up] = [at4(x), at4(g)];
  each(g.shape, ([n, c, i, j]) => {
    const seen: number[] = [];
    each(window, ([u, v]) => {
      const place = image.place(n!, c!, i! * stride[0] + u! - padding[0], j! * stride[1] + v! - padding[1]);
      if (place >= 0) seen.push(place);
    });
    visit(seen, up.place(n!, c!, i!, j!), up.get(n!, c!, i!, j!));
  });
};

test("pools and their gradients are the plain loops, ties shared evenly, zeros of the padding counted in means alone", () => {
  fc.assert(
    fc.property(slid, fc.boolean(), ({ batch, channels, size, window, stride, padding: wide, seed }, tied) => {
      const padding = wide.map((n, i) => Math.min(n, window[i]! - 1)) as unknown as Pair;
      fc.pre(size.every((n, i) => n + 2 * padding[i]! >= window[i]!));
      const drawn = normal(key(seed), [batch, channels, ...size]);
      // Few different numbers, so that many windows have two largest.
      const x = (tied ? drawn.cast("int32").cast("float64") : drawn).realize();
      const shape = [batch, channels, rowsOf(size[0], window[0], stride[0], padding[0]), rowsOf(size[1], window[1], stride[1], padding[1])];
      const g = normal(key(seed + 2), shape).realize();
      const values = x.dataSync();
      const [most, mean] = [new Float64Array(g.size), new Float64Array(g.size)];
      const [dMost, dMean] = [new Float64Array(x.size), new Float64Array(x.size)];
      poolLoop(x, g, window, stride, padding, (seen, to, up) => {
        most[to] = Math.max(...seen.map((place) => values[place]!));
        mean[to] = seen.reduce((sum, place) => sum + values[place]!, 0) / (window[0] * window[1]);
        const winners = seen.filter((place) => values[place] === most[to]);
        for (const place of winners) dMost[place]! += up / winners.length;
        for (const place of seen) dMean[place]! += up / (window[0] * window[1]);
      });
      for (const [pool, value, back] of [[maxPool2d, most, dMost], [avgPool2d, mean, dMean]] as const) {
        const found = vjp((x: Tensor) => pool(x, window, { stride, padding }))(x);
        close(found.value, shape, value, "value");
        close(found.pullback(g)[0], x.shape, back, "dx");
      }
    }),
    { numRuns: 150 },
  );
});

test("defaults: a convolution moves by 1 without padding, pools by the size of their window", () => {
  const x = tensor(Float64Array.from({ length: 16 }, (_, i) => i), { shape: [1, 1, 4, 4] });
  assert.deepEqual(x.conv2d(tensor([[[[1, 0], [0, -1]]]])).toArraySync(), [[[[-5, -5, -5], [-5, -5, -5], [-5, -5, -5]]]]);
  assert.deepEqual(x.maxPool2d(2).toArraySync(), [[[[5, 7], [13, 15]]]]);
  assert.deepEqual(x.avgPool2d([4, 2]).toArraySync(), [[[[6.5, 8.5]]]]);
  assert.deepEqual(x.maxPool2d(3).shape, [1, 1, 1, 1], "what is left over is not read");
  assert.deepEqual(tensor(0).sub(x).maxPool2d(2, { padding: 1 }).toArraySync(), [[[[0, -1, -3], [-4, -5, -7], [-12, -13, -15]]]], "padding never wins");
  assert.deepEqual(x.avgPool2d(2, { padding: 1 }).toArraySync(), [[[[0, 0.75, 0.75], [3, 7.5, 4.5], [3, 6.75, 3.75]]]]);
  assert.ok(Number.isNaN((maxPool2d([[[[1, NaN], [2, 3]]]], 2).toArraySync() as number[][][][])[0]![0]![0]![0]!));
});

test("windows over any number of axes", () => {
  assert.deepEqual(windows([1, 2, 3, 4], [2]).toArraySync(), [[1, 2], [2, 3], [3, 4]]);
  assert.deepEqual(windows([[1, 2, 3]], [2], { padding: 1, stride: 2 }).toArraySync(), [[[0, 1], [2, 3]]]);
  assert.deepEqual(windows(zeros([2, 3, 4, 5]), [3, 2, 2], { stride: [1, 2, 3] }).shape, [2, 1, 2, 2, 3, 2, 2]);
  assert.deepEqual(windows(tensor([1, 2]), []).toArraySync(), [1, 2]);
  assert.equal(windows(tensor(Int32Array.of(1, 2, 3)), [2]).dtype, "int32");
});

test("a small convolutional net: all gradients are the measured ones, and examples may be mapped", () => {
  const net = { k1: normal(key(1), [2, 1, 3, 3]), k2: normal(key(2), [2, 2, 2, 2]) };
  const x = normal(key(3), [2, 1, 6, 6]).realize();
  const f = (n: typeof net, x: Tensor): Tensor => avgPool2d(conv2d(maxPool2d(conv2d(x, n.k1, { padding: 1 }).tanh(), 2), n.k2), 2).sin().sum();
  const check = checkGradients(f, [net, x], { samples: 20 });
  assert.equal(check.verdict, "good", check.text);
  const one = (image: Tensor): Tensor => f(net, image.reshape([1, 1, 6, 6]));
  close(vmap(one)(x).sum(), [], [f(net, x).itemSync()], "mapped");
  assert.equal(conv2d(x.cast("float32"), net.k1.cast("float32")).dtype, "float32");
});

test("what does not fit is said with the shapes, and what to write instead", () => {
  const x = zeros([8, 3, 5, 5]);
  const fails = (f: () => unknown, code: string, ...words: string[]): void => {
    assert.throws(f, (error) => {
      assert.ok(error instanceof Diagnostic, String(error));
      assert.equal(error.code, code, error.message);
      assert.ok(error.help);
      for (const word of words) assert.ok(error.message.includes(word), `${error.message} does not mention ${word}`);
      return true;
    });
  };
  fails(() => conv2d(x, zeros([16, 1, 3, 3])), "conv-shapes", "[8, 3, 5, 5]", "3 channels", "[16, 1, 3, 3] reads 1", "[16, 3, 3, 3]");
  fails(() => conv2d(x, zeros([3, 16, 3, 3])), "conv-shapes", "transpose([1, 0, 2, 3])");
  fails(() => conv2d(x, zeros([3, 3])), "conv-shapes", "[3, 3]", "[out, in, height, width]");
  fails(() => conv2d(zeros([28, 28]), zeros([1, 1, 3, 3])), "not-images", "[28, 28]", "x.reshape([1, 1, 28, 28])");
  fails(() => conv2d(zeros([2, 8, 3, 5, 5]), zeros([1, 3, 3, 3])), "not-images", "vmap");
  fails(() => conv2d(x, zeros([1, 3, 7, 3])), "window-too-large", "7 x 3", "[8, 3, 5, 5]", "axis 2 has 5", "padding of 1");
  fails(() => conv2d(x, zeros([1, 3, 9, 9]), { padding: 1 }), "window-too-large", "has 7 with the padding of 1", "at most 7", "padding of 2");
  fails(() => conv2d(x, zeros([1, 3, 0, 3])), "bad-window", "[0, 3]");
  for (const stride of [0, -1, 1.5, NaN, "2", [1], [1, 2, 3], [1, 0]]) fails(() => conv2d(x, zeros([1, 3, 3, 3]), { stride } as never), "bad-stride", String(Array.isArray(stride) ? stride[0] : stride));
  for (const padding of [-1, 0.5, [1], "same"]) fails(() => conv2d(x, zeros([1, 3, 3, 3]), { padding } as never), "bad-padding", "whole number, 0 or more");
  fails(() => conv2d(x, zeros([1, 3, 3, 3]), { dilation: 2 } as never), "bad-options", "dilation");
  fails(() => maxPool2d(x, 6), "window-too-large", "6 x 6", "[8, 3, 5, 5]");
  fails(() => maxPool2d(x, 0), "bad-window", "0");
  fails(() => maxPool2d(x, 2, { padding: 2 }), "bad-padding", "padding of 2", "2 x 2", "below 2");
  fails(() => avgPool2d(zeros([5, 5]), 2), "not-images", "x.reshape([1, 1, 5, 5])");
  fails(() => windows([1, 2], [2, 2]), "bad-window", "2 sizes", "[2]");
  fails(() => windows([1, 2], 2 as never), "not-a-list");
});
