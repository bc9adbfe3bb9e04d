import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Diagnostic, tensor } from "../../src/api/index.ts";
import { momentum, sgd } from "../../src/optim/index.ts";
import { load, near } from "../nn/cases.ts";

const cases = load("networks");

test("opt-sgd", () => {
  const c = cases.of("opt-sgd");
  const { params } = sgd({ lr: c["lr"] }).update(tensor(c["w"]), tensor(c["dw"]), {});
  near(params, c["next_w"], cases.tolerance(c), "w");
});

test("opt-momentum", () => {
  const c = cases.of("opt-momentum");
  const optimizer = momentum({ lr: c["lr"], mu: c["momentum"] });
  const { params, state } = optimizer.update(tensor(c["w"]), tensor(c["dw"]), { velocity: tensor(c["velocity"]) });
  near(params, c["next_w"], cases.tolerance(c), "w");
  near(state.velocity, c["next_velocity"], cases.tolerance(c), "velocity");
});

test("trees in, trees out; what went in stays as it was; types stay", () => {
  const params = { layers: [{ w: tensor(Float32Array.of(1, 2)), b: tensor(0.5) }], name: "net" };
  const grads = { layers: [{ w: tensor(Float32Array.of(1, 1)), b: tensor(2) }], name: "net" };
  const optimizer = momentum({ lr: 0.5 });
  const first = optimizer.update(params, grads, optimizer.init(params));
  const second = optimizer.update(first.params, grads, first.state);
  assert.deepEqual(first.params.layers[0]!.w.toArraySync(), [0.5, 1.5]);
  assert.equal(first.params.layers[0]!.w.dtype, "float32");
  assert.equal(first.params.name, "net");
  // v = -1, then -0.9 - 1.
  assert.equal(second.params.layers[0]!.b.itemSync(), 0.5 - 1 - 1.9);
  assert.deepEqual(params.layers[0]!.w.toArraySync(), [1, 2]);
});

test("gradients or state of another shape are refused with the name", () => {
  const params = { w: tensor([1, 2]), b: tensor([3]) };
  const optimizer = momentum({ lr: 1 });
  const cases = [
    [{ w: tensor([1, 2, 3]), b: tensor([3]) }, optimizer.init(params), /the gradients give \.w \[3\] for \.w \[2\]/],
    [{ w: tensor([1, 2]) } as typeof params, optimizer.init(params), /the gradients give nothing for \.b \[1\]/],
    [params, { velocity: { w: tensor([0, 0]), b: tensor(0) } }, /the velocity give \.b \[\] for \.b \[1\]/],
  ] as const;
  for (const [grads, state, sentence] of cases) {
    assert.throws(
      () => optimizer.update(params, grads, state),
      (error) => error instanceof Diagnostic && error.code === "does-not-fit" && sentence.test(error.sentence),
    );
  }
});

/** Bytes of heap after a thousand and after ten thousand steps, in a process of its own. */
const heaps = (...args: string[]): { readonly early: number; readonly late: number } => {
  const child = fileURLToPath(new URL("steps.ts", import.meta.url));
  return JSON.parse(execFileSync(process.execPath, ["--expose-gc", child, ...args], { encoding: "utf8" }));
};

/** A kept step holds ten nodes and as many arrays, a thousand bytes at the least; this is a hundred a step. */
const growth = 900_000;

test("ten thousand steps without compile leave the heap flat", () => {
  const { early, late } = heaps();
  assert.ok(late - early < growth, `${early} bytes after 1,000 steps, ${late} after 10,000`);
});

test("the same measure sees graphs that are kept", () => {
  const { early, late } = heaps("--keep");
  assert.ok(late - early > growth, `${early} bytes after 1,000 steps, ${late} after 10,000`);
});

test("what has no gradient is not stepped, and misspelt settings are said", () => {
  const model = { w: tensor([1, 2], { dtype: "float32" }), labels: tensor([0, 1], { dtype: "int32" }) };
  const gradient = { w: tensor([1, 1], { dtype: "float32" }), labels: tensor([0, 0], { dtype: "int32" }) };
  const course = momentum({ lr: 0.5 });
  for (const { params } of [sgd({ lr: 0.5 }).update(model, gradient, {}), course.update(model, gradient, course.init(model))]) {
    assert.deepEqual([params.w.dtype, params.labels.dtype], ["float32", "int32"]);
    assert.deepEqual([params.w.toArraySync(), params.labels.toArraySync()], [[0.5, 1.5], [0, 1]]);
  }
  assert.throws(() => sgd({ learningRate: 0.1 } as never), (e) => e instanceof Diagnostic && e.code === "bad-options");
});
