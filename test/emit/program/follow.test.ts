/** Folds right behind the loops that store what they fold: the same bits as one after the other, in any order of pieces. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lowered, planned } from "../../../src/api/engine.ts";
import { Draw } from "../../../src/check/draw.ts";
import { followed } from "../../../src/emit/program/follow.ts";
import { loopStretches } from "../../../src/emit/program/loop.ts";
import type { Group } from "../../../src/emit/program/phases.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import { viewOf } from "../../../src/ir/dtype.ts";
import { type Buffer, type LoopKernel, readsOf, writesOf } from "../../../src/ir/kernel.ts";
import type { Node } from "../../../src/ir/node.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import { input } from "../../../src/ops/forms/source.ts";
import * as table from "../../../src/ops/table.ts";
import { targetHere } from "../../../src/run/target.ts";

const { add, amax, gt, matmul, maxPool2d, mul, reshape, sum, where } = table;

/** A gate that a product wants first, so that it is a loop of its own, and a fold of it. */
const program = (shape: readonly number[], make: (x: Node, g: Node) => Node, fold: (y: Node) => Node): readonly Node[] => {
  const [x, g] = [input(shape, "float32", "x"), input(shape, "float32", "g")];
  const y = make(x, g);
  const rows = y.shape[0]!;
  return [matmul(reshape(y, [rows, sizeOf(y.shape) / rows]), input([sizeOf(y.shape) / rows, 8], "float32", "w")), fold(y)];
};

const masked = (x: Node, g: Node): Node => where(gt(x, 0), g, 0);

/** The loops of a program, each as stretches of its own and in pairs. */
const loopsOf = (roots: readonly Node[]) => {
  const plan = planned(lowered(roots));
  const kernels = plan.kernels.filter((kernel): kernel is LoopKernel => kernel.kind === "loop");
  const module = new ModuleBuilder({ initial: 200 });
  const site = { offsets: plan.offsets, scratch: module.global("scratch", "i32", 0), shared: Math.ceil(plan.bytes / 64) * 64 + 64, target: targetHere()! };
  const apart = kernels.map((kernel, i): Group => ({ kernel, stretches: loopStretches(module, `loop${i}`, kernel, site) }));
  const paired = followed(module, apart);
  const names = [apart, paired].map((groups, way) =>
    groups.map(({ stretches }, i) =>
      stretches.map(({ run }, j) => {
        module.function(`run ${way} ${i} ${j}`, { exported: true, params: { from: "i32", to: "i32" } }, (f, { from, to }) => f.call(run, from, to));
        return `run ${way} ${i} ${j}`;
      }),
    ),
  );
  const bytes = module.toBytes();
  const made = new Set(kernels.flatMap(writesOf));
  const at = (memory: ArrayBuffer, { id, dtype, size }: Buffer) => viewOf(dtype, memory, plan.offsets[id]!, size);
  /** What all loops have stored, after each stretch was cut into so many parts and the last part was done first. */
  const results = (way: 0 | 1, parts: number, seed: number) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const memory = (exports["memory"] as WebAssembly.Memory).buffer;
    const draw = new Draw(seed);
    for (const buffer of new Set(kernels.flatMap(readsOf))) if (!made.has(buffer)) at(memory, buffer).set(Float32Array.from({ length: buffer.size }, () => draw.normal()));
    [apart, paired][way]!.forEach(({ stretches }, i) =>
      stretches.forEach(({ size, block }, j) => {
        const each = Math.ceil(size / block / parts) * block;
        for (let from = Math.floor((size - 1) / each) * each; from >= 0; from -= each) (exports[names[way]![i]![j]!] as (from: number, to: number) => void)(from, Math.min(size, from + each));
      }),
    );
    return [...made].map((buffer) => at(memory, buffer).slice());
  };
  return { paired, apart, results };
};

const channels = { axes: [0, 2] } as const;

test("a fold behind the loop that stores what it folds gives the same bits, however both are cut", () => {
  const shapes = fc.constantFrom<readonly number[]>([64, 16, 144], [32, 3, 1392], [16, 8, 1030], [128, 33, 32], [40, 7, 480]);
  const folds = [(y: Node) => sum(y, channels), (y: Node) => add(amax(y, channels), 1), (y: Node) => sum(mul(y, y), channels)];
  fc.assert(
    fc.property(shapes, fc.nat(folds.length - 1), fc.integer({ min: 1, max: 9 }), fc.nat(), (shape, fold, parts, seed) => {
      const { paired, apart, results } = loopsOf(program(shape, masked, folds[fold]!));
      assert.deepEqual(apart.map(({ stretches }) => stretches.length), [1, 2]);
      assert.deepEqual(paired.map(({ stretches }) => stretches.length), [1, 1]);
      // A thread that has stored a chunk's numbers folds them.
      assert.equal(paired[0]!.stretches[0]!.size, apart[1]!.stretches[0]!.size);
      assert.deepEqual(results(1, parts, seed), results(0, 1, seed));
    }),
    { numRuns: 12 },
  );
});

test("a loop that folds windows is followed, too", () => {
  const { paired, results } = loopsOf(program([32, 16, 46, 46], (x) => maxPool2d(x, 2), (y) => sum(y, channels4)));
  assert.deepEqual(paired.map(({ stretches }) => stretches.length), [1, 1]);
  assert.deepEqual(results(1, 3, 5), results(0, 1, 5));
});

const channels4 = { axes: [0, 2, 3] } as const;

test("a fold runs behind another loop where its chunks are no whole points of it, or read something else", () => {
  const lengths = (roots: readonly Node[]) => loopsOf(roots).paired.map(({ stretches }) => stretches.length);
  // The numbers of an example are no whole vectors, or the examples no whole chunks.
  assert.deepEqual(lengths(program([32, 3, 1400], masked, (y) => sum(y, channels))), [1, 2]);
  assert.deepEqual(lengths(program([515, 3, 96], masked, (y) => sum(y, channels))), [1, 2]);
  const other = input([64, 16, 144], "float32", "other");
  assert.deepEqual(lengths(program([64, 16, 144], masked, (y) => sum(mul(y, other), channels))), [1, 2]);
  const scale = input([1, 16, 1], "float32", "scale");
  assert.deepEqual(lengths(program([64, 16, 144], masked, (y) => sum(mul(y, scale), channels))), [1, 2]);
});

test("a fold of what a kernel stores follows at once, and not behind others that read it", () => {
  const { kernels } = planned(lowered(program([64, 16, 144], masked, (y) => sum(y, channels))));
  assert.deepEqual(kernels.map(({ kind }) => kind), ["loop", "loop", "product"]);
});
