/** The course's case study, as its notes run it: plain gradient descent on all rows at once. */
import { readFileSync } from "node:fs";
import { tensor, valueAndGrad, type Tensor } from "../../src/api/index.ts";
import { applyMlp, penalty, softmaxLoss, type Mlp } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";

interface Run {
  readonly lr: number;
  readonly reg: number;
  readonly steps: number;
  readonly accuracy: number;
  readonly init: Readonly<Record<string, number[][]>>;
  readonly loss_before_step: Readonly<Record<string, number>>;
}

interface Spiral {
  readonly data: { readonly X: number[][]; readonly y: number[] };
  readonly linear: Run & { readonly rtol: number; readonly W_final: number[][]; readonly b_final: [number[]] };
  readonly net: Run & { readonly early_loss: Readonly<Record<string, number>>; readonly early_rtol: number };
}

const file = new URL("../cases/spiral.json", import.meta.url);
export const spiral = (JSON.parse(readFileSync(file, "utf8")) as { cases: [Spiral] }).cases[0];

/** Trains and tells of each step the loss before it, penalty included. */
export const descend = (
  start: Mlp,
  { x, y }: { readonly x: Tensor; readonly y: Tensor },
  { lr, reg, steps }: Pick<Run, "lr" | "reg" | "steps">,
): { readonly model: Mlp; readonly losses: readonly number[]; readonly accuracy: number } => {
  const optimizer = sgd({ lr });
  const gradientOf = valueAndGrad((model: Mlp) => softmaxLoss(applyMlp(model, x), y).add(penalty(model, { halfL2: reg })));
  const losses: number[] = [];
  let model = start;
  let state = optimizer.init(model);
  for (let step = 0; step < steps; step++) {
    const { value, grad } = gradientOf(model);
    losses.push(value.itemSync());
    ({ params: model, state } = optimizer.update(model, grad as Mlp, state));
  }
  const labels = y.dataSync();
  const right = applyMlp(model, x).argmax({ axes: -1 }).dataSync().filter((predicted, i) => predicted === labels[i]).length;
  return { model, losses, accuracy: right / labels.length };
};

/** The literal rows of the case. */
export const literalRows = (): { readonly x: Tensor; readonly y: Tensor } => ({
  x: tensor(spiral.data.X),
  y: tensor(Int32Array.from(spiral.data.y)),
});
