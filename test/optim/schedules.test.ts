import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile, Diagnostic, tensor, type Tensor } from "../../src/api/index.ts";
import { constant, cosine, exponentialDecay, oneOverT, sgd, stepDecay, warmUp, type Schedule } from "../../src/optim/index.ts";
import { near } from "../nn/cases.ts";

const tight = { rtol: 1e-12, atol: 1e-15 };

/** Each schedule beside its formula, written out for numbers. */
const formulas: readonly (readonly [string, Schedule, (t: number) => number])[] = [
  ["constant", constant({ lr: 0.3 }), () => 0.3],
  ["step", stepDecay({ lr: 0.3, every: 7 }), (t) => 0.3 * 0.5 ** Math.floor(t / 7)],
  ["step by a tenth", stepDecay({ lr: 0.3, every: 20, factor: 0.1 }), (t) => 0.3 * 0.1 ** Math.floor(t / 20)],
  ["exponential", exponentialDecay({ lr: 0.3, decay: 0.02 }), (t) => 0.3 * Math.E ** (-0.02 * t)],
  ["1 over t", oneOverT({ lr: 0.3, decay: 0.02 }), (t) => 0.3 / (1 + 0.02 * t)],
  ["cosine", cosine({ lr: 0.3, steps: 50 }), (t) => (t > 50 ? 0 : 0.15 * (1 + Math.cos((Math.PI * t) / 50)))],
  ["cosine to", cosine({ lr: 0.3, steps: 50, to: 0.1 }), (t) => (t > 50 ? 0.1 : 0.1 + 0.1 * (1 + Math.cos((Math.PI * t) / 50)))],
  ["warm-up", warmUp(0.3, { steps: 10 }), (t) => (t < 10 ? (0.3 * (t + 1)) / 10 : 0.3)],
  ["warm-up, then 1 over t", warmUp(oneOverT({ lr: 0.3, decay: 0.1 }), { steps: 4 }), (t) => (Math.min(t + 1, 4) / 4) * (0.3 / (1 + 0.1 * t))],
];

test("every schedule is its formula, of a number, of a tensor, and compiled", () => {
  for (const [name, schedule, formula] of formulas) {
    const fast = compile((step: Tensor) => schedule(step as Tensor<readonly []>));
    for (const t of [0, 1, 6, 7, 13, 14, 19, 20, 25, 49, 50, 51, 1000]) {
      near(schedule(t), formula(t), tight, `${name} at ${t}`);
      near(schedule(tensor(t) as Tensor<readonly []>), formula(t), tight, `${name} at the tensor ${t}`);
      near(fast(tensor(t)) as Tensor, formula(t), tight, `${name}, compiled, at ${t}`);
    }
  }
});

test("the same step has the same rate, whatever was asked before; no rate rises after the warm-up", () => {
  const step = fc.integer({ min: 10, max: 5000 });
  fc.assert(
    fc.property(step, step, (s, t) => {
      for (const [name, schedule] of formulas) {
        const [first, other, again] = [schedule(s).itemSync(), schedule(t).itemSync(), schedule(s).itemSync()];
        assert.equal(again, first);
        assert.ok(s <= t ? first >= other : other >= first, `${name} rises between ${s} and ${t}`);
      }
    }),
    { numRuns: 50 },
  );
});

test("an optimiser takes its rate at the number of steps that came before, and a function may return a number", () => {
  const seen: number[] = [];
  const rates = [1, 0.5, 0.25];
  const optimizer = sgd({
    lr: (step) => {
      seen.push(step.itemSync());
      return rates[step.itemSync()]!;
    },
  });
  let w: Tensor = tensor([10]);
  let state = optimizer.init(w);
  for (let i = 0; i < 3; i++) ({ params: w, state } = optimizer.update(w, tensor([1]), state));
  assert.deepEqual(seen, [0, 1, 2]);
  assert.deepEqual(w.toArraySync(), [10 - 1.75]);
  assert.equal(state.step.itemSync(), 3);
});

test("misspelt and impossible settings are refused by name", () => {
  const cases: readonly (readonly [() => unknown, string, RegExp])[] = [
    [() => stepDecay({ lr: 1, every: 5, rate: 2 } as never), "bad-options", /stepDecay: there is no option "rate"/],
    [() => stepDecay({ lr: 1 } as never), "bad-setting", /stepDecay: every: undefined is not a whole number/],
    [() => cosine({ lr: 1, steps: 0 }), "bad-setting", /cosine: steps: 0 is not/],
    [() => exponentialDecay({ lr: 1, decay: -1 }), "bad-setting", /exponentialDecay: decay: -1 is not/],
    [() => oneOverT({ lr: -1, decay: 1 }), "bad-setting", /oneOverT: lr: -1 is not/],
    [() => warmUp(cosine({ lr: 1, steps: 5 }), { step: 2 } as never), "bad-options", /warmUp: there is no option "step"/],
    [() => warmUp("fast" as never, { steps: 2 }), "bad-setting", /warmUp: lr: the text "fast" is not/],
    [() => constant(0.1 as never), "bad-options", /constant: a number given for its options/],
  ];
  for (const [make, code, sentence] of cases) {
    assert.throws(make, (e) => e instanceof Diagnostic && e.code === code && sentence.test(e.sentence), String(make));
  }
});
