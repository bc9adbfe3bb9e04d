import assert from "node:assert/strict";
import { test } from "node:test";
import { Diagnostic, grad, leavesOf, tensor, valueAndGrad } from "../../src/api/index.ts";
import { asBatch, loadDigits, takeRows } from "../../src/data/index.ts";
import type { Linear } from "../../src/nn/index.ts";
import { goodness, measure, objective, planOf, recipeOf, settingsFor, train, type Network, type Settings, type Trained, type TrainEvent } from "../../src/train/index.ts";

type Event = Exclude<TrainEvent<Network>, { event: "step" }>;

const digits = await loadDigits();

const run = async (settings: Partial<Settings>): Promise<{ events: Event[]; trained: Trained<Network> }> => {
  const events: Event[] = [];
  const training = train(planOf(digits, settingsFor("digits", settings)));
  for (;;) {
    const { value, done } = await training.next();
    if (done) return { events, trained: value };
    if (value.event !== "step") events.push(value);
  }
};

const quick = { hidden: [16], epochs: 3, batch: 32 };

/** Everything but the time it took. */
const timeless = (events: readonly Event[]): unknown => JSON.parse(JSON.stringify(events, (name, value) => (name === "seconds" ? 0 : value)));

const bits = (model: Network): number[] => leavesOf(model).flatMap(({ tensor }) => [...tensor.dataSync()]);

test("the events of a run: start, one before the first epoch and one after each, done", async () => {
  const { events, trained } = await run(quick);
  assert.deepEqual(events.map(({ event }) => event), ["start", "epoch", "epoch", "epoch", "epoch", "done"]);
  const [start, before, first, , last, done] = events;
  assert.ok(start?.event === "start" && before?.event === "epoch" && first?.event === "epoch" && last?.event === "epoch" && done?.event === "done");
  assert.deepEqual(start.layers, [64, 16, 10]);
  assert.equal(start.parameters, 64 * 16 + 16 + 16 * 10 + 10);
  assert.deepEqual(start.rows, { train: 1077, validation: 360, test: 360 });
  assert.equal(start.steps, 3 * 34);
  assert.match(start.notice!, /CC BY 4\.0/);
  assert.equal(before.step, 0);
  assert.equal(last.step, start.steps);
  // An untrained net knows nothing: its loss is near that of ten equal chances.
  assert.ok(Math.abs(before.train.loss - Math.log(10)) < 0.7, String(before.train.loss));
  assert.ok("accuracy" in before.train && before.train.accuracy < 0.3);
  assert.ok(first.train.loss < before.train.loss / 2);
  assert.ok(goodness(last.validation) > 0.85, String(goodness(last.validation)));
  assert.equal(done, trained.done);
  assert.deepEqual(JSON.parse(JSON.stringify(done)), done);
});

test("test figures are those of the net that is returned, on rows it was not shown", async () => {
  const { trained: { model, task, data, done } } = await run(quick);
  const again = measure(task, model, data.test);
  assert.ok("confusion" in done && "accuracy" in again);
  assert.equal(done.testAccuracy, again.accuracy);
  assert.equal(done.testLoss, again.loss);
  const diagonal = done.confusion.reduce((sum, row, i) => sum + row[i]!, 0);
  assert.equal(diagonal / 360, done.testAccuracy);
  for (const [label, row] of done.confusion.entries()) {
    assert.equal(row.reduce((sum, n) => sum + n, 0), data.test.y.filter((y) => y === label).length);
  }
});

test("the same settings give the same bits; another seed gives others", async () => {
  const [a, b, c] = [await run({ ...quick, seed: 7 }), await run({ ...quick, seed: 7 }), await run({ ...quick, seed: 8 })];
  assert.deepEqual(timeless(a.events), timeless(b.events));
  assert.deepEqual(bits(a.trained.model), bits(b.trained.model));
  assert.notDeepEqual(bits(a.trained.model), bits(c.trained.model));
});

test("the recipe keeps the promise on one seed: at least 96% of the test rows", async () => {
  const { events, trained } = await run({ seed: 0, epochs: 15 });
  const { testAccuracy } = trained.done as { testAccuracy: number };
  assert.ok(testAccuracy >= 0.96, String(testAccuracy));
  const last = events.at(-2);
  assert.ok(last?.event === "epoch" && goodness(last.train) >= 0.99);
});

test("without a hidden layer it is a softmax classifier", async () => {
  const { trained } = await run({ hidden: [], epochs: 3 });
  assert.equal(trained.model.length, 1);
  const { testAccuracy } = trained.done as { testAccuracy: number };
  assert.ok(testAccuracy > 0.9, String(testAccuracy));
});

test("what a gradient check needs: loss and penalty of that very net on a few rows", async () => {
  const { trained: { model, task, data } } = await run({ ...quick, epochs: 1, l2: 0.01, dtype: "float64" });
  const few = asBatch(takeRows(data.train, [0, 1, 2, 3]));
  const f = (at: Network) => objective(task, at, few);
  const { value, grad: d } = valueAndGrad(f)(model);
  assert.equal(value.itemSync(), task.loss(task.scores(model, few.x), few.y).itemSync() + task.penalty(model).itemSync());
  const [hidden, { w, b }] = model as readonly [Linear, Linear];
  const h = 1e-5;
  const at = (change: number): number => {
    const moved = w.dataSync();
    moved[3]! += change;
    return f([hidden, { w: tensor(moved, { shape: w.shape }), b }]).itemSync();
  };
  const dw = (d[1] as Linear).w.dataSync()[3]!;
  const numeric = (at(h) - at(-h)) / (2 * h);
  assert.ok(Math.abs(numeric - dw) < 1e-9, `${numeric} and ${dw}`);
  assert.deepEqual((grad(task.penalty)(model)[0] as Linear).b.dataSync().filter((v) => v !== 0).length, 0);
});

const wrong: readonly (readonly [Partial<Settings>, string, RegExp])[] = [
  [{ epochs: -1 }, "bad-setting", /^epochs: -1 is not a whole number, 0 or more$/],
  [{ batch: 0 }, "bad-setting", /^batch: 0 is not/],
  [{ lr: NaN }, "bad-setting", /^lr: NaN is not a number above 0$/],
  [{ momentum: 1 }, "bad-setting", /^momentum: 1 is not/],
  [{ l2: -1 }, "bad-setting", /^l2: -1 is not/],
  [{ hidden: [8, 0.5] }, "bad-setting", /^hidden: \[8,0\.5\] is not/],
  [{ seed: -3 }, "bad-setting", /^seed: -3 is not/],
];
for (const [settings, code, sentence] of wrong) {
  test(`a setting that makes no sense is refused: ${JSON.stringify(settings)}`, () => {
    assert.throws(() => settingsFor("digits", settings), (error) => error instanceof Diagnostic && error.code === code && sentence.test(error.sentence));
  });
}

test("a step far too long stops the run and says so", async () => {
  await assert.rejects(run({ ...quick, lr: 1e200 }), (error) => {
    assert.ok(error instanceof Diagnostic && error.code === "not-finite");
    assert.match(error.sentence, /^step \d+ \(epoch 1\): the numbers are lost: /);
    assert.match(error.help!, /learning rate/);
    return true;
  });
});

test("the test rows are those of the stored split, whatever the seed", async () => {
  const { test: rows } = await loadDigits();
  const { trained } = await run({ ...quick, epochs: 0, seed: 99 });
  assert.deepEqual(trained.data.test.y, rows.y);
  assert.equal(recipeOf("digits").seed, 0);
});
