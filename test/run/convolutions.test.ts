/** Convolutions on the engine, forward and backward, against the interpreter: any shape, stride, dilation and border. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { builder } from "../../src/api/builder.ts";
import { lowered, planned, program } from "../../src/api/engine.ts";
import { Draw } from "../../src/check/draw.ts";
import { type Convolution, type ConvolutionPart, resultSize } from "../../src/ir/convolution.ts";
import { allocate, type DType, type Value } from "../../src/ir/dtype.ts";
import type { ConvolutionKernel } from "../../src/ir/kernel.ts";
import type { Node } from "../../src/ir/node.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import { contract } from "../../src/ops/forms/contract.ts";
import { read } from "../../src/ops/forms/read.ts";
import { input } from "../../src/ops/forms/source.ts";
import { reshape, transpose } from "../../src/ops/forms/view.ts";
import * as table from "../../src/ops/table.ts";
import { differentiate } from "../../src/passes/differentiate.ts";
import { interpret } from "../../src/run/interpret.ts";
import { assertClose, numbersOf } from "./close.ts";

const { add, conv2d, mul, relu, maxPool2d, sq, sum, windows } = table;

type Kind = (draw: Draw) => number;
const normal: Kind = (draw) => draw.normal();
const strange: Kind = (draw) => (draw.below(40) === 0 ? [NaN, Infinity, -Infinity, -0][draw.below(4)]! : draw.normal());

const valueOf = (node: Node, draw: Draw, kind: Kind): Value => {
  const values = allocate(node.dtype, sizeOf(node.shape));
  for (let i = 0; i < values.length; i++) values[i] = kind(draw);
  return values;
};

const gradientsOf = (out: Node, upstream: Node, wanted: readonly Node[]): Node[] => {
  const { of } = differentiate(new Map([[out, upstream]]), wanted, builder);
  return wanted.map((node) => of.get(node)!);
};

/** Runs the roots on the engine and compares; the parts of convolutions that its program computes. */
const compare = (roots: readonly Node[], inputs: readonly (readonly [Node, Kind])[], seed: number, what: string): readonly ConvolutionPart[] => {
  const draw = new Draw(11, seed);
  const feeds = new Map(inputs.map(([node, kind]) => [node, valueOf(node, draw, kind)]));
  const wanted = interpret(roots, feeds);
  const nodes = inputs.map(([node]) => node);
  const got = program(roots, nodes)!.run(nodes.map((node) => feeds.get(node)!));
  roots.forEach((root, i) => assertClose(numbersOf(got[i]!, root), wanted[i]!, root, `${what}, root ${i}`, root.dtype === "float32" ? 1e-4 : 1e-10));
  const { kernels } = planned(lowered(roots));
  return kernels.filter((kernel): kernel is ConvolutionKernel => kernel.kind === "convolution").map(({ part }) => part);
};

const pair = (min: number, max: number): fc.Arbitrary<readonly [number, number]> => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

const shape: fc.Arbitrary<Convolution & { readonly examples: number }> = fc
  .record({
    examples: fc.integer({ min: 1, max: 11 }),
    channels: fc.integer({ min: 1, max: 6 }),
    filters: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 19 }),
    kernel: pair(1, 4),
    stride: pair(1, 3),
    dilation: pair(1, 2),
    padding: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 3 }))) as fc.Arbitrary<[number, number, number, number]>,
  })
  .filter((c) => resultSize(c).every((n) => n > 0));

/** The windows of images, with a dilation and borders of any widths, as one read. */
const windowsOf = (x: Node, c: Convolution): Node => {
  const [lines, columns] = resultSize(c);
  const unit = (j: number, by = 1): number[] => [0, 0, 0, 0, 0, 0].map((_, k) => (k === j ? by : 0));
  const slide = (axis: 0 | 1, before: number) => ({ offset: -before, coef: unit(2 + axis, c.stride[axis]).map((v, k) => (k === 4 + axis ? c.dilation[axis] : v)) });
  const rows = [{ offset: 0, coef: unit(0) }, { offset: 0, coef: unit(1) }, slide(0, c.padding[0]), slide(1, c.padding[2])];
  return read(x, { from: x.shape, to: [x.shape[0]!, c.channels, lines, columns, ...c.kernel], rows, fill: 0, kind: "windows" });
};

for (const dtype of ["float32", "float64"] as const satisfies readonly DType[]) {
  test(`${dtype}: results, and the gradients of images and weights, are the interpreter's`, () => {
    const seen = new Set<ConvolutionPart>();
    fc.assert(
      fc.property(shape, fc.nat(), fc.boolean(), (c, seed, odd) => {
        const x = input([c.examples, c.channels, c.height, c.width], dtype, "x");
        const w = input([c.filters, c.channels, ...c.kernel], dtype, "w");
        const out = contract(windowsOf(x, c), w, { a: "ncijhw", b: "ochw", out: "noij" });
        const g = input(out.shape, dtype, "g");
        const some = odd ? strange : normal;
        for (const part of compare([out, ...gradientsOf(out, g, [x, w])], [[x, some], [w, some], [g, some]], seed, JSON.stringify(c))) seen.add(part);
      }),
      {
        numRuns: 80,
        // What once was wrong: the first row lies in the border, and before the first byte of the memory.
        examples: [[{ examples: 1, channels: 1, filters: 1, height: 5, width: 9, kernel: [4, 1], stride: [1, 2], dilation: [2, 2], padding: [2, 0, 0, 0] }, 0, false]],
      },
    );
    assert.deepEqual([...seen].sort(), ["images", "results", "weights"]);
  });
}

test("gradients of gradients are convolutions too", () => {
  const x = input([3, 4, 7, 9], "float64", "x");
  const w = input([5, 4, 3, 3], "float64", "w");
  for (const stride of [1, 2]) {
    const loss = sum(sq(conv2d(x, w, { padding: 1, stride })));
    const one = input([], "float64", "one");
    const first = gradientsOf(loss, one, [x, w]);
    const total = add(sum(sq(first[0]!)), sum(sq(first[1]!)));
    const parts = compare([total, ...gradientsOf(total, one, [x, w])], [[x, normal], [w, normal], [one, () => 1]], stride, `stride ${stride}`);
    assert.ok(parts.length >= 6, `stride ${stride}: ${parts.join(", ")}`);
  }
});

test("images with their channels last, in one dimension, and under another axis of examples", () => {
  const last = input([2, 8, 9, 3], "float32", "last");
  const w = input([6, 3, 3, 3], "float32", "w");
  const turned = conv2d(transpose(last, [0, 3, 1, 2]), w, { padding: 1 });
  assert.deepEqual(compare([transpose(turned, [0, 2, 3, 1])], [[last, normal], [w, normal]], 1, "channels last"), ["results"]);
  const line = input([2, 3, 50], "float32", "line");
  const v = input([6, 3, 5], "float32", "v");
  const filtered = contract(windows(line, [5], { padding: 2, stride: 2 }), v, { a: "ncik", b: "ock", out: "noi" });
  const g = input(filtered.shape, "float32", "g");
  assert.deepEqual(compare([filtered, ...gradientsOf(filtered, g, [line, v])], [[line, normal], [v, normal], [g, normal]], 2, "one dimension").toSorted(), ["images", "results", "weights"]);
  // Windows along the first of two axes of places, whose second has one place only.
  const tall = conv2d(reshape(line, [2, 3, 50, 1]), reshape(v, [6, 3, 5, 1]));
  assert.deepEqual(compare([tall], [[line, normal], [v, normal]], 3, "tall"), ["results"]);
  const alone = input([3, 20, 21], "float32", "alone");
  const one = input([3, 4, 3], "float32", "one");
  const filteredOnce = contract(one, windows(alone, [4, 3], { stride: [2, 1] }), { a: "chw", b: "cijhw", out: "ji" });
  const h = input(filteredOnce.shape, "float32", "h");
  assert.deepEqual(
    compare([filteredOnce, ...gradientsOf(filteredOnce, h, [alone, one])], [[alone, normal], [one, normal], [h, normal]], 5, "one image, one filter").toSorted(),
    ["images", "results", "weights"],
  );
  const groups = input([2, 2, 3, 6, 7], "float32", "groups");
  const many = contract(windows(groups, [3, 3]), w, { a: "zncijhw", b: "ochw", out: "oznij" });
  assert.deepEqual(compare([many], [[groups, normal], [w, normal]], 4, "two axes of examples"), ["results"]);
});

test("what is no convolution is left to products and sums", () => {
  const x = input([2, 4, 12, 12], "float32", "x");
  const seen = windows(x, [3, 3]);
  const each = input([4, 3, 3], "float32", "each");
  const mine = input([2, 8, 4, 3, 3], "float32", "mine");
  const three = input([2, 3, 6, 6, 6], "float32", "three");
  const cube = input([5, 3, 2, 2, 2], "float32", "cube");
  const roots = [
    // A filter for each channel, filters for each example, three dimensions, and a square of the windows themselves.
    contract(seen, each, { a: "ncijhw", b: "chw", out: "ncij" }),
    contract(seen, mine, { a: "ncijhw", b: "nochw", out: "noij" }),
    contract(windows(three, [2, 2, 2]), cube, { a: "ncxyzijk", b: "ocijk", out: "noxyz" }),
    contract(seen, seen, { a: "ncijhw", b: "ncijhw", out: "n" }),
  ];
  assert.deepEqual(compare(roots, [x, each, mine, three, cube].map((node) => [node, normal] as const), 5, "others"), []);
});

test("a large image, of whose result some lines are summed at a time", () => {
  const x = input([2, 4, 60, 50], "float32", "x");
  const w = input([6, 4, 3, 3], "float32", "w");
  const out = conv2d(x, w, { padding: 1 });
  const g = input(out.shape, "float32", "g");
  assert.deepEqual(compare([out, ...gradientsOf(out, g, [x, w])], [[x, normal], [w, normal], [g, normal]], 8, "large").toSorted(), ["images", "results", "weights"]);
});

test("many images, whose gradients of weights are summed in more groups than those of few", () => {
  for (const channels of [1, 8]) {
    const x = input([37, channels, 16, 18], "float32", "x");
    const w = input([3, channels, 3, 3], "float32", "w");
    const out = conv2d(x, w, { padding: 1 });
    const g = input(out.shape, "float32", "g");
    assert.deepEqual(compare(gradientsOf(out, g, [w]), [[x, normal], [w, normal], [g, normal]], channels, `${channels} channels`), ["weights"]);
  }
});

test("images of nothing, and windows of constants", () => {
  const w = input([20, 3, 3, 3], "float32", "w");
  const none = input([0, 3, 8, 8], "float32", "none");
  const out = conv2d(none, w, { padding: 1 });
  const g = input(out.shape, "float32", "g");
  compare([out, ...gradientsOf(out, g, [none, w])], [[w, normal], [none, normal], [g, normal]], 6, "no images");
  const ones = table.add(mul(input([2, 3, 8, 8], "float32", "x"), 0), 1);
  compare([conv2d(ones, w)], [[w, normal], ...([...new Set([ones.src[0]!.src[0]!])].map((node) => [node, normal] as const))], 7, "constants");
});

test("a small net, every gradient: convolutions, biases, maxima of windows that lie side by side or leave a rest", () => {
  for (const [side, size, options] of [[12, 2, {}], [13, 2, {}], [13, 3, { stride: 4 }], [12, 3, { padding: 1 }], [9, 3, { stride: 2 }]] as const) {
    const x = input([3, 2, side, side], "float32", "x");
    const w = input([7, 2, 3, 3], "float32", "w");
    const b = input([7, 1, 1], "float32", "b");
    const out = maxPool2d(relu(add(conv2d(x, w, { padding: 1 }), b)), size, options);
    const g = input(out.shape, "float32", "g");
    // Whole numbers, so that many windows hold equal ones.
    const few: Kind = (draw) => draw.below(3) - 1;
    for (const kind of [normal, few]) {
      compare([out, ...gradientsOf(out, g, [x, w, b])], [[x, kind], [w, kind], [b, kind], [g, normal]], side, `side ${side}, pool ${size} ${JSON.stringify(options)}`);
    }
  }
});
