/** The error curves as an image: two V's whose points stand where their numbers say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCurveSVG } from "../../../src/explain/charts/error-curve.ts";
import { explainProgram } from "../../../src/explain/index.ts";

const curves = explainProgram("exp(x) + max(x, 0)", { x: 3e-5 }).curves("x");
const svg = errorCurveSVG(curves);

/** The points of one curve in pixels. */
const path = (which: number): [number, number][] => {
  const [, d] = new RegExp(`<path class="curve curve${which}" d="([^"]+)"/>`).exec(svg)!;
  return Array.from(d!.matchAll(/[ML]([\d.]+) ([\d.]+)/g), ([, x, y]) => [Number(x), Number(y)]);
};

test("has both curves from the longest step on the right to the shortest on the left, as far apart as their powers of ten", () => {
  for (const [which, { points }] of [curves.centred, curves.forward].entries()) {
    const drawn = path(which);
    assert.equal(drawn.length, points.length);
    const steps = drawn.slice(1).map(([x], i) => drawn[i]![0] - x);
    for (const step of steps) assert.ok(Math.abs(step - steps[0]!) < 0.05);
    const [unit] = [(drawn[0]![1] - drawn[5]![1]) / (Math.log10(points[5]!.error) - Math.log10(points[0]!.error))];
    points.forEach(({ error }, i) => {
      const expected = drawn[0]![1] - unit! * (Math.log10(error) - Math.log10(points[0]!.error));
      assert.ok(Math.abs(drawn[i]![1] - expected) < 0.1, `${which} ${i}`);
    });
  }
});

test("marks the best steps and the kinks, and says all of it in words", () => {
  assert.equal(svg.match(/class="star"/g)?.length, 2);
  const crossed = curves.centred.points.filter(({ kink }) => kink !== undefined).length;
  assert.ok(crossed > 0);
  assert.equal(svg.match(/class="cross"/g)?.length, crossed + curves.forward.points.filter(({ kink }) => kink !== undefined).length);
  assert.match(svg, /<desc[^>]*>The gradient of x is 2\.00003; /);
  assert.match(svg, /crosses a kink of max/);
});

test("has a name that is text", () => {
  assert.doesNotMatch(errorCurveSVG({ ...curves, name: "<script>" }), /<script>/);
});
