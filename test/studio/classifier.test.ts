/** The classifier page without its page: its numbers are those of the course and of the library, its regions those of its scores. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { grads, tensor, type Tensor } from "../../src/api/index.ts";
import { applyLinear, oneVsAllLoss, penalty, softmaxLoss, structuredSvmLoss, svmLoss, type Linear } from "../../src/nn/index.ts";
import { areFinite, kept, measure, randomised, updated } from "../../src/studio/classifier/classifier.ts";
import { classifierJSON } from "../../src/studio/classifier/data.ts";
import { reachOf, regionsOf, snapped, zeroLineOf, type Place } from "../../src/studio/classifier/plane.ts";
import { strengthAt, strengthPlace, stepAt, stepPlace } from "../../src/studio/classifier/sliders.ts";
import { added, initial, linkData, lossNames, most, pointChanged, readState, removed, type ClassifierState, type LossName } from "../../src/studio/classifier/state.ts";
import { forgettingWords, pointWords, verdictWords } from "../../src/studio/classifier/words.ts";
import { readLink, writeLink } from "../../src/studio/link.ts";
import { load, near } from "../nn/cases.ts";

const cases = load("classifiers");
const tol = { rtol: 1e-12, atol: 1e-14 };

/** What the file calls the losses. */
const fields: Readonly<Record<LossName, string>> = { svm: "svm", "one-vs-all": "one_vs_all_hinge", structured: "structured_svm", softmax: "softmax" };

const losses = { svm: svmLoss, "one-vs-all": oneVsAllLoss, structured: structuredSvmLoss, softmax: softmaxLoss } as const;

const coordinates = fc.double({ min: -3, max: 3, noNaN: true });
const weights = fc.double({ min: -5, max: 5, noNaN: true });
const states: fc.Arbitrary<ClassifierState> = fc.record({
  points: fc.array(fc.record({ x: coordinates, y: coordinates, label: fc.constantFrom(0 as const, 1 as const, 2 as const) }), { maxLength: 12 }),
  w: fc.tuple(fc.tuple(weights, weights), fc.tuple(weights, weights), fc.tuple(weights, weights)),
  b: fc.tuple(weights, weights, weights),
  loss: fc.constantFrom(...lossNames),
  strength: fc.double({ min: 0, max: 2, noNaN: true }),
  stepSize: fc.double({ min: 0, max: 1, noNaN: true }),
  updates: fc.nat(),
  seed: fc.nat(),
  label: fc.constantFrom(0 as const, 1 as const, 2 as const),
});

test("the course's scores have the course's losses and gradients, in all four forms", () => {
  for (const c of cases.kind("scores").filter((each) => each["delta"] === 1 && each["scores"].length === 3)) {
    for (const loss of lossNames) {
      // At the origin the scores are the biases, and their gradient is that of the scores.
      const state = { ...initial, points: [{ x: 0, y: 0, label: c["label"] }], b: c["scores"], loss, strength: 0 };
      const { scores, losses: each, dataLoss, gradient } = measure(state);
      near(scores, [c["scores"]], tol, `${c.id} scores`);
      near([...each, dataLoss], [c[fields[loss]].loss, c[fields[loss]].loss], tol, `${c.id} ${loss}`);
      near(gradient.b, c[fields[loss]].dscores, tol, `${c.id} ${loss} gradient`);
    }
  }
});

test("the demo opens with the scores and losses that follow from its points", () => {
  const { scores, losses: each, dataLoss, penalty: size, loss, wrong } = measure(initial);
  near(scores[0]!, [1.3, -0.1, 0.6], tol, "first scores");
  near(scores[8]!, [-1.4, 1.7, -1.2], tol, "last scores");
  near(each[0]!, 0.3, { rtol: 1e-12, atol: 1e-12 }, "first loss");
  near(each[8]!, 3.9 + 0.8, tol, "last loss");
  near(size, 3.5, tol, "0.1 * 35");
  near(dataLoss, each.reduce((sum, one) => sum + one, 0) / 9, tol, "the mean");
  near(loss, dataLoss + 3.5, tol, "both");
  assert.ok(wrong > 0);
});

test("losses and gradients are the library's, for any points and parameters", () => {
  fc.assert(
    fc.property(states.filter(({ points }) => points.length > 0), (state) => {
      const { gradient, dataGradient, dataLoss, losses: each } = measure(state);
      const x = tensor(state.points.map((point) => [point.x, point.y]));
      const labels = state.points.map(({ label }) => label);
      const model: Linear = { w: tensor([0, 1].map((i) => state.w.map((row) => row[i]!))), b: tensor([...state.b]) };
      const data = (m: Linear): Tensor => losses[state.loss](applyLinear(m, x), labels);
      assert.equal(dataLoss, data(model).itemSync());
      const turned = (of: Linear): number[][] => (of.w.toArraySync() as number[][])[0]!.map((_, k) => [0, 1].map((i) => (of.w.toArraySync() as number[][])[i]![k]!));
      const [whole] = grads((m: Linear) => data(m).add(penalty(m, { l2: state.strength })))(model) as unknown as [Linear];
      const [points] = grads(data)(model) as unknown as [Linear];
      near(gradient.w as number[][], turned(whole), { rtol: 1e-9, atol: 1e-12 }, "W");
      near(gradient.b as number[], Array.from(whole.b.dataSync()), { rtol: 1e-9, atol: 1e-12 }, "b");
      near(dataGradient.w as number[][], turned(points), { rtol: 1e-9, atol: 1e-12 }, "W from the points");
      const alone = state.points.map((point) => losses[state.loss](applyLinear(model, tensor([[point.x, point.y]])), [point.label]).itemSync());
      near(each as number[], alone, { rtol: 1e-9, atol: 1e-12 }, "each");
    }),
    { numRuns: 40 },
  );
});

test("regularisation forgets: without data gradient W shrinks as the course says, and b stays", () => {
  const c = cases.of("gradual-forgetting");
  // The course's penalty here is half of the demo's.
  let state: ClassifierState = { ...initial, points: [], w: [[c["w0"][0], c["w0"][1]], [c["w0"][2], 0], [0, 0]], strength: c["lambda"] / 2, stepSize: c["lr"] };
  for (let k = 1; k <= 100; k++) {
    state = { ...state, ...updated(state, measure(state).gradient) };
    if (String(k) in c["w_after"]) near([...state.w[0]!, state.w[1]![0]!], c["w_after"][k], { rtol: 1e-12, atol: 1e-15 }, `after ${k}`);
  }
  assert.deepEqual(state.b, initial.b);
  assert.equal(state.updates, 100);
  assert.equal(kept(state), 0.95);
  // With every margin kept the SVM says nothing either; softmax always pulls.
  const content: ClassifierState = { ...initial, points: [{ x: 1, y: 0, label: 0 }], w: [[5, 0], [0, 0], [0, 0]], b: [0, 0, 0] };
  assert.ok(measure(content).dataGradient.w.flat().every((g) => g === 0));
  near(updated(content, measure(content).gradient).w[0]!, [5 * kept(content), 0], tol, "one update");
  assert.ok(measure({ ...content, loss: "softmax" }).dataGradient.w[0]![0]! < 0);
});

test("every loss learns the demo's points, and a step that is too large is said to be lost, not shown", () => {
  for (const loss of lossNames) {
    let state: ClassifierState = { ...initial, loss, strength: 0.001 };
    const before = measure(state).loss;
    for (let k = 0; k < 400; k++) state = { ...state, ...updated(state, measure(state).gradient) };
    const after = measure(state);
    assert.ok(after.loss < before / 2, loss);
    if (loss !== "one-vs-all") assert.equal(after.wrong, 0, loss);
  }
  let state: ClassifierState = { ...initial, stepSize: 1e6, strength: 1e6 };
  for (let k = 0; k < 30; k++) state = { ...state, ...updated(state, measure(state).gradient) };
  assert.equal(areFinite(state), false);
  assert.deepEqual(readState(JSON.parse(JSON.stringify(linkData(state)))), state);
});

test("random parameters come from their seed alone", () => {
  const first = randomised(initial);
  assert.deepEqual(first, randomised({ ...initial, points: [], w: first.w }));
  assert.notDeepEqual(first.w, randomised({ ...initial, ...first }).w);
  assert.equal(first.updates, 0);
});

/** Whether a place lies in a convex polygon that runs counter-clockwise. */
const isInside = (polygon: readonly Place[], [x, y]: Place): boolean =>
  polygon.length > 0 && polygon.every(([ax, ay], i) => {
    const [bx, by] = polygon[(i + 1) % polygon.length]!;
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= -1e-9;
  });

const area = (polygon: readonly Place[]): number =>
  polygon.reduce((sum, [ax, ay], i) => sum + (ax * polygon[(i + 1) % polygon.length]![1] - ay * polygon[(i + 1) % polygon.length]![0]) / 2, 0);

test("the regions are where the library's scores are largest, and fill the square", () => {
  fc.assert(
    fc.property(states, fc.array(fc.tuple(coordinates, coordinates), { minLength: 1, maxLength: 10 }), (state, places) => {
      const regions = regionsOf(state, 3);
      assert.ok(Math.abs(regions.reduce((sum, one) => sum + area(one), 0) - 36) < 1e-6);
      const { predicted, scores } = measure({ ...state, points: places.map(([x, y]) => ({ x, y, label: 0 })) });
      places.forEach((place, i) => {
        const [best, next] = [...scores[i]!].sort((a, b) => b - a);
        if (best! - next! > 1e-6) assert.ok(isInside(regions[predicted[i]!]!, place), `${place}`);
      });
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(regionsOf({ w: [[0, 0], [0, 0], [0, 0]], b: [0, 0, 0] }, 1).map((one) => one.length), [4, 0, 0]);
  assert.deepEqual(regionsOf({ w: [[1, 2], [1, 2], [1, 2]], b: [0, 1, 1] }, 1).map((one) => one.length), [0, 4, 0]);
});

test("a zero line lies where the score is 0, and its arrow goes up", () => {
  fc.assert(
    fc.property(states, fc.constantFrom(0, 1, 2), (state, k) => {
      const line = zeroLineOf(state, k, 2);
      const score = ([x, y]: Place): number => state.w[k]![0]! * x + state.w[k]![1]! * y + state.b[k]!;
      if (line === undefined) {
        // Then the whole square is on one side.
        const corners = [[-2, -2], [2, -2], [2, 2], [-2, 2]] as const;
        const signs = new Set(corners.map((corner) => Math.sign(score(corner))).filter((sign) => sign !== 0));
        assert.ok(signs.size <= 1);
        return;
      }
      assert.ok(score(line.arrow.to) >= score(line.arrow.from));
      const scale = Math.hypot(...state.w[k]!) + Math.abs(state.b[k]!);
      for (const end of [line.from, line.to, line.arrow.from]) assert.ok(Math.abs(score(end)) <= 1e-9 * (1 + scale));
    }),
    { numRuns: 100 },
  );
  assert.deepEqual(zeroLineOf({ w: [[1, 0], [0, 0], [0, 0]], b: [0, 1, 0] }, 0, 1)?.arrow, { from: [0, 0], to: [0.13, 0] });
  assert.equal(zeroLineOf({ w: [[1, 0], [0, 0], [0, 0]], b: [0, 1, 0] }, 1, 1), undefined);
});

test("the drawing reaches every point, and hands put points on short numbers", () => {
  assert.equal(reachOf([]), 1.25);
  assert.equal(reachOf([{ x: 1.3, y: 0, label: 0 }]), 2.5);
  assert.equal(reachOf([{ x: 0, y: -2.5, label: 0 }]), 2.5);
  assert.equal(snapped(0.3333, 1.25), 0.33);
  assert.equal(snapped(-9, 1.25), -1.25);
  assert.ok(Object.is(snapped(-0.001, 1.25), 0));
  for (const value of [0.001, 0.1, 10]) assert.ok(Math.abs(stepAt(stepPlace(value)) - value) < 1e-12);
  assert.equal(strengthAt(strengthPlace(0.25)), 0.25);
  assert.equal(strengthPlace(7), 1);
});

test("points are added, changed and removed, and there are never too many", () => {
  const more = { ...initial, ...added({ ...initial, label: 2 }, 0.1, 0.2) };
  assert.deepEqual(more.points.at(-1), { x: 0.1, y: 0.2, label: 2 });
  assert.equal(more.selected, 9);
  assert.deepEqual(pointChanged(more, 9, { label: 1 }).points[9], { x: 0.1, y: 0.2, label: 1 });
  assert.deepEqual(removed(more, 9), { points: initial.points, selected: 8 });
  assert.deepEqual(removed({ ...initial, points: initial.points.slice(0, 1) }, 0), { points: [], selected: undefined });
  const full = { ...initial, points: Array.from({ length: most.points }, () => initial.points[0]!) };
  assert.equal(added(full, 0, 0), undefined);
});

test("a state comes back from its link; what is no state is none", async () => {
  await fc.assert(
    fc.asyncProperty(states, async (state) => {
      const { state: data } = await readLink(await writeLink("classifier", linkData(state)));
      // Coordinates are never minus zero by hand; JSON does not tell it from zero.
      const plain = { ...state, points: state.points.map(({ x, y, label }) => ({ x: x + 0, y: y + 0, label })), strength: state.strength + 0, stepSize: state.stepSize + 0 };
      assert.deepEqual(readState(data), plain);
    }),
    { numRuns: 40 },
  );
  fc.assert(fc.property(fc.anything(), (data) => void readState(data)));
  const good = linkData(initial) as Record<string, unknown>;
  assert.deepEqual(readState({ ...good, loss: "x", strength: -1, stepSize: "1", updates: 0.5, seed: -1, label: 3, selected: 9 }), initial);
  for (const bad of [null, 1, [], {}, { ...good, w: [[1, 2]] }, { ...good, b: [1, 2, "x"] }, { ...good, points: [[0, 0, 3]] }, { ...good, points: [[1e9, 0, 0]] }, { ...good, points: Array(most.points + 1).fill([0, 0, 0]) }, { ...good, points: Array(5) }]) {
    assert.equal(readState(bad), undefined);
  }
});

test("it says in words what it shows", () => {
  assert.equal(pointWords(3, { x: -0.4, y: 0.3, label: 1 }, 2), "Point 4, triangle of class 1, at -0.40, 0.30, wrong: class 2 scores highest");
  assert.equal(verdictWords(initial, measure(initial)), "7 of 9 points are wrong.");
  assert.equal(forgettingWords(0.98), "Without data gradient every update multiplies W by 0.98: W is slowly forgotten.");
  assert.match(forgettingWords(-1.5), /too large/);
  const data = JSON.parse(classifierJSON(initial, measure(initial))) as { points: { scores: number[]; label: number }[]; totalLoss: number };
  assert.equal(data.points.length, 9);
  assert.equal(data.totalLoss, measure(initial).loss);
});
