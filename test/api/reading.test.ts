/** Reading outside `compile`, on the engine: the same numbers as the interpreter's, planned once, within bounds. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { concat, full, grads, key, normal, tensor, type Tensor, valueAndGrad, where } from "../../src/api/index.ts";
import { Reading } from "../../src/api/reading.ts";
import { engine } from "../../src/api/run.ts";
import { gate, group } from "../../src/check/index.ts";
import { asArray } from "../../src/ir/dtype.ts";
import { NodeMap } from "../../src/ir/node-map.ts";
import { input } from "../../src/ops/forms/source.ts";
import * as table from "../../src/ops/table.ts";
import { interpret } from "../../src/run/interpret.ts";
import { lookAgain } from "../../src/run/target.ts";
import { assertClose } from "../run/close.ts";

const always = { least: 0, perNode: 0 };
const none = new NodeMap<never>();

/** The roots as a reader gives them, held against the interpreter. */
const check = (reading: Reading, tensors: readonly Tensor[], what: string, tolerance?: number): void => {
  const roots = tensors.map((x) => x.node);
  const got = reading.run(roots, none);
  assert.ok(got, what);
  const wanted = interpret(roots);
  roots.forEach((root, i) => {
    if (root.shape.length === 0) assert.equal(typeof got[i], "number", what);
    assertClose(asArray(got[i]!, root.dtype), wanted[i]!, root, `${what} ${i}`, tolerance);
  });
};

/** While `body` runs, whatever is read is read by this. */
const reads = <T>(reading: Reading, body: () => T): T => {
  const before = engine.current;
  engine.current = reading;
  try {
    return body();
  } finally {
    engine.current = before;
  }
};

const numbers = (shape: readonly number[], seed: number, dtype: "float32" | "float64" = "float64"): Tensor => {
  const x = normal(key(seed), shape, { dtype }).dataSync();
  // What is not finite, and the zero with a sign, must come through.
  [NaN, Infinity, -Infinity, -0].forEach((special, i) => {
    if (seed % 3 === 0 && x.length > 4) x[(seed * (i + 1)) % x.length] = special;
  });
  return tensor(x, { shape });
};

/** One step of a random graph. */
const steps: readonly ((x: Tensor, y: Tensor, n: number) => Tensor)[] = [
  (x, y) => x.add(y),
  (x, _, n) => x.mul(n - 2),
  (x) => x.tanh(),
  (x, y) => where(x.gt(y), x, y.mul(2)),
  (x) => x.transpose().transpose().relu(),
  (x, _, n) => x.sub(x.sum({ axes: n % 2, keepDims: true })),
  (x) => x.matmul(x.transpose()).matmul(x),
  (x) => x.softmax(),
  (x, y) => concat([x, y], { axis: 1 }).slice([null, [0, x.shape[1]!]]),
  (x, _, n) => x.pad([[0, 0], [1, 0]], n).slice([null, [0, -1]]),
  (x) => x.amax({ axes: 1, keepDims: true }).add(x.mul(0)),
];

test("random graphs: the interpreter's numbers within rounding, the first time and from what was kept", () => {
  const size = fc.constantFrom(0, 1, 2, 3, 5, 8, 17);
  fc.assert(
    fc.property(size, size, fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(4)), { minLength: 1, maxLength: 6 }), fc.constantFrom("float32", "float64"), fc.nat(1000), (rows, columns, chosen, dtype, seed) => {
      const reading = new Reading(always);
      const build = (own: number): Tensor[] => {
        const [x, y] = [numbers([rows, columns], own, dtype), numbers([rows, columns], own + 1, dtype)];
        let at = x;
        const all = chosen.map(([i, n]) => (at = i === 10 && columns === 0 ? at.relu() : steps[i]!(at, y, n)));
        return [at, at.sum(), all[0]!, x, at];
      };
      const tolerance = dtype === "float32" ? 1e-3 : 1e-9;
      check(reading, build(seed), "first", tolerance);
      check(reading, build(seed + 3), "again", tolerance);
      assert.equal(reading.state.made, 1);
    }),
    { numRuns: 60 },
  );
});

test("graphs that differ in anything but numbers are never run by the same program", () => {
  const x = numbers([4, 4], 1);
  const y = numbers([4, 4], 2);
  const i = tensor([0, 3, 1, 2], { dtype: "int32" });
  const scaled = (by: number | Tensor) => group({ name: "scaled", body: (v) => v.mul(by).tanh() });
  const [twice, thrice, byX, byY] = [scaled(2), scaled(3), scaled(tensor(0.25)), scaled(tensor(0.5))];
  let factor = 2;
  const moving = group({ name: "moving", body: (v) => v.mul(factor).tanh() });
  const expressions: readonly (() => Tensor | Tensor[])[] = [
    () => x.sub(y),
    () => [x.sub(y), y.sub(x)],
    () => [y.sub(x), x.sub(y), x],
    () => x.sub(x),
    () => x.mul(0),
    () => x.mul(-0),
    () => x.mul(NaN),
    () => x.mul(1.5),
    () => x.mul(1.5000000000000002),
    () => x.mul(full([4, 4], 1.5)),
    () => x.cast("float32").mul(1.5),
    () => x.slice([[0, 2]]).mul(1.5),
    () => x.sum(),
    () => x.sum({ axes: 0 }),
    () => x.sum({ axes: 1 }),
    () => x.sum({ axes: [0, 1], keepDims: true }),
    () => x.amax({ axes: 0 }),
    () => x.slice([[0, 2]]),
    () => x.slice([[1, 3]]),
    () => x.slice([null, [1, 3]]),
    () => x.slice([null, [3, 1, -1]]),
    () => x.pad([[1, 0], [0, 0]]),
    () => x.pad([[1, 0], [0, 0]], 2),
    () => x.pad([[0, 1], [0, 0]], 2),
    () => x.matmul(y),
    () => x.matmul(y.transpose()),
    () => x.transpose().matmul(y),
    () => x.gather(i),
    () => x.gather(i, { axis: 1 }),
    () => x.softmax(),
    () => x.softmax({ axis: 0 }),
    () => x.standardize({ epsilon: 0.1 }),
    () => x.standardize({ epsilon: 0.2 }),
    () => x.leakyRelu(0.1),
    () => x.leakyRelu(0.2),
    () => x.reshape([1, 1, 4, 4]).conv2d(y.reshape([1, 1, 4, 4]), { padding: 2 }),
    () => x.reshape([1, 1, 4, 4]).conv2d(y.reshape([1, 1, 4, 4]), { padding: 2, stride: 2 }),
    () => twice(x),
    () => thrice(x),
    () => byX(x),
    () => byY(x),
    () => moving(x),
    () => ((factor = 3), moving(x)),
  ];
  const reading = new Reading({ ...always, mostPrograms: 100 });
  for (const round of ["first", "again"]) {
    factor = 2;
    expressions.forEach((build, at) => {
      check(reading, [build()].flat(), `${round}: ${build}`);
      assert.equal(reading.state.made, round === "first" ? at + 1 : expressions.length, `${round}: ${build}`);
    });
  }
});

test("what is read has the same bits whether its program was there, or has been made for it", () => {
  const build = (seed: number): Tensor => numbers([37, 53], seed, "float32").softmax().matmul(numbers([53, 29], seed + 1, "float32")).exp().sum({ axes: 0 });
  const kept = new Reading(always);
  for (const seed of [1, 2, 4, 5]) {
    const roots = [build(seed).node];
    assert.deepEqual(kept.run(roots, none), new Reading(always).run(roots, none));
  }
  assert.equal(kept.state.made, 1);
});

test("a loop without compile is planned once for a step, whichever of its tensors were made first", () => {
  const reading = new Reading(always);
  const x = numbers([8, 5], 1);
  const late: number[] = [];
  let w = numbers([5, 3], 2);
  let v = numbers([5, 3], 4);
  reads(reading, () => {
    for (let step = 0; step < 8; step++) {
      const { value, grad } = valueAndGrad((p: Tensor) => x.matmul(p).sq().mean())(w);
      v = v.mul(0.9).add(grad);
      w = w.sub(v.mul(0.1));
      assert.ok(Number.isFinite(value.itemSync() + w.dataSync()[0]!));
      late.push(reading.state.made);
    }
  });
  // One for value and gradient, one for the update; reading v, which the update has filled, takes none.
  assert.deepEqual(late, Array(8).fill(2));
});

test("the default: what is quick and what the engine has no form for is interpreted, and large products are not", () => {
  const reading = new Reading();
  const small = numbers([20, 20], 1);
  const large = numbers([300, 300], 2, "float32");
  assert.equal(reading.run([small.matmul(small).node], none), undefined);
  check(reading, [large.matmul(large)], "large");
  const own = gate({ name: "own", forward: (x) => x + 1, local: () => [1] });
  assert.equal(reading.run([own(large.matmul(large)).node], none), undefined);
  assert.equal(reading.run([own(large.matmul(large)).node], none), undefined);
  assert.equal(reading.state.made, 2, "it is not tried again");
  assert.ok(engine.current instanceof Reading, "whoever has compile reads on the engine");
});

test("a circuit with a placeholder that nobody feeds is left to the interpreter, which says so", () => {
  const x = input([400, 400], "float64", "x");
  const root = table.matmul(x, x);
  assert.equal(new Reading(always).run([root], none), undefined);
  const values = new Float64Array(160_000).fill(0.5);
  const [fed] = new Reading().run([root], new NodeMap([[x, values] as const]))!;
  assert.equal((fed as Float64Array)[7], 100);
});

test("without WebAssembly everything is interpreted", () => {
  const { WebAssembly } = globalThis;
  const x = numbers([300, 300], 1);
  try {
    Reflect.set(globalThis, "WebAssembly", undefined);
    lookAgain(false);
    assert.equal(new Reading().run([x.matmul(x).node], none), undefined);
  } finally {
    Reflect.set(globalThis, "WebAssembly", WebAssembly);
    lookAgain(false);
  }
  check(new Reading(), [x.matmul(x)], "with it again");
});

test("programs are kept within a number and within bytes, the last ones", () => {
  const build = (n: number): Tensor => numbers([n, 8], 1).add(1).sum({ axes: 0 });
  const few = new Reading({ ...always, mostPrograms: 3 });
  for (const n of [1, 2, 3, 4, 2, 5]) check(few, [build(n)], `${n}`);
  assert.deepEqual([few.state.programs, few.state.made], [3, 5]);
  for (const n of [5, 2, 4]) check(few, [build(n)], `${n}`);
  assert.equal(few.state.made, 5, "the last three are there");
  check(few, [build(3)], "3");
  assert.equal(few.state.made, 6);

  const one = new Reading(always);
  check(one, [build(1000)], "alone");
  const narrow = new Reading({ ...always, mostBytes: 2.5 * one.state.bytes });
  for (const n of [1000, 1001, 1002, 1003]) check(narrow, [build(n)], `${n}`);
  assert.equal(narrow.state.programs, 2);
  check(narrow, [build(9000)], "larger than all that may be kept");
  assert.equal(narrow.state.programs, 2);
  assert.ok(narrow.state.bytes <= 2.5 * one.state.bytes);
});

test("gradients read on the engine are those of the interpreter", () => {
  const f = (x: Tensor, y: Tensor): Tensor => x.matmul(y).softmax().mul(x.matmul(y).sin()).sum();
  const [x, y] = [numbers([7, 5], 1), numbers([5, 6], 2)];
  const reading = new Reading(always);
  const got = reads(reading, () => grads(f)(x, y));
  const wanted = grads(f)(x, y);
  got.forEach((g, i) => assertClose(g.dataSync(), wanted[i]!.dataSync(), g.node, `gradient ${i}`));
  assert.equal(reading.state.made, 1);
});

test("a loop whose graph is another at each step stays within the bound of memory", () => {
  const library = (file: string): string => JSON.stringify(new URL(`../../src/api/${file}`, import.meta.url).href);
  const script = `
    import { tensor } from ${library("index.ts")};
    import { engine } from ${library("run.ts")};
    import { Reading } from ${library("reading.ts")};
    engine.current = new Reading({ least: 0, perNode: 0, mostPrograms: Number(process.argv[1]) });
    const used = async () => {
      for (let i = 0; i < 3; i++) { await new Promise((turn) => setTimeout(turn)); gc(); }
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    let early = 0;
    const x = tensor(new Float64Array(100_000));
    for (let step = 0; step < 40; step++) {
      x.mul(step).dataSync();
      if (step === 15) early = await used();
    }
    console.log((await used()) - early);
  `;
  const grown = (programs: number): number =>
    Number(execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", script, "--", String(programs)], { encoding: "utf8" }));
  assert.ok(grown(8) < 8e6);
  assert.ok(grown(1000) > 16e6, "the measure can fail");
});
