/** `chainrule train digits`: trains, shows the curve, the test rows and the confusion, and checks that very net's gradients. */
import { checkGradients } from "../check/gradients.ts";
import { plot } from "../check/plot.ts";
import type { GradientCheck } from "../check/types.ts";
import { asBatch, takeRows } from "../data/examples.ts";
import { Diagnostic, nearest } from "../ir/diagnostic.ts";
import { objective } from "../train/fit.ts";
import type { Tensor } from "../trace/tensor.ts";
import { confusionText, digitsRecipe, trainDigits, type DoneEvent, type EpochEvent, type StartEvent, type TrainedDigits } from "../train/index.ts";
import { common, type Context, defineCommand, type ExitCode } from "./command.ts";
import { endOnInterrupt } from "./interrupt.ts";
import { badValue, number, type Option, type Values, whole } from "./option.ts";
import { jsonLine } from "./output.ts";
import { createProgress } from "./progress.ts";

const recipe = digitsRecipe;

const layers: Option<readonly number[]> = {
  takes: "value",
  placeholder: "64",
  help: "units of each hidden layer, such as 64 or 128,32; 0 for none",
  standard: recipe.hidden.join(","),
  read: (value, name) => {
    const sizes = value.split(",").map(Number);
    if (value === "0") return [];
    if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0)) throw badValue(name, "whole numbers such as 64 or 128,32", value);
    return sizes;
  },
};

/** Entries of every parameter that are checked unless more are asked for. */
const fewEntries = 5;

const options = {
  hidden: layers,
  epochs: whole({ least: 0, help: "passes through the training rows", standard: String(recipe.epochs) }),
  batch: whole({ least: 1, help: "rows a step", standard: String(recipe.batch) }),
  lr: number({ positive: true, help: "learning rate", standard: String(recipe.lr) }),
  momentum: number({ least: 0, help: "share of the last step that is kept, below 1", standard: String(recipe.momentum) }),
  l2: number({ least: 0, help: "lambda of 0.5 lambda (sum of squared weights)", standard: String(recipe.l2) }),
  seed: whole({ least: 0, help: "decides starting weights and the order of rows, not the split", standard: String(recipe.seed) }),
  check: {
    takes: "optional",
    placeholder: "n",
    help: "entries of every parameter that the gradient check of the trained net looks at; --check=0 leaves it out",
    standard: String(fewEntries),
    read: (value, name) => (value === "" ? fewEntries : whole({ least: 0, help: "" }).read(value, name)),
  } satisfies Option<number>,
};

export const trainCommand = defineCommand({
  usage: "digits [options]",
  about: [
    "digits: 1,797 images of handwritten digits, 8x8 pixels, which come with chainrule: 1,077 to learn from, 360 to " +
      "choose settings by, and 360 that are read once, at the end. With --json every event is one line; the last is " +
      '{"event": "done", "testAccuracy": ..., "seconds": ...}. The exit code is 1 if the gradient check fails.',
  ],
  options,
  examples: [
    { command: "chainrule train digits", says: "the recipe that was chosen on the validation rows" },
    { command: "chainrule train digits --hidden 128,32 --epochs 20 --lr 0.05 --seed 7", says: "other settings" },
    { command: "chainrule train digits --json", says: "one JSON object a line" },
  ],
  run: async ({ values, rest }, context) => {
    requireDigits(rest);
    const { hidden, epochs, batch, lr, momentum, l2, seed } = values;
    const chosen = Object.entries({ hidden, epochs, batch, lr, momentum, l2, seed }).filter(([, value]) => value !== undefined);
    return train(Object.fromEntries(chosen), values, context);
  },
});

const sets = ["digits"];

const requireDigits = ([name, ...more]: readonly string[]): void => {
  if (name === undefined) throw new Diagnostic("no-data-set", "chainrule train needs a data set.", { help: "write chainrule train digits" });
  if (!sets.includes(name)) {
    const near = nearest(name, sets);
    throw new Diagnostic("unknown-data-set", `There is no data set "${name}".`, { help: near === undefined ? `there is ${sets.join(", ")}` : `did you mean ${near}?` });
  }
  if (more.length > 0) throw new Diagnostic("needless-argument", `chainrule train takes one data set, so "${more[0]}" is one too many.`, { help: "settings are options, as in --epochs 20" });
};

type Given = Values<typeof options & typeof common>;

const train = async (settings: Parameters<typeof trainDigits>[0], given: Given, context: Context): Promise<ExitCode> => {
  const { io } = context;
  const progress = createProgress(given.json || given.quiet ? undefined : io.err);
  const done = endOnInterrupt(() => progress.end());
  const epochs: EpochEvent[] = [];
  const events = trainDigits(settings);
  let start: StartEvent | undefined;
  try {
    for (;;) {
      const next = await events.next();
      if (next.done) {
        progress.end();
        return report(next.value, start!, epochs, given, context);
      }
      const event = next.value;
      // The last line is written when the check is done.
      if (given.json && event.event !== "done") io.out.write(jsonLine(event));
      if (event.event === "start") {
        start = event;
        if (!given.json && !given.quiet) io.out.write(startText(event));
      } else if (event.event === "epoch") {
        epochs.push(event);
        progress.show(epochText(event, start!.settings.epochs), event.epoch, start!.settings.epochs, event.seconds);
      }
    }
  } finally {
    progress.end();
    done();
  }
};

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

const startText = ({ layers: sizes, parameters, rows, settings, notice }: StartEvent): string => {
  const { epochs, batch, lr, momentum, l2, seed } = settings;
  return [
    `digits: ${rows.train} rows to train, ${rows.validation} to validate, ${rows.test} to test`,
    `data: ${notice.trim()}`,
    `net: ${sizes.join(" -> ")}${sizes.length > 2 ? ", relu between" : ""}, softmax loss; ${parameters.toLocaleString("en-US")} parameters`,
    `recipe: ${epochs} epochs, batch ${batch}, learning rate ${lr}, momentum ${momentum}, L2 ${l2}, seed ${seed}`,
    "",
    "",
  ].join("\n");
};

const epochText = ({ epoch, train: fitted, validation }: EpochEvent, of: number): string =>
  `epoch ${String(epoch).padStart(String(of).length)}/${of}  loss ${fitted.loss.toFixed(4)}  ` +
  `train ${percent(fitted.accuracy)}  validation ${percent(validation.accuracy)}`;

const report = (trained: TrainedDigits, start: StartEvent, epochs: readonly EpochEvent[], given: Given, { io }: Context): ExitCode => {
  const { done } = trained;
  const samples = given.check ?? fewEntries;
  const check = samples === 0 ? undefined : checkNet(trained, samples, start.settings.seed);
  if (given.json) {
    if (check) io.out.write(jsonLine({ event: "check", ...checkJson(check) }));
    io.out.write(jsonLine(done));
  } else if (given.quiet) io.out.write(`${percent(done.testAccuracy)}\n`);
  else {
    io.out.write(`${curve(epochs)}\n\n${testText(done, start)}\n\n${confusionText(done.confusion)}\n`);
    if (check) io.out.write(`\n${checkText(check)}\n`);
  }
  const passed = check === undefined || [check.whole, ...check.parts.map(([, part]) => part)].every((part) => part.passed);
  return passed ? 0 : 1;
};

const checkJson = ({ whole, parts }: NetCheck) => {
  const withoutText = ({ text: _, parts: __, ...data }: GradientCheck) => data;
  return { ...withoutText(whole), parts: Object.fromEntries(parts.map(([name, part]) => [name, withoutText(part)])) };
};

const curve = (epochs: readonly EpochEvent[]): string =>
  plot(
    [
      { name: "training loss", points: epochs.map(({ epoch, train: { loss } }) => [epoch, loss]) },
      { name: "validation loss", points: epochs.map(({ epoch, validation: { loss } }) => [epoch, loss]) },
    ],
    { x: { label: "epoch" }, y: { label: "loss", log: true } },
  );

const testText = ({ testAccuracy, testLoss, seconds }: DoneEvent, { rows }: StartEvent): string =>
  `test accuracy ${percent(testAccuracy)} (${Math.round(testAccuracy * rows.test)} of ${rows.test} rows, loss ${testLoss.toFixed(4)}), after ${seconds.toFixed(1)} s`;

/** Few rows, as the course advises: each brings kinks of its own. */
const checkedRows = 3;

interface NetCheck {
  readonly whole: GradientCheck;
  /** Its terms alone: a large penalty would hide an error in the gradient of the data loss. */
  readonly parts: readonly (readonly [name: string, check: GradientCheck])[];
}

const checkNet = ({ model, task, data }: TrainedDigits, samples: number, seed: number): NetCheck => {
  const rows = asBatch(takeRows(data.train, Array.from({ length: checkedRows }, (_, i) => i)));
  const check = (loss: (net: typeof model) => Tensor) => checkGradients(loss, [model] as never, { samples, seed });
  return {
    whole: check((net) => objective(task, net, rows)),
    parts: [
      ["data loss alone", check((net) => task.loss(task.scores(net, rows.x), rows.y))],
      ["regularisation alone", check((net) => task.penalty(net))],
    ],
  };
};

const checkText = ({ whole, parts }: NetCheck): string =>
  [
    `The gradient of this very net, at ${checkedRows} training rows:`,
    "",
    whole.text,
    "",
    ...parts.map(([name, { text, passed }]) => `  ${name}: ${passed ? text.split("\n", 1)[0]!.replace("gradient check: ", "") : text}`),
  ].join("\n");
