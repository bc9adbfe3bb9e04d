import assert from "node:assert/strict";
import { test } from "node:test";
import { tensor, zeros } from "../../src/api/index.ts";
import { near } from "../nn/cases.ts";
import { descend, literalRows, spiral } from "./spiral.ts";

test("spiral: the linear classifier, every loss that is listed, the final weights and the accuracy", () => {
  const { init, rtol, loss_before_step, W_final, b_final, accuracy, ...settings } = spiral.linear;
  const run = descend([{ w: tensor(init["W"]!), b: zeros([3]) }], literalRows(), settings);
  for (const [step, loss] of Object.entries(loss_before_step)) near(run.losses[Number(step)]!, loss, { rtol, atol: 0 }, `step ${step}`);
  near(run.model[0]!.w, W_final, { rtol, atol: 0 }, "W");
  near(run.model[0]!.b, b_final[0], { rtol: 1e-9, atol: 1e-12 }, "b");
  assert.equal(run.accuracy, accuracy);
});

test("spiral: the net, step by step at first and to 1e-6 up to step 2000", () => {
  const { init, early_loss, early_rtol, loss_before_step, ...settings } = spiral.net;
  const start = [
    { w: tensor(init["W"]!), b: zeros([100]) },
    { w: tensor(init["W2"]!), b: zeros([3]) },
  ];
  const run = descend(start, literalRows(), { ...settings, steps: 2001 });
  for (const [step, loss] of Object.entries(early_loss)) near(run.losses[Number(step)]!, loss, { rtol: early_rtol, atol: 0 }, `step ${step}`);
  for (const step of [1000, 2000]) near(run.losses[step]!, loss_before_step[step]!, { rtol: 1e-6, atol: 0 }, `step ${step}`);
});
