/** Kinks along a ray: the course's three points, random sums of hinges against their own arithmetic, and what is no kink. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "node:test";
import { max, relu, tensor, type Tensor, where } from "../../../src/api/index.ts";
import { softmaxLoss, svmLoss } from "../../../src/nn/index.ts";
import { alongRay, coordinateDirection, locateKinks } from "../../../src/train/landscape/index.ts";
import { linspace, load, near } from "../../nn/cases.ts";

const cases = load("classifiers");

test("svm-3-points-1d: the loss over w0, and the four places where its slope changes", () => {
  const given = cases.of("svm-3-points-1d");
  const [x, labels] = [tensor(given["x"]).reshape([3, 1]), [0, 1, 2]];
  const loss = ({ w }: { w: Tensor }): Tensor => svmLoss(x.matmul(w.reshape([1, 3])), labels);
  const model = { w: tensor(given["w"]) };
  const [w0] = given["w"] as number[];
  const way = coordinateDirection(model, "w", [0]);
  near(loss(model), given["loss_at_w"], cases.tolerance(given), "loss");
  near(alongRay(loss, model, way, given["grid"].map((w: number) => w - w0!)), given["losses_on_grid"], cases.tolerance(given), "losses");
  const { kinks } = locateKinks(loss, model, way, { grid: [-3 - w0!, 3 - w0!] });
  const places = kinks.map(({ at }) => at + w0!);
  assert.equal(places.length, 4);
  places.forEach((place, i) => assert.ok(Math.abs(place - given["kinks_in_w0"][i]) < 2e-12, `${place}`));
  // Convex: every kink bends upwards, and between two of them the slope stays.
  kinks.forEach(({ before, after }, i) => {
    assert.ok(after > before);
    if (i > 0) assert.ok(Math.abs(before - kinks[i - 1]!.after) < 1e-12);
  });
});

test("random sums of hinges: every kink is found where it must be, and no other", () => {
  const hinge = fc.record({ weight: fc.integer({ min: 1, max: 9 }), slope: fc.integer({ min: -9, max: 9 }), kink: fc.integer({ min: -99, max: 99 }) });
  fc.assert(
    fc.property(fc.array(hinge, { minLength: 1, maxLength: 8 }), (hinges) => {
      const [weights, slopes, offsets] = [
        tensor(hinges.map(({ weight }) => weight)),
        tensor(hinges.map(({ slope }) => slope)),
        tensor(hinges.map(({ slope, kink }) => (-slope * kink) / 10)),
      ];
      const loss = ({ w }: { w: Tensor }): Tensor => relu(slopes.mul(w).add(offsets)).mul(weights).sum();
      const { kinks, until } = locateKinks(loss, { w: tensor(0) }, { w: tensor(1) }, { grid: [-10.05, 0.05, 10.05] });
      const expected = [...new Set(hinges.flatMap(({ slope, kink }) => (slope === 0 ? [] : [kink / 10])))].sort((a, b) => a - b);
      assert.equal(until, 10.05);
      assert.equal(kinks.length, expected.length);
      kinks.forEach(({ at, before, after }, i) => {
        assert.ok(Math.abs(at - expected[i]!) <= 2e-12, `${at}, not ${expected[i]}`);
        const jump = hinges.reduce((sum, { weight, slope, kink }) => sum + (kink / 10 === expected[i] ? weight * Math.abs(slope) : 0), 0);
        assert.ok(Math.abs(after - before - jump) < 1e-9);
      });
    }),
    { numRuns: 60 },
  );
});

test("several pieces of one maximum are told apart", () => {
  const loss = ({ w }: { w: Tensor }): Tensor => max(w.neg(), w.mul(0.5).sub(1.5), w.mul(2).sub(9));
  const { kinks } = locateKinks(loss, { w: tensor(0) }, { w: tensor(1) }, { grid: [0, 10] });
  assert.deepEqual(kinks.map(({ at, before, after }) => [Number(at.toFixed(11)), before, after]), [[1, -1, 0.5], [5, 0.5, 2]]);
});

test("an element that changes pieces where nobody looks at it is no kink, nor is a smooth loss", () => {
  const masked = ({ w }: { w: Tensor }): Tensor => where(tensor(false), relu(w), w.sq());
  assert.deepEqual(locateKinks(masked, { w: tensor(-1) }, { w: tensor(1) }, { grid: [0, 3] }).kinks, []);
  const smooth = ({ w }: { w: Tensor }): Tensor => softmaxLoss(w.mul(tensor([[1, -2, 0.5]])), [0]);
  assert.deepEqual(locateKinks(smooth, { w: tensor(-1) }, { w: tensor(1) }, { grid: Array.from(linspace(-3, 3, 9)) }).kinks, []);
});

test("a loss that does not depend on the ray has no kinks, and one with too many says how far it was searched", () => {
  const constant = (): Tensor => tensor(1);
  assert.deepEqual(locateKinks(constant, { w: tensor(0) }, { w: tensor(1) }, { grid: [0, 1] }).kinks, []);
  const many = ({ w }: { w: Tensor }): Tensor => relu(w.sub(tensor([1, 2, 3, 4]))).sum();
  const { kinks, until } = locateKinks(many, { w: tensor(0) }, { w: tensor(1) }, { grid: [0, 5], most: 2 });
  assert.equal(kinks.length, 2);
  assert.ok(Math.abs(until - 2) < 1e-11);
});

test("a loss that is curved between its kinks has them located as closely", () => {
  // Two layers: before its relus the net is quadratic in the distance.
  const x = tensor([[0.3], [-1.2], [2.1]]);
  const loss = ({ v, w }: { v: Tensor; w: Tensor }): Tensor => relu(relu(x.matmul(v)).matmul(w).sub(0.5)).sum();
  const model = { v: tensor([[1, -0.5]]), w: tensor([[0.7], [0.4]]) };
  const direction = { v: tensor([[-1, 0.8]]), w: tensor([[0.5], [0.9]]) };
  const { kinks } = locateKinks(loss, model, direction, { grid: Array.from(linspace(-2, 3, 41)) });
  assert.ok(kinks.length >= 4);
  const [at] = [(a: number): number => alongRay(loss, model, direction, [a])[0]!];
  for (const { at: place, before, after } of kinks) {
    // The slopes of the curve itself, measured from both sides.
    const h = 1e-6;
    assert.ok(Math.abs((at(place) - at(place - h)) / h - before) < 1e-4);
    assert.ok(Math.abs((at(place + h) - at(place)) / h - after) < 1e-4);
  }
});
