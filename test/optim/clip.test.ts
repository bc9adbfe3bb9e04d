import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile, Diagnostic, tensor, type Tensor } from "../../src/api/index.ts";
import { clipByGlobalNorm, clipByValue, globalNorm } from "../../src/optim/index.ts";
import { near } from "../nn/cases.ts";

const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const vector = fc.array(number, { minLength: 1, maxLength: 5 });
const limit = fc.double({ min: 1e-3, max: 1e3, noNaN: true });

test("clipping by global norm: never longer than asked, same direction, untouched when short", () => {
  fc.assert(
    fc.property(vector, vector, limit, (a, b, max) => {
      const norm = Math.hypot(...a, ...b);
      const grads = { w: tensor(a), deep: [{ b: tensor(b) }] };
      near(globalNorm(grads), norm, { rtol: 1e-12, atol: 0 }, "norm");
      const cut = clipByGlobalNorm(grads, { max });
      assert.ok(globalNorm(cut).itemSync() <= max * (1 + 1e-12));
      if (norm <= max * (1 - 1e-12)) assert.deepEqual([cut.w.toArraySync(), cut.deep[0]!.b.toArraySync()], [a, b]);
      else near([cut.w, cut.deep[0]!.b], [a, b].map((v) => v.map((x) => (x * max) / norm)), { rtol: 1e-10, atol: 1e-300 }, "cut");
    }),
  );
});

test("clipping by value: each number on its own", () => {
  fc.assert(
    fc.property(vector, limit, (a, max) => {
      const cut = clipByValue([tensor(a)], { max })[0]!;
      assert.deepEqual(cut.toArraySync(), a.map((x) => Math.max(Math.min(x, max), -max)));
    }),
  );
});

test("an exploded gradient keeps its direction where its square would overflow, types and whole numbers stay", () => {
  const grads = {
    w: tensor([3e37, 0], { dtype: "float32" }),
    b: tensor(4e37, { dtype: "float32" }),
    labels: tensor([7, 7], { dtype: "int32" }),
  };
  const cut = clipByGlobalNorm(grads, { max: 1 });
  near(cut.w, [0.6, 0], { rtol: 1e-6, atol: 0 }, "w");
  near(cut.b, 0.8, { rtol: 1e-6, atol: 0 }, "b");
  assert.deepEqual([cut.w.dtype, cut.labels.dtype, cut.labels.toArraySync()], ["float32", "int32", [7, 7]]);
  near(clipByGlobalNorm([tensor([3e200, 4e200])], { max: 1 })[0]!, [0.6, 0.8], { rtol: 1e-12, atol: 0 }, "float64");
  assert.deepEqual(clipByValue(grads, { max: 2 }).labels.toArraySync(), [7, 7]);
});

test("zeros stay zeros, nothing has length 0, and what is not finite is not hidden", () => {
  assert.deepEqual(clipByGlobalNorm([tensor([0, 0])], { max: 1 })[0]!.toArraySync(), [0, 0]);
  assert.equal(globalNorm({}).itemSync(), 0);
  assert.equal(globalNorm([tensor([0])]).itemSync(), 0);
  for (const lost of [NaN, Infinity]) {
    const cut = clipByGlobalNorm([tensor([lost, 1])], { max: 1 })[0]!.dataSync();
    assert.ok(!cut.every(Number.isFinite), `${lost} became ${cut.join(", ")}`);
  }
  assert.ok(Number.isNaN(clipByValue([tensor([NaN])], { max: 1 })[0]!.dataSync()[0]));
});

test("compiled, clipping is the same", () => {
  const both = (g: Tensor): Tensor => clipByValue(clipByGlobalNorm([g], { max: 2 }), { max: 1.5 })[0]!;
  const g = tensor([3, 4, 0.1]) as Tensor;
  near(compile(both)(g) as Tensor, both(g).toArraySync() as number[], { rtol: 1e-12, atol: 0 }, "cut");
});

test("misspelt and impossible settings are refused by name", () => {
  for (const [name, clip] of [["clipByGlobalNorm", clipByGlobalNorm], ["clipByValue", clipByValue]] as const) {
    assert.throws(() => clip([], { norm: 1 } as never), (e) => e instanceof Diagnostic && e.code === "bad-options");
    assert.throws(() => clip([], { max: 0 }), (e) => e instanceof Diagnostic && e.sentence === `${name}: max: 0 is not a number above 0`);
  }
});
