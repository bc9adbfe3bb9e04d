/** The gradient check of a trained net: proof, for this very model, that what it learned by was right. */
import { checkGradients } from "../check/gradients.ts";
import type { GradientCheck } from "../check/types.ts";
import { asBatch, takeRows } from "../data/examples.ts";
import { withFloats } from "../train/floats.ts";
import { dataLoss, objective } from "../train/task.ts";
import type { Tensor } from "../trace/tensor.ts";
import type { Trained } from "../train/train.ts";

/** Entries of every parameter that are checked unless more are asked for. */
export const fewEntries = 5;

/** Few rows, as the course advises: each brings kinks of its own. */
const checkedRows = 3;

export interface NetCheck {
  readonly passed: boolean;
  readonly whole: GradientCheck;
  /** Its terms alone: a large penalty would hide an error in the gradient of the data loss. */
  readonly parts: readonly (readonly [name: string, check: GradientCheck])[];
}

/** Checks so many entries of every parameter. */
export const checkNet = <M>({ model, task, data, settings }: Trained<M>, samples: number): NetCheck => {
  const count = Math.min(checkedRows, data.train.y.length);
  const rows = asBatch(takeRows(data.train, Array.from({ length: count }, (_, i) => i)));
  const net = withFloats(model, "float64");
  const check = (loss: (net: M) => Tensor) => checkGradients(loss, [net] as never, { samples, seed: settings.seed });
  const whole = check((net) => objective(task, net, rows));
  const parts: NetCheck["parts"] =
    settings.l2 === 0
      ? []
      : [
          ["data loss alone", check((net) => dataLoss(task, net, rows))],
          ["regularisation alone", check((net) => task.penalty(net))],
        ];
  return { passed: [whole, ...parts.map(([, part]) => part)].every((each) => each.passed), whole, parts };
};

export const checkJson = ({ whole, parts }: NetCheck): object => {
  const withoutText = ({ text: _, parts: __, ...data }: GradientCheck) => data;
  return { ...withoutText(whole), parts: Object.fromEntries(parts.map(([name, part]) => [name, withoutText(part)])) };
};

export const checkText = ({ whole, parts }: NetCheck): string =>
  [
    `The gradient of this very net, at ${checkedRows} training rows:`,
    "",
    whole.text,
    ...(parts.length === 0 ? [] : [""]),
    ...parts.map(([name, { text, passed }]) => `  ${name}: ${passed ? text.split("\n", 1)[0]!.replace("gradient check: ", "") : text}`),
  ].join("\n");
