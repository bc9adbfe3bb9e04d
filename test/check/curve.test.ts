/** The error of numeric gradients by step: what is measured, what the theory says of it, and both in words. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { curveSteps, errorCurves, type ErrorCurve } from "../../src/check/curve.ts";
import { curveSentences, curveVerdict } from "../../src/check/curve-words.ts";
import { explain, explainProgram } from "../../src/explain/index.ts";
import type { Tensor } from "../../src/index.ts";

const curvesOf = (program: string, inputs: Record<string, number>, entry = "x") => explainProgram(program, inputs).curves(entry);

const near = (a: number, b: number, relative: number): void => assert.ok(Math.abs(a - b) <= relative * Math.abs(b), `${a} is not within ${relative} of ${b}`);

const errorAt = ({ points }: ErrorCurve, h: number): number => points.find((point) => point.h === h)!.error;

const neuron = "1/(1+exp(-(w0*x0+w1*x1+w2)))";
const neuronInputs = { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 };

describe("what is measured", () => {
  test("is one point for each power of ten, and falls by 100 and by 10 until rounding takes over", () => {
    const { centred, forward, measure, analytic } = curvesOf(neuron, neuronInputs, "w2");
    assert.deepEqual(centred.points.map(({ h }) => h), curveSteps);
    assert.deepEqual([curveSteps[0], curveSteps.at(-1), curveSteps.length], [1e-1, 1e-15, 15]);
    assert.equal(measure, "relative");
    near(analytic, 0.19661193324148185, 1e-14);
    for (const h of [1e-2, 1e-3]) {
      near(errorAt(centred, h) / errorAt(centred, h / 10), 100, 0.05);
      near(errorAt(forward, h) / errorAt(forward, h / 10), 10, 0.05);
    }
    // Far left only noise is left of the digits.
    assert.ok(errorAt(centred, 1e-15) > 1e-3 && errorAt(forward, 1e-15) > 1e-3);
  });

  test("agrees with the sweep of the command at its steps", () => {
    const { rows } = explainProgram("exp(x)", { x: 1 }).sweep();
    const { centred, forward } = curvesOf("exp(x)", { x: 1 });
    for (const row of rows) assert.deepEqual([errorAt(centred, row.h), errorAt(forward, row.h)], [row.centred.relative, row.forward.relative]);
  });

  test("is absolute where the gradient is 0, and empty where nothing is finite", () => {
    const flat = curvesOf("x^2", { x: 0 });
    assert.deepEqual([flat.measure, flat.analytic, errorAt(flat.forward, 1e-3)], ["absolute", 0, 1e-3]);
    const root = curvesOf("sqrt(x)", { x: 0 });
    assert.deepEqual([root.analytic, root.centred.best, curveVerdict(root)], [Infinity, undefined, "not finite"]);
  });

  test("is of one entry of a tensor", () => {
    const there = explain((W: Tensor, x: Tensor) => W.matmul(x).exp().sum(), { W: [[0, 1], [2, 3]], x: [1, -1] });
    const { name, at, analytic, centred } = there.curves("W[1,0]");
    assert.deepEqual([at, analytic], [2, Math.exp(-1)]);
    assert.match(name, /^W\[1, ?0\]$/);
    near(centred.truncation!, Math.exp(-1) / 6, 1e-3);
    assert.throws(() => there.curves("W[2,0]"), /no entry of W/);
    assert.throws(() => there.curves("V"), /no input "V"/);
  });
});

describe("what the theory says", () => {
  test("is the next derivative for the formula, and the size of the numbers for rounding", () => {
    const { centred, forward } = curvesOf("exp(x)", { x: 0 });
    near(centred.truncation!, 1 / 6, 1e-4);
    near(forward.truncation!, 1 / 2, 1e-4);
    near(centred.rounding, 2 ** -53, 1);
    near(forward.rounding, 2 ** -52, 1);
    near(centred.balance!, (3 * centred.rounding) ** (1 / 3), 1e-3);
    near(forward.balance!, (2 * forward.rounding) ** (1 / 2), 1e-3);
  });

  test("has no formula error for a parabola and a line: the longest step is best", () => {
    const square = curvesOf("x^2", { x: 2 });
    assert.deepEqual([square.centred.truncation, square.centred.balance, square.centred.best!.h], [0, undefined, 1e-1]);
    near(square.forward.truncation!, 1, 1e-6);
    assert.deepEqual([curvesOf("3*x", { x: 2 }).forward.truncation, curvesOf("3*x", { x: 2 }).forward.balance], [0, undefined]);
  });

  test("knows numbers that cancel: they scatter more than the last digit of the result", () => {
    assert.ok(curvesOf("(x + 1e8) - 1e8 + exp(x)", { x: 1 }).centred.rounding > 1e-9);
  });

  test("bounds what is measured at every step, for cubic polynomials anywhere, and is what is measured where h is long", () => {
    const coefficient = fc.double({ min: 0.5, max: 4, noNaN: true });
    fc.assert(
      fc.property(coefficient, coefficient, coefficient, fc.double({ min: 0.5, max: 3, noNaN: true }), (a, b, c, x) => {
        const { centred, forward, analytic } = curvesOf("a*x^3 + b*x^2 + c*x", { a, b, c, x });
        near(centred.truncation!, a, 1e-3);
        near(forward.truncation!, Math.abs(3 * a * x + b), 1e-2);
        for (const { points, truncation, order, rounding, balance } of [centred, forward]) {
          for (const { h, numeric } of points) {
            const [measured, own, round] = [Math.abs(numeric - analytic), truncation! * h ** order, rounding / h];
            assert.ok(measured <= 1.5 * own + 8 * round, `${measured} at ${h}: ${own} and ${round}`);
            if (own > 1e3 * round && h < 1e-2) near(measured, own, 0.05);
          }
          const sum = (h: number): number => truncation! * h ** order + rounding / h;
          assert.ok(sum(balance!) <= Math.min(...points.map(({ h }) => sum(h))));
        }
      }),
      { numRuns: 40, seed: 5 },
    );
  });
});

describe("kinks", () => {
  test("are marked at every step that crosses one, by the gate that has it", () => {
    const { centred, forward } = curvesOf("max(x, 0) + x", { x: 1e-6 * 2.5 });
    const crossed = ({ points }: ErrorCurve) => points.filter(({ kink }) => kink !== undefined).map(({ h, kink }) => [h, kink]);
    assert.deepEqual(crossed(centred), [1e-1, 1e-2, 1e-3, 1e-4, 1e-5].map((h) => [h, "max"]));
    // To the right of x there is none.
    assert.deepEqual(crossed(forward), []);
    assert.equal(centred.truncation, undefined);
    assert.ok(errorAt(centred, 1e-5) > 0.1 && errorAt(centred, 1e-6) < 1e-9);
  });
});

describe("in words", () => {
  test("the neuron", () => {
    assert.deepEqual(curveSentences(curvesOf(neuron, neuronInputs, "w0")), [
      "The gradient of w0 is -0.196612; the numeric one at h = 1e-5 is -0.196612: good.",
      "The centred difference comes nearest at h = 1e-6, with a relative error of 3.7e-11.",
      "The one-sided difference comes nearest at h = 1e-7, with a relative error of 2.3e-8.",
      "The error of the centred difference itself is about 0.00589 h^2: a step ten times as long makes a hundred times the error. Rounding is about 1.2e-16 / h, which a shorter step makes larger. Their sum is smallest near h = 2.2e-5.",
      "The error of the one-sided difference itself is about 0.0454 h: a step ten times as long makes ten times the error. Rounding is about 2.5e-16 / h, which a shorter step makes larger. Their sum is smallest near h = 7.4e-8.",
    ]);
  });

  test("a straight line, a kink, a tie", () => {
    assert.ok(curveSentences(curvesOf("3*x", { x: 2 })).includes("The one-sided difference has no error of its own here, because the function is a straight line in this direction: only rounding is left, and the longest step is the best."));
    const kink = curvesOf("max(x, 0)", { x: -1e-6 });
    assert.equal(curveVerdict(kink), "kink crossed");
    assert.ok(curveSentences(kink).includes("From h = 1e-1 to 1e-6 the step crosses a kink of max: there a difference is the slope of neither side."));
    assert.ok(curveSentences(kink).includes("The centred difference is exact at h = 1e-6."));
    assert.ok(curveSentences(curvesOf("max(x, y)", { x: 0, y: 0 })).some((text) => text.includes("so that no step is short enough")));
  });

  test("a gradient that is wrong is told from a step that is bad", () => {
    const { circuit } = explainProgram("exp(x)", { x: 0 });
    const [leaf] = circuit.inputs.map((index) => circuit.nodes[index]!);
    const out = circuit.plan.draft.nodes[circuit.output]!.value;
    const wrong = errorCurves(out, [{ name: "x", node: leaf!.node, values: leaf!.value }], 0, 0, 1.5);
    assert.equal(curveVerdict(wrong), "wrong");
    assert.equal(curveSentences(wrong)[1], "No step comes near 1.5: it is the gradient that is wrong, not the step.");
  });
});
