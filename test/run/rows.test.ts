/** Loops that fold rows and read them again, totals in chunks, and numbers that are computed again: against the interpreter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile, key, normal, tensor, valueAndGrad, type Tensor } from "../../src/index.ts";
import { lowered, planned, program } from "../../src/api/engine.ts";
import { Draw } from "../../src/check/draw.ts";
import { loopStretches } from "../../src/emit/program/loop.ts";
import { ModuleBuilder } from "../../src/emit/wasm/module.ts";
import { allocate, type DType, type TypedArray, viewOf } from "../../src/ir/dtype.ts";
import type { LoopKernel, Plan } from "../../src/ir/kernel.ts";
import type { Node } from "../../src/ir/node.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import { input } from "../../src/ops/forms/source.ts";
import * as table from "../../src/ops/table.ts";
import { differentiate } from "../../src/passes/differentiate.ts";
import { builder } from "../../src/api/builder.ts";
import { interpret } from "../../src/run/interpret.ts";
import { targetHere } from "../../src/run/target.ts";
import { assertClose, numbersOf } from "./close.ts";

const { abs, add, amax, amin, argmax, argmin, cast, div, eq, exp, geluTanh, gt, logSoftmax, logsumexp, mean, mul, relu, softmax, softmaxCrossEntropy, sq, standardize, sub, sum, variance, where } = table;

/** Normal numbers; where `special` is asked for, now and then one that is not finite, and equal ones. */
const numbersFor = ({ dtype, shape }: Node, draw: Draw, special: boolean): TypedArray => {
  const values = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < values.length; i++) {
    if (dtype === "int32") values[i] = draw.below(12) - 1;
    else values[i] = special && draw.below(40) === 0 ? [NaN, Infinity, -Infinity, -0][draw.below(4)]! : draw.below(3) === 0 ? draw.below(3) : draw.normal();
  }
  return values;
};

const check = (roots: readonly Node[], inputs: readonly Node[], seed: number, special: boolean): void => {
  const draw = new Draw(seed);
  const feeds = new Map(inputs.map((node) => [node, numbersFor(node, draw, special)]));
  const engine = program(roots, inputs)!;
  const wanted = interpret(roots, feeds);
  engine.run(inputs.map((node) => feeds.get(node)!)).forEach((got, i) => {
    const root = roots[i]!;
    assertClose(numbersOf(got, root), wanted[i]!, root, `${root.op.name} ${i}`, root.dtype === "float32" ? 1e-4 : 1e-9);
  });
};

const loopsOf = (plan: Plan): readonly LoopKernel[] => plan.kernels.filter((kernel) => kernel.kind === "loop");

const rows = fc.constantFrom(0, 1, 5, 31, 32, 33, 70);
const columns = fc.constantFrom(0, 1, 3, 4, 5, 10, 16, 17, 33, 65);
const floats = fc.constantFrom<DType>("float32", "float64");
const keep = { axes: -1, keepDims: true };

test("numbers between one another: the gradients of windows that lie side by side, and what is chosen by them", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 21 }), fc.constantFrom(1, 2, 3), fc.constantFrom(2, 3), floats, fc.nat(), fc.boolean(), (h, w, tall, broad, dtype, seed, special) => {
      const x = input([2, 2, h * tall, w * broad], dtype, "x");
      const largest = table.maxPool2d(x, [tall, broad]);
      const g = input(largest.shape, dtype, "g");
      const { of } = differentiate(new Map([[largest, g]]), [x], builder);
      check([largest, of.get(x)!], [x, g], seed, special);
      // Two in each row, written as float64 numbers, whole numbers and truth values.
      const [pairs, one] = [input([h, w, 2], dtype, "pairs"), input([h, w, 1], dtype, "one")];
      const between = [where(gt(pairs, one), pairs, 0), cast(mul(pairs, one), "int32"), eq(pairs, one)];
      check(between.map((node) => add(table.transpose(node, [1, 0, 2]), 0)), [pairs, one], seed, false);
    }),
    { numRuns: 60 },
  );
});

test("gradients of pooling behind a relu, whatever the windows leave out, share or run over", () => {
  const side = fc.constantFrom(1, 2, 3);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 3, max: 24 }), side, side, side, fc.constantFrom(0, 1), floats, fc.nat(), fc.boolean(), (h, w, tall, broad, stride, padding, dtype, seed, special) => {
      const x = input([2, 5, h + 3, w], dtype, "x");
      const seen = relu(x);
      for (const options of [{}, { stride }, { padding: Math.min(padding, tall - 1, broad - 1) }]) {
        for (const pooled of [table.maxPool2d(seen, [tall, broad], options), table.avgPool2d(seen, [tall, broad], options)]) {
          const g = input(pooled.shape, dtype, "g");
          const { of } = differentiate(new Map([[pooled, g]]), [x], builder);
          check([pooled, of.get(x)!], [x, g], seed, special);
          check([of.get(x)!], [x, g], seed, special);
        }
      }
    }),
    { numRuns: 30 },
  );
  const [none, nothing] = [input([0, 2, 4, 4], "float32", "x"), input([0, 2, 2, 2], "float32", "g")];
  check([differentiate(new Map([[table.maxPool2d(relu(none), 2), nothing]]), [none], builder).of.get(none)!], [none, nothing], 1, false);
});

test("the gradient of pooling behind a relu is one loop", () => {
  for (const [h, w, size] of [[28, 28, 2], [14, 14, 2], [12, 18, 3], [8, 12, [4, 2]]] as const) {
    const x = input([4, 8, h, w], "float32", "x");
    const seen = add(x, 1);
    const pooled = table.maxPool2d(relu(seen), size);
    const g = input(pooled.shape, "float32", "g");
    const { of } = differentiate(new Map([[pooled, g]]), [seen], builder);
    // What the relu gives, and then the largest numbers with all of the gradient.
    assert.equal(loopsOf(planned(lowered([pooled, of.get(seen)!]))).length, 2, String([h, w, size]));
  }
});

test("gates on the same numbers in several shapes", () => {
  const shapes = fc.constantFrom<readonly (readonly number[])[]>(
    [[72], [8, 9], [2, 36], [6, 12], [12, 6], [3, 3, 8], [2, 2, 2, 3, 3], [1, 72, 1], [9, 1, 8]],
    [[64, 12], [768], [4, 192], [8, 8, 12], [32, 24], [64, 2, 6], [2, 2, 16, 12], [64, 12, 1]],
    [[0, 4], [4, 0], [2, 0, 3], [0]],
  );
  fc.assert(
    fc.property(shapes, fc.array(fc.nat(8), { minLength: 4, maxLength: 4 }), floats, fc.nat(), fc.boolean(), (given, picks, dtype, seed, special) => {
      const [a, b, c, d] = picks.map((i) => given[i % given.length]!) as [readonly number[], readonly number[], readonly number[], readonly number[]];
      const x = input(a, dtype, "x");
      const g = input(b, dtype, "g");
      const h = input(c, dtype, "h");
      const y = mul(table.reshape(relu(x), b), g);
      const z = sub(table.reshape(y, c), h);
      const isEmpty = sizeOf(a) === 0;
      const roots = [z, table.reshape(mul(z, z), d), sum(abs(z), { axes: -1 }), ...(isEmpty ? [] : [softmax(z), add(table.reshape(amax(z, { axes: [-1] }), [sizeOf(c) / c.at(-1)!]), 1)])];
      check(roots, [x, g, h], seed, special);
      for (const root of roots) check([root], [x, g, h], seed, special);
    }),
    { numRuns: 60 },
  );
});

test("numbers that are folded in one order of their axes and read again in another", () => {
  const size = fc.integer({ min: 1, max: 4 });
  const orders = fc.constantFrom<readonly number[]>([0, 1, 3, 2, 4], [0, 1, 3, 4, 2], [1, 0, 3, 2, 4], [0, 2, 1, 3, 4], [2, 4, 0, 1, 3], [0, 1, 2, 3, 4]);
  fc.assert(
    fc.property(size, size, size, fc.integer({ min: 1, max: 19 }), fc.constantFrom(1, 2, 3), orders, floats, fc.nat(), fc.boolean(), (n, h, tall, w, broad, order, dtype, seed, special) => {
      const x = input([n, h, tall, w, broad], dtype, "x");
      const g = input([n, h, 1, w, 1], dtype, "g");
      const inWindows = table.transpose(x, [...order]);
      const axes = [order.indexOf(2), order.indexOf(4)];
      const back = (t: Node): Node => table.transpose(t, order.map((_, i) => order.indexOf(i)));
      const most = amax(inWindows, { axes, keepDims: true });
      const share = div(table.transpose(g, [...order]), sum(where(eq(inWindows, most), 1, 0), { axes, keepDims: true }));
      const wanted = where(eq(x, back(most)), back(share), 0);
      const spread = div(sub(x, back(mean(inWindows, { axes, keepDims: true }))), add(1, back(variance(inWindows, { axes, keepDims: true }))));
      const places = back(cast(argmax(inWindows, { axes: axes[1]!, keepDims: true }), dtype));
      check([wanted, spread, sub(x, places)], [x, g], seed, special);
      for (const root of [wanted, spread, sub(x, places), table.reshape(mul(wanted, 2), [n * h * tall, w * broad])]) check([root], [x, g], seed, special);
    }),
    { numRuns: 60 },
  );
});

test("rows that are folded and read again, several times", () => {
  fc.assert(
    fc.property(rows, columns, floats, fc.nat(), fc.boolean(), (n, m, dtype, seed, special) => {
      const x = input([n, m], dtype, "x");
      const y = input([n], "int32", "y");
      const g = input([n, m], dtype, "g");
      const apart = sub(x, amax(x, keep));
      const roots = [
        softmax(x),
        logSoftmax(x),
        softmaxCrossEntropy(x, y),
        standardize(mul(x, g)),
        mul(g, div(apart, add(1, mean(sq(apart), keep)))),
        add(logsumexp(g, { axes: -1 }), variance(add(x, g), { axes: 1 })),
        where(eq(x, amin(x, keep)), argmax(g, keep), argmin(g, keep)),
      ];
      check(roots, [x, y, g], seed, special);
      for (const root of roots) check([root], [x, y, g], seed, special);
    }),
    { numRuns: 60 },
  );
});

test("a row is one loop from its first fold to its last reader, if there are enough rows", () => {
  const loops = (n: number, make: (x: Node) => Node): number => loopsOf(planned(lowered([make(input([n, 24], "float32"))]))).length;
  for (const make of [softmax, standardize, (x: Node) => sub(x, amax(x, keep)), (x: Node) => softmaxCrossEntropy(x, input([x.shape[0]!], "int32"))]) assert.equal(loops(64, make), 1);
  // Threads share numbers where there are few rows.
  for (const make of [softmax, standardize]) assert.ok(loops(8, make) > 1);
});

test("what takes long is computed once and loaded in later passes, what is quick is computed again", () => {
  const x = input([64, 24], "float32");
  const [loop] = loopsOf(planned(lowered([softmax(x)]))) as [LoopKernel];
  const names = loop.lines.flatMap((line) => (line.kind === "gate" ? [line.name] : []));
  assert.equal(names.filter((name) => name === "exp").length, 1);
  const again = sub(x, 1);
  const [apart] = loopsOf(planned(lowered([div(again, sum(sq(again), keep))]))) as [LoopKernel];
  assert.deepEqual(apart.lines.flatMap((line) => (line.kind === "gate" ? [line.name] : [])), ["sub", "sq", "sub", "div"]);
});

test("totals of many numbers, in chunks", () => {
  const long = fc.constantFrom<readonly number[]>([8191], [8192], [8193], [12289], [4096, 3], [3, 4099], [91, 100], [2, 5, 1000]);
  fc.assert(
    fc.property(long, floats, fc.nat(), fc.boolean(), (shape, dtype, seed, special) => {
      const x = input(shape, dtype, "x");
      const b = input([shape.at(-1)!], dtype, "b");
      check([add(sum(mul(x, b)), 1), amax(add(x, b)), argmax(x), argmin(relu(x)), mean(abs(x))], [x, b], seed, special);
    }),
    { numRuns: 30 },
  );
});

/** Shapes with axes to fold whose numbers are folded in chunks of the first of them. */
const wide: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [[513, 257], [0]],
  [[8, 16, 1029], [0, 2]],
  [[37, 5, 719], [0, 2]],
  [[64, 33, 64], [0, 2]],
  [[70001, 2], [0]],
  [[45000, 3], [0]],
  [[300, 7, 65], [0]],
  [[19, 4, 60, 31], [0, 2]],
  [[1031, 2, 67], [0, 2]],
];

const stretchCount = (root: Node): number => stretchesOf([root], [], 1).stretches.length;

test("few results of many numbers, in chunks of the outermost axis that is folded", () => {
  const kinds: readonly ((x: Node, options: { axes: readonly number[] }) => Node)[] = [
    (x, options) => sum(x, options),
    (x, options) => div(sum(sq(x), options), 3),
    (x, options) => amax(x, options),
    (x, options) => amin(abs(x), options),
    (x, { axes }) => argmax(relu(x), { axes: axes[0]! }),
    (x, { axes }) => argmin(x, { axes: axes[0]! }),
    (x, options) => add(variance(x, options), amax(x, options)),
    (x, options) => sum(cast(x, "int32"), options),
    (x, options) => sum(cast(gt(x, 0.5), "float32"), options),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...wide), fc.nat(kinds.length - 1), floats, fc.nat(), fc.boolean(), ([shape, axes], kind, dtype, seed, special) => {
      const x = input(shape, dtype, "x");
      check([kinds[kind]!(x, { axes })], [x], seed, special);
    }),
    { numRuns: 40 },
  );
});

test("the largest operand decides whether a fold is in chunks, which are there for points that are kept only where it is large", () => {
  for (const [shape, axes] of wide) assert.equal(stretchCount(sum(input(shape, "float32"), { axes })), 2, `${shape}`);
  const few: typeof wide = [[[500, 250], [0]], [[7, 16, 2000], [0, 2]], [[16, 9000], [1]], [[16, 64, 200], [1, 2]], [[128, 2000], [0]]];
  for (const [shape, axes] of few) assert.equal(stretchCount(sum(input(shape, "float32"), { axes })), 1, `${shape}`);
  // A bias that all points share is small, and so is a weight for each.
  const x = input([64, 16, 784], "float32");
  assert.equal(stretchCount(sum(mul(x, input([1, 16, 1], "float32")), { axes: [0, 2] })), 2);
  // One chunk for each image: a thread has those images that it has in kernels that share images out.
  const [chunks] = stretchesOf([sum(x, { axes: [0, 2] })], [], 1).stretches;
  assert.deepEqual([chunks?.size, chunks?.shared], [64, 64 * 16 * 4]);
});

test("what other loops compute again is the same to the bit", () => {
  const x = input([3000], "float32", "x");
  const g = input([3000], "float32", "g");
  const y = geluTanh(x);
  // The same gates in front of a fold and of a product, and stored for themselves.
  check([y, sum(mul(y, g)), mul(add(x, mul(x, x)), g), sum(add(x, mul(x, x)))], [x, g], 7, true);
});

/** The stretches of a loop as functions, with the memory that they work on. */
const stretchesOf = (roots: readonly Node[], inputs: readonly Node[], seed: number) => {
  const plan = planned(lowered(roots));
  const [kernel] = plan.kernels as [LoopKernel];
  assert.equal(plan.kernels.length, 1);
  const module = new ModuleBuilder({ initial: 64 });
  const site = { offsets: plan.offsets, scratch: module.global("scratch", "i32", 0), shared: Math.ceil(plan.bytes / 64) * 64, target: targetHere()! };
  const stretches = loopStretches(module, "loop", kernel, site);
  stretches.forEach(({ run }, i) => module.function(`run ${i}`, { exported: true, params: { from: "i32", to: "i32" } }, (f, { from, to }) => f.call(run, from, to)));
  const bytes = module.toBytes();
  return {
    stretches,
    /** All results after the stretches have been done in the order given, of pairs from and to. */
    results: (cuts: (size: number, block: number) => readonly (readonly [number, number])[]): readonly TypedArray[] => {
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      const memory = (exports["memory"] as WebAssembly.Memory).buffer;
      const at = ({ id, dtype, size }: Plan["buffers"][number]) => viewOf(dtype, memory, plan.offsets[id]!, size);
      const draw = new Draw(seed);
      for (const node of inputs) {
        const numbers = numbersFor(node, draw, false);
        const buffer = plan.buffers.find((each) => each.node === node);
        if (buffer) at(buffer).set(numbers);
      }
      stretches.forEach(({ size, block }, i) => {
        for (const [from, to] of cuts(size, block)) (exports[`run ${i}`] as (from: number, to: number) => void)(from, to);
      });
      return plan.results.map((buffer) => at(buffer).slice());
    },
  };
};

test("bits do not depend on how a loop is cut", () => {
  const shapes = fc.constantFrom<readonly [number, number]>([33, 10], [64, 17], [300, 129], [5000, 3], [1, 9001], [2049, 8], [515, 257], [70001, 2]);
  const kinds: readonly ((x: Node) => Node)[] = [softmax, standardize, (x) => exp(relu(x)), (x) => sum(sq(x)), (x) => sum(exp(x), { axes: 0 }), (x) => sum(x, { axes: 1 }), (x) => div(amax(x, { axes: 0 }), 3)];
  fc.assert(
    fc.property(shapes, fc.nat(kinds.length - 1), floats, fc.nat(), fc.integer({ min: 1, max: 9 }), (shape, kind, dtype, seed, parts) => {
      const x = input(shape, dtype, "x");
      const root = kinds[kind]!(x);
      if (planned(lowered([root])).kernels.length > 1) return;
      const { results } = stretchesOf([root], [x], seed);
      const whole = results((size) => [[0, size]]);
      const cut = results((size, block) => {
        const blocks = Math.ceil(size / block);
        const each = Math.max(1, Math.ceil(blocks / parts));
        const pieces = Array.from({ length: Math.ceil(blocks / each) }, (_, i) => [i * each * block, Math.min(size, (i + 1) * each * block)] as const);
        return pieces.reverse();
      });
      assert.deepEqual(cut, whole);
    }),
    { numRuns: 80 },
  );
});

test("rows of rows, with their gradients: what one loop stores in several passes stays until it is read", () => {
  for (const [rows, columns] of [[1, 2], [4, 3], [33, 10], [7, 64]] as const) {
    for (const dtype of ["float32", "float64"] as const) {
      const x = normal(key(rows), [rows, columns], { dtype }).mul(3).realize();
      const y = tensor(Int32Array.from({ length: rows }, (_, i) => (i * 7) % columns));
      const nests: readonly ((t: Tensor) => Tensor)[] = [
        (t) => t.softmax(),
        (t) => t.softmax().softmax(),
        (t) => t.standardize().softmax().standardize(),
        (t) => t.softmax().standardize().softmax().softmax(),
      ];
      nests.forEach((nest, i) => {
        const both = (t: Tensor) => {
          const { value, grad } = valueAndGrad((s: Tensor) => nest(s).softmaxCrossEntropy(y).mean())(t);
          return { value, grad };
        };
        const [wanted, got] = [both(x), compile(both)(x)];
        const tolerance = dtype === "float32" ? 2e-4 : 1e-10;
        for (const part of ["value", "grad"] as const) {
          const [a, b] = [Array.from(wanted[part].dataSync()), got[part].dataSync()];
          const size = a.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3);
          a.forEach((v, k) => assert.ok(Math.abs(v - b[k]!) <= tolerance * size, `${rows} x ${columns} ${dtype}, nest ${i}, ${part}[${k}]: ${b[k]!}, not ${v}`));
        }
      });
    }
  }
});
