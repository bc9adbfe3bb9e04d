/** Loops that have become tails of products and convolutions: against the interpreter, in every way that products take, and with any number of threads. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { compile, key, normal, setThreads, type Tensor, tensor, threads } from "../../src/index.ts";
import { builder } from "../../src/api/builder.ts";
import { type Donated, heldValue, lowered, planned } from "../../src/api/engine.ts";
import { Draw } from "../../src/check/draw.ts";
import { programModule } from "../../src/emit/program/program.ts";
import type { TileTarget } from "../../src/emit/wasm/tile.ts";
import { allocate, type TypedArray } from "../../src/ir/dtype.ts";
import type { Plan, ProductKernel, Tail } from "../../src/ir/kernel.ts";
import type { Node } from "../../src/ir/node.ts";
import { sameShape, sizeOf } from "../../src/ir/shape.ts";
import { input } from "../../src/ops/forms/source.ts";
import { iota } from "../../src/ops/forms/iota.ts";
import * as table from "../../src/ops/table.ts";
import { differentiate } from "../../src/passes/differentiate.ts";
import { interpret } from "../../src/run/interpret.ts";
import { fillHeld, numbersOf as placeOf, write } from "../../src/run/wasm.ts";
import { targetsHere } from "../emit/program/products.ts";
import { assertClose } from "./close.ts";

const { add, conv2d, div, exp, geluTanh, gt, matmul, mul, relu, reshape, sq, sqrt, sub, sum, transpose, where } = table;

after(() => setThreads(1));

const productsOf = ({ kernels }: Plan): readonly ProductKernel[] => kernels.filter((kernel) => kernel.kind === "product");
const tailsOf = (plan: Plan): readonly Tail[] => productsOf(plan).flatMap(({ tail }) => tail ?? []);

const numbersFor = ({ dtype, shape }: Node, draw: Draw, special: boolean): TypedArray => {
  const values = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = special && draw.below(60) === 0 ? [NaN, Infinity, -Infinity, -0][draw.below(4)]! : draw.normal();
  return values;
};

type Feeds = ReadonlyMap<Node, TypedArray>;

/** What a plan computes with the tiles of a target, on one thread. */
const runOn = (target: TileTarget, plan: Plan, feeds: Feeds): readonly TypedArray[] => {
  const { bytes, pages: initial, tables } = programModule(plan, { ...target, threads: 1 });
  const memory = new WebAssembly.Memory({ initial });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  fillHeld(plan, tables, memory.buffer, heldValue);
  for (const buffer of plan.buffers) if (buffer.origin === "fed") write(placeOf(plan, memory.buffer, buffer), feeds.get(buffer.node)!);
  (exports["run"] as (thread: number, threads: number) => number)(0, 1);
  return plan.results.map((buffer) => placeOf(plan, memory.buffer, buffer));
};

/** With every kind of tile; in place of the inputs that are given away, too. */
const check = (roots: readonly Node[], inputs: readonly Node[], seed: number, special: boolean, donated?: Donated): Plan => {
  const draw = new Draw(seed);
  const feeds: Feeds = new Map(inputs.map((node) => [node, numbersFor(node, draw, special)]));
  const wanted = interpret(roots, feeds);
  const plan = planned(lowered(roots), donated);
  for (const target of targetsHere) {
    runOn(target, plan, feeds).forEach((got, i) => assertClose(got, wanted[i]!, roots[i]!, `result ${i}`, roots[i]!.dtype === "float32" ? 1e-4 : 1e-9));
  }
  return plan;
};

interface Epilogue {
  readonly inputs: readonly Node[];
  readonly results: readonly Node[];
}

/** What may follow a product of some shape: the numbers of other tensors, positions, several results. */
const epilogues: readonly ((product: Node) => Epilogue)[] = [
  (y) => {
    const bias = input([y.shape.at(-1)!], y.dtype, "bias");
    return { inputs: [bias], results: [relu(add(y, bias))] };
  },
  (y) => {
    const [m, v, w] = ["m", "v", "w"].map((name) => input(y.shape, y.dtype, name)) as [Node, Node, Node];
    const m1 = add(mul(m, 0.9), mul(y, 0.1));
    const v1 = add(sq(v), mul(sq(y), 0.1));
    return { inputs: [m, v, w], results: [sub(w, mul(0.1, div(m1, add(sqrt(v1), 0.1)))), m1, v1] };
  },
  (y) => {
    const [mask, rows] = [input(y.shape, y.dtype, "mask"), input([...y.shape.slice(0, -1), 1], y.dtype, "rows")];
    return { inputs: [mask, rows], results: [gt(mul(y, rows), mask), where(gt(mask, 0), mul(y, rows), 0)] };
  },
  (y) => ({ inputs: [], results: [add(y, iota([y.shape.at(-1)!], y.dtype)), geluTanh(y)] }),
  // Others want the product, too, and one of them is a root.
  (y) => ({ inputs: [], results: [exp(mul(y, -1)), sum(y, { axes: -1 }), y] }),
  // Seen the other way round, and in another shape.
  (y) => ({ inputs: [], results: y.shape.length === 2 ? [mul(transpose(y), 2), relu(reshape(y, [sizeOf(y.shape)]))] : [mul(reshape(y, [sizeOf(y.shape)]), 2)] }),
];

const little = fc.integer({ min: 1, max: 40 });

/** Batch (0 for none), rows, columns, shared: they lead to every way of a product. */
const sizes: fc.Arbitrary<readonly [number, number, number, number]> = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 20 }), little, little, fc.integer({ min: 0, max: 40 })),
  fc.tuple(fc.constantFrom(0, 2), fc.constantFrom(300, 517), fc.integer({ min: 1, max: 16 }), fc.constantFrom(60, 257)),
  fc.tuple(fc.constantFrom(0, 2), fc.integer({ min: 1, max: 16 }), fc.constantFrom(300, 517), fc.constantFrom(60, 257)),
  fc.tuple(fc.constantFrom(0, 2), fc.constantFrom(33, 63, 121), fc.constantFrom(65, 141), fc.constantFrom(20, 257)),
  fc.tuple(fc.constantFrom(0), fc.constantFrom(200, 261), fc.constantFrom(65, 530), fc.constantFrom(10, 20)),
  fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 3), fc.constantFrom(0, 5), little),
);

test("any product and what follows it, with numbers that are not finite", () => {
  let seen = { stored: 0, passing: 0 };
  fc.assert(
    fc.property(sizes, fc.constantFrom("float32" as const, "float64" as const), fc.nat(epilogues.length - 1), fc.constantFrom("", "left", "right"), fc.nat(), fc.boolean(), ([batch, rows, columns, shared], dtype, which, turned, seed, special) => {
      const lead = batch === 0 ? [] : [batch];
      const a = input(turned === "left" ? [...lead, shared, rows] : [...lead, rows, shared], dtype, "a");
      const b = input(turned === "right" ? [columns, shared] : [shared, columns], dtype, "b");
      const flip = (x: Node): Node => transpose(x, [...x.shape.slice(2).map((_, i) => i), x.shape.length - 1, x.shape.length - 2]);
      const { inputs, results } = epilogues[which]!(matmul(turned === "left" ? flip(a) : a, turned === "right" ? flip(b) : b));
      const donated = new Map(inputs.flatMap((node, i) => (results[i]?.dtype === node.dtype && sameShape(results[i].shape, node.shape) ? [[node, i] as const] : [])));
      const plan = check(results, [a, b, ...inputs], seed, special, donated);
      for (const { stored } of tailsOf(plan)) seen = stored ? { ...seen, stored: seen.stored + 1 } : { ...seen, passing: seen.passing + 1 };
    }),
    { numRuns: 60 },
  );
  assert.ok(seen.stored > 0 && seen.passing > 0);
});

test("any convolution, its images' gradient, and what follows them", () => {
  const seen = new Set<string>();
  const some = (...numbers: number[]): fc.Arbitrary<number> => fc.constantFrom(...numbers);
  const sizes = fc.record({ examples: some(1, 3, 20), channels: some(1, 3), filters: some(1, 5, 9), height: some(5, 8), width: some(4, 9), side: some(1, 3), stride: some(1, 2), padding: some(0, 1) });
  fc.assert(
    fc.property(sizes, fc.constantFrom("float32" as const, "float64" as const), fc.nat(2), fc.nat(), fc.boolean(), ({ examples, channels, filters, height, width, side, stride, padding }, dtype, which, seed, special) => {
      const images = input([examples, channels, height, width], dtype, "images");
      const weights = input([filters, channels, side, side], dtype, "weights");
      const made = conv2d(images, weights, { stride, padding });
      const bias = input([filters, 1, 1], dtype, "bias");
      const upstream = input(made.shape, dtype, "upstream");
      const back = differentiate(new Map([[made, upstream]]), [images], builder).of.get(images)!;
      const roots = [[relu(add(made, bias))], [exp(mul(made, 0.1)), made, where(gt(images, 0), back, 0)], [mul(back, mul(images, 0.5)), sum(made, { axes: 1 })]][which]!;
      for (const kernel of check(roots, [images, weights, bias, upstream], seed, special).kernels) if (kernel.kind === "convolution" && kernel.tail) seen.add(`${kernel.part} ${kernel.tail.stored}`);
    }),
    { numRuns: 40 },
  );
  assert.deepEqual([...seen].sort(), ["images false", "results false", "results true"]);
});

const [x, w, b] = [input([40, 60], "float32", "x"), input([60, 24], "float32", "w"), input([24], "float32", "b")];

test("a product that only its tail reads is never stored; one that others read is", () => {
  const passing = planned(lowered([relu(add(matmul(x, w), b))]));
  assert.deepEqual(tailsOf(passing).map(({ stored }) => stored), [false]);
  assert.equal(passing.kernels.length, 1);
  assert.equal(passing.offsets[productsOf(passing)[0]!.out.id], undefined);
  const y = matmul(x, w);
  assert.deepEqual(tailsOf(planned(lowered([relu(y), y]))).map(({ stored }) => stored), [true]);
  assert.deepEqual(tailsOf(planned(lowered([relu(y), sum(y, { axes: 0 })]))).map(({ stored }) => stored), [true]);
});

test("a product of many steps, or of many columns, is computed in parts: the tail follows the last steps", () => {
  for (const [rows, columns, shared] of [[40, 24, 5000], [20, 1100, 4097], [1100, 20, 4096]] as const) {
    const inputs = [input([rows, shared], "float32", "a"), input([shared, columns], "float32", "c"), input([columns], "float32", "bias")] as const;
    const [a, c, bias] = inputs;
    const plan = planned(lowered([relu(add(matmul(a, c), bias))]));
    assert.deepEqual(tailsOf(plan).map(({ stored }) => stored), [shared > 4096]);
    const draw = new Draw(rows);
    const [left, right, added] = inputs.map(({ shape }, n) => Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * (7919 + n)) % 1009) / 1009 - 0.5)) as [Float32Array, Float32Array, Float32Array];
    const places = Array.from({ length: 40 }, () => [draw.below(rows), draw.below(columns)] as const);
    for (const target of targetsHere) {
      const [result] = runOn(target, plan, new Map([[a, left], [c, right], [bias, added]]));
      for (const [i, j] of places) {
        let sum = added[j]!;
        for (let k = 0; k < shared; k++) sum += left[i * shared + k]! * right[k * columns + j]!;
        assert.ok(Math.abs(result![i * columns + j]! - Math.max(0, sum)) < 1e-3, `${result![i * columns + j]} instead of ${sum} at ${i}, ${j}`);
      }
    }
  }
});

test("no tail: a fold, a loop that follows from something else that reads the product, other points", () => {
  const y = matmul(x, w);
  const narrow = matmul(x, input([60, 3], "float32"));
  for (const root of [sum(relu(y)), sub(y, sum(y)), matmul(y, input([24, 3], "float32")), relu(add(y, reshape(transpose(y), [40, 24]))), relu(narrow)]) {
    assert.deepEqual(tailsOf(planned(lowered([root]))), []);
  }
});

test("a loop behind two products is the tail of the later one", () => {
  const [u, v] = [input([40, 60], "float32", "u"), input([60, 24], "float32", "v")];
  const roots = [relu(add(add(matmul(x, w), matmul(u, v)), b))];
  const plan = planned(lowered(roots));
  assert.deepEqual(productsOf(plan).map(({ tail }) => tail?.stored), [undefined, false]);
  check(roots, [x, w, b, u, v], 1, false);
});

test("a tail stores over what it reads at its own point, and never over what the product multiplies", () => {
  const s = input([48, 48], "float32", "s");
  const other = input([48, 48], "float32", "other");
  const step = (gradient: Node): Node => sub(s, mul(0.1, gradient));
  const placesOf = (root: Node): readonly [over: number, into: number] => {
    const plan = planned(lowered([root]), new Map([[s, 0]]));
    assert.equal(tailsOf(plan).length, 1);
    return [plan.offsets[plan.buffers.find(({ node }) => node === s)!.id]!, plan.offsets[plan.results[0]!.id]!];
  };
  const [over, into] = placesOf(step(matmul(other, other)));
  assert.equal(into, over);
  for (const gradient of [matmul(s, other), matmul(other, s), matmul(s, s)]) {
    const [was, is] = placesOf(step(gradient));
    assert.notEqual(is, was);
  }
  check([step(matmul(s, s))], [s], 2, false);
});

test("parameters are given away to a step that multiplies them, too: nothing is lost, with any number of threads", async () => {
  const steps = 3;
  const start = (): Tensor => normal(key(3), [200, 200], { dtype: "float32" });
  const other = normal(key(4), [200, 200], { dtype: "float32" });
  const step = (p: Tensor, q: Tensor) => ({ p: p.sub(p.matmul(q).matmul(p).mul(0.001)), product: p.matmul(q).add(1) });
  const run = async (count: number): Promise<readonly TypedArray[]> => {
    setThreads(count);
    const f = compile(step, { donate: [0] });
    let p = start();
    let product: Tensor | undefined;
    for (let i = 0; i < steps; i++) {
      ({ p, product } = f(p, other));
      if (i === 0) while (threads().ready < count) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return [p.dataSync(), product!.dataSync()];
  };
  let wanted = tensor(Float64Array.from(start().dataSync()), { shape: [200, 200] });
  const exact = tensor(Float64Array.from(other.dataSync()), { shape: [200, 200] });
  for (let i = 0; i < steps; i++) wanted = tensor(step(wanted, exact).p.dataSync(), { shape: [200, 200] });
  const alone = await run(1);
  const numbers = wanted.dataSync();
  alone[0]!.forEach((number, i) => assert.ok(Math.abs(number - numbers[i]!) < 1e-3, `${number} instead of ${numbers[i]} at ${i}`));
  for (const count of [2, 4]) assert.deepEqual(await run(count), alone, `${count} threads`);
});
