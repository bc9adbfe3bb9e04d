/** Where a search looks, what a trial is, and what trials say together. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "node:test";
import { type Diagnostic, key } from "../../../src/api/index.ts";
import { generated } from "../../../src/data/index.ts";
import { gridPoints, judge, randomPoints, ranked, runTrial, shareOf, valueAt, withoutTest, type NumberRange, type Trial, type TrialResult } from "../../../src/train/search/index.ts";
import { goodness, settingsFor, train, planOf, type EpochEvent } from "../../../src/train/index.ts";

const range = (low: number, high: number, whole = false): NumberRange => ({ kind: "range", low, high, whole });

test("random points are even in the logarithm where a range spans a decade, and even where it does not", () => {
  const points = randomPoints({ lr: range(1e-4, 1), dropout: range(0, 0.5), batch: range(8, 512, true) }, 4000, key(3));
  const share = (test: (point: (typeof points)[number]) => boolean): number => points.filter(test).length / points.length;
  const about = (found: number, wanted: number): void => assert.ok(Math.abs(found - wanted) < 0.035, `${found}, not ${wanted}`);
  for (const [low, high] of [[1e-4, 1e-3], [1e-3, 1e-2], [1e-2, 1e-1], [1e-1, 1]] as const) about(share(({ lr }) => lr! >= low && lr! < high), 0.25);
  about(share(({ dropout }) => dropout! < 0.25), 0.5);
  about(share(({ batch }) => batch! < 64), 0.5);
  for (const { lr, dropout, batch } of points) {
    assert.ok(lr! >= 1e-4 && lr! <= 1 && dropout! >= 0 && dropout! <= 0.5 && Number.isInteger(batch) && batch! >= 8 && batch! <= 512);
    assert.equal(Number(lr!.toPrecision(3)), lr);
  }
});

test("a trial depends on the key and its number alone: a longer search begins like a shorter one", () => {
  const space = { lr: range(1e-4, 1), optimizer: { kind: "choices", values: ["adam", "sgd"] } } as const;
  const long = randomPoints(space, 20, key(1));
  assert.deepEqual(randomPoints(space, 7, key(1)), long.slice(0, 7));
  assert.notDeepEqual(randomPoints(space, 7, key(2)), long.slice(0, 7));
  assert.deepEqual(new Set(long.map(({ optimizer }) => optimizer)), new Set(["adam", "sgd"]));
});

test("values and shares of a range are each other's inverse, up to the digits that are kept", () => {
  fc.assert(
    fc.property(fc.constantFrom(range(1e-6, 1e-1), range(0, 0.5), range(0.02, 0.1), range(1e-3, 1e4)), fc.double({ min: 0, max: 1, noNaN: true }), (each, share) => {
      assert.ok(Math.abs(shareOf(each, valueAt(each, share)) - share) < 6e-3);
    }),
  );
});

test("a grid has both ends, equal factors, every alternative with every other, and no more points than trials", () => {
  const lrs = (space: Parameters<typeof gridPoints>[0], trials: number): (number | undefined)[] => gridPoints(space, trials).map(({ lr }) => lr);
  assert.deepEqual(lrs({ lr: range(1e-4, 1) }, 5), [1e-4, 1e-3, 1e-2, 1e-1, 1]);
  assert.deepEqual(gridPoints({ lr: range(0.01, 1), hidden: { kind: "choices", values: [[8], [4, 4]] } }, 7), [
    { lr: 0.01, hidden: [8] }, { lr: 0.01, hidden: [4, 4] }, { lr: 0.1, hidden: [8] },
    { lr: 0.1, hidden: [4, 4] }, { lr: 1, hidden: [8] }, { lr: 1, hidden: [4, 4] },
  ]);
  assert.equal(gridPoints({ lr: range(1e-4, 1), l2: range(1e-6, 1e-1) }, 20).length, 16);
  // Four whole numbers between 2 and 4 are three.
  assert.deepEqual(gridPoints({ batch: range(2, 4, true) }, 4).map(({ batch }) => batch), [2, 3, 4]);
  assert.throws(() => gridPoints({ lr: range(1e-4, 1), l2: range(1e-6, 1e-1) }, 3), (error: Diagnostic) => error.code === "grid-too-large" && /lr, l2 has 4 points/.test(error.message));
});

const settings = settingsFor("spiral", { hidden: [8], epochs: 3, lr: 0.01 });

test("a trial is the training of its settings, judged by the validation rows; the test rows are not needed", async () => {
  const data = generated("spiral");
  const result = await runTrial(withoutTest(data), settings);
  const epochs: EpochEvent[] = [];
  for await (const event of train(planOf(data, settings))) if (event.event === "epoch") epochs.push(event);
  assert.equal(result.outcome, "finished");
  assert.ok(result.outcome === "finished" && result.error > 0);
  assert.deepEqual([result.train, result.validation], [epochs.at(-1)!.train, epochs.at(-1)!.validation]);
  assert.equal(withoutTest(data).test.y.length, 0);
  const untrained = await runTrial(withoutTest(data), { ...settings, epochs: 0 });
  assert.ok(untrained.outcome === "finished");
  assert.equal(goodness(untrained.validation), goodness(epochs[0]!.validation));
});

test("a trial whose numbers are lost is a result", async () => {
  const lost = await runTrial(withoutTest(generated("spiral")), { ...settings, lr: 1e200, optimizer: "sgd", epochs: 20 });
  assert.equal(lost.outcome, "diverged");
  assert.ok(lost.outcome === "diverged" && lost.says.length > 10);
});

const trial = (number: number, lr: number, accuracy: number, error = 0.01, loss = 1): Trial => ({
  trial: number,
  point: { lr },
  result: { outcome: "finished", train: { loss, accuracy }, validation: { loss, accuracy }, error },
  seconds: 1,
});
const diverged: TrialResult = { outcome: "diverged", says: "lost" };
const space = { lr: range(1e-4, 1) };

test("ranked: by the validation rows, then by their loss; what diverged is last", () => {
  const trials = [trial(0, 0.1, 0.8), { ...trial(1, 1, 0), result: diverged }, trial(2, 0.01, 0.9, 0.01, 2), trial(3, 0.02, 0.9, 0.01, 1)];
  assert.deepEqual(ranked(trials).map((each) => each.trial), [3, 2, 0, 1]);
});

test("the best at the border is said, with a range that has the old end in its middle", () => {
  const low = judge(space, [trial(0, 1.1e-4, 0.9), trial(1, 0.01, 0.5)]);
  assert.deepEqual(low.borders.map(({ setting, end, value, wider }) => [setting, end, value, wider.low, wider.high]), [["lr", "low", 1.1e-4, 1e-6, 1e-2]]);
  const high = judge(space, [trial(0, 0.9, 0.9), trial(1, 0.01, 0.5)]);
  assert.deepEqual(high.borders.map(({ end, wider }) => [end, wider.low, wider.high]), [["high", 1e-2, 1e2]]);
  assert.deepEqual(judge(space, [trial(0, 0.01, 0.9), trial(1, 0.9, 0.5)]).borders, []);
  // Less than no dropout there is not, nor more than all of it.
  const dropped = (value: number): Trial => ({ ...trial(0, 0, 0.9), point: { dropout: value } });
  assert.deepEqual(judge({ dropout: range(0, 0.5) }, [dropped(0)]).borders, []);
  assert.deepEqual(judge({ dropout: range(0, 0.5) }, [dropped(0.5)]).borders.map(({ wider }) => [wider.low, wider.high]), [[0.25, 0.75]]);
});

test("trials within two standard errors of the best are as good, and inside the range or not", () => {
  const trials = [trial(0, 0.9, 0.9), trial(1, 0.01, 0.881), trial(2, 0.02, 0.85)];
  const verdict = judge(space, trials);
  assert.deepEqual([verdict.best?.trial, verdict.asGood, verdict.noise, verdict.insideAsGood], [0, 1, 0.02, true]);
  assert.equal(judge(space, [trials[0]!, trials[2]!]).insideAsGood, false);
  assert.equal(judge(space, [{ ...trials[0]!, result: diverged }]).best, undefined);
});
