/** The loop: what a step leaves, what it writes over, and where a training stands whose numbers are lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Diagnostic, key, leavesOf, tensor, type Tensor, where } from "../../src/api/index.ts";
import type { Examples } from "../../src/data/examples.ts";
import { perTensor } from "../../src/optim/optimizer.ts";
import { copied, floatsOf, withFloats } from "../../src/train/floats.ts";
import { fit, startAt, type FitOptions, type Position, type StepEvent } from "../../src/train/fit.ts";
import { compiled, measure, type Task } from "../../src/train/task.ts";
import { identityOf, planOf, settingsFor, type RunSettings } from "../../src/train/index.ts";
import { readSettings } from "../../src/train/read-settings.ts";
import { train } from "../../src/train/train.ts";
import { moons, regression } from "./sets.ts";

interface Line {
  readonly w: Tensor;
  readonly b: Tensor;
}

const rows: Examples = { x: Float64Array.from({ length: 60 }, (_, i) => Math.sin(i)), y: Float64Array.from({ length: 30 }, (_, i) => i / 30), columns: 2 };
const start: Line = { w: tensor([0.5, -0.25], { dtype: "float32" }), b: tensor(0.125, { dtype: "float32" }) };
const task: Task<Line> = {
  kind: "number",
  scores: ({ w, b }, x) => x.matmul(w).add(b),
  loss: (scores, y) => scores.sub(y).sq().mean(),
  penalty: () => tensor(0),
};

/** Plain steps, but for one that no number survives. */
const breaksAt = (bad: number) =>
  perTensor(["step"], 0.05, (w, gradient, { step }, { lr }) => ({
    w: where(step.lt(bad), w.sub(gradient.mul(lr)), w.mul(1e30).mul(1e30)),
    state: {},
  }));

const numbersOf = (tree: unknown) => leavesOf(tree).map(({ path, tensor: leaf }) => [path, [...leaf.dataSync()]]);

const run = async (options: Partial<FitOptions<Line>> & Pick<FitOptions<Line>, "optimizer">) => {
  const copies: Position<Line>[] = [];
  let last: StepEvent<Line> | undefined;
  let error: unknown;
  try {
    const from = startAt(start, options.optimizer);
    for await (const event of fit(task, { train: rows, validation: rows }, { epochs: 40, batch: 8, key: key(3), from, ...options })) {
      if (event.event !== "step") continue;
      last = event;
      copies.push(copied(event.position));
    }
  } catch (caught) {
    error = caught;
  }
  return { copies, last: last!, error };
};

for (const bad of [2, 57, 101, 102, 130]) {
  test(`numbers that are lost in step ${bad} leave the step before as it was`, async () => {
    const { copies, last, error } = await run({ optimizer: breaksAt(bad) });
    assert.ok(error instanceof Diagnostic && error.code === "not-finite");
    assert.match(error.sentence, new RegExp(`^step ${bad} \\(epoch \\d+\\): the numbers are lost: the update of model\\.[wb] overflowed$`));
    assert.equal(copies.length, bad - 1);
    assert.equal(last.position.step, bad - 1);
    assert.deepEqual(numbersOf(last.position), numbersOf(copies.at(-1)));
    assert.ok(numbersOf(last.gradient).every(([, values]) => (values as number[]).every(Number.isFinite)));
  });
}

test("a step writes over the one before; what it began with stays, and copies do", async () => {
  const { copies } = await run({ optimizer: breaksAt(Infinity), epochs: 2 });
  assert.equal(copies.length, 8);
  assert.deepEqual(numbersOf(start), [[".w", [0.5, -0.25]], [".b", [0.125]]]);
  const again = await run({ optimizer: breaksAt(Infinity), epochs: 2 });
  assert.deepEqual(copies.map(numbersOf), again.copies.map(numbersOf));
});

test("steps that are watched have the model before them, and others not", async () => {
  const optimizer = breaksAt(Infinity);
  const watched: number[] = [];
  let before: Line = start;
  for await (const event of fit(task, { train: rows, validation: rows }, { optimizer, epochs: 3, batch: 8, key: key(3), from: startAt(start, optimizer), watch: (step, isLast) => isLast || step % 5 === 0 })) {
    if (event.event !== "step") continue;
    if (event.before) {
      watched.push(event.position.step);
      assert.deepEqual(numbersOf(event.before), numbersOf(before));
    }
    before = copied(event.position.model);
  }
  assert.deepEqual(watched, [4, 5, 8, 10, 12]);
});

test("many rows are measured some at a time, as all at once", () => {
  const many: Examples = { x: Float64Array.from({ length: 2 * 1300 }, (_, i) => Math.sin(i)), y: Float64Array.from({ length: 1300 }, (_, i) => Math.cos(i)), columns: 2 };
  const model = withFloats(start, "float64");
  for (const one of [task, compiled(task)]) {
    const found = measure(one, model, many) as { loss: number; r2: number; predictions: Float64Array };
    const scores = task.scores(model, tensor(many.x, { shape: [1300, 2] })).dataSync() as Float64Array;
    const loss = scores.reduce((sum, v, i) => sum + (v - many.y[i]!) ** 2, 0) / 1300;
    assert.ok(Math.abs(found.loss - loss) < 1e-12, `${found.loss}, not ${loss}`);
    found.predictions.forEach((v, i) => assert.ok(Math.abs(v - scores[i]!) < 1e-14));
  }
  assert.equal(measure(task, start, { ...many, x: many.x.slice(0, 4), y: many.y.slice(0, 2) }).predictions.length, 2);
});

test("training is float32 unless float64 is asked for: the same start, rounded, and nearly the same end", async () => {
  for (const data of [moons(1), regression(1)]) {
    const chosen = { hidden: [8], epochs: 5, lr: 0.01 };
    const plans = [planOf(data, settingsFor("", chosen)), planOf(data, settingsFor("", { ...chosen, dtype: "float64" }))] as const;
    assert.deepEqual(plans.map(({ start: net }) => floatsOf(net)), ["float32", "float64"]);
    assert.deepEqual(numbersOf(plans[0].start), numbersOf(withFloats(plans[1].start, "float32")));
    const losses = await Promise.all(
      plans.map(async (plan) => {
        for await (const event of train(plan)) if (event.event === "done") return event.testLoss;
        return NaN;
      }),
    );
    assert.ok(Math.abs(losses[0]! - losses[1]!) < 1e-3 * losses[1]!, String(losses));
    assert.notEqual(losses[0], losses[1]);
  }
});

test("a run that does not say its type is float64, and the run it was", () => {
  const { dtype: _, ...old } = settingsFor("", { model: "softmax", dtype: "float64" });
  const whole = {
    format: 1,
    chainrule: "0.1.0",
    data: { name: "points.csv", digest: "0".repeat(64) },
    schema: { inputs: [{ kind: "number", name: "x", mean: 0, deviation: 1 }], label: { kind: "class", name: "side", classes: ["left", "right"] } },
    settings: old,
    arithmetic: { runtime: "WebAssembly, float64", engine: "v8 13.6, x64" },
  };
  const read = readSettings(JSON.stringify(whole));
  assert.equal(read.settings.dtype, "float64");
  assert.equal(identityOf(read), identityOf(whole as unknown as RunSettings));
  assert.notEqual(identityOf({ ...read, settings: { ...read.settings, dtype: "float32" } }), identityOf(read));
});
