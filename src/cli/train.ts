/** `chainrule train`: trains on data, keeps the run, shows how it went, and checks that very net's gradients. */
import { dataSets } from "../data/sets.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { identityOf } from "../train/run.ts";
import { positionOf } from "../train/train.ts";
import { common, type Context, defineCommand, type ExitCode } from "./command.ts";
import { flag, type Option, text, type Values, whole } from "./option.ts";
import { modelEnding } from "./program.ts";
import { placed, prepare, type Prepared } from "./prepare.ts";
import { resume } from "./resume.ts";
import { folderName, newFolder, nextFolder, writeTo, type OpenFolder } from "./run-folder.ts";
import { dataOptions, settingNames, settingOptions } from "./setting-options.ts";
import { fewEntries } from "./train-check.ts";
import { follow } from "./train-view.ts";

const options = {
  ...settingOptions,
  ...dataOptions,
  out: text({ placeholder: "folder", help: "where the run is kept", standard: "runs/<data>-<n>" }),
  resume: text({ placeholder: "run", help: "go on with a run that was stopped or killed, to the same bits" }),
  "allow-different-bits": flag("with --resume: go on even where numbers are computed otherwise than when the run began"),
  check: {
    takes: "optional",
    placeholder: "n",
    help: "entries of every parameter that the gradient check of the trained net looks at; --check=0 leaves it out",
    standard: String(fewEntries),
    read: (value, name) => (value === "" ? fewEntries : whole({ least: 0, help: "" }).read(value, name)),
  } satisfies Option<number>,
};

type Given = Values<typeof options & typeof common>;

export const trainCommand = defineCommand({
  usage: "<data> [options]\n       chainrule train <model.ts> [data] [options]\n       chainrule train --resume <run> [options]",
  about: [
    `<data> is ${[...dataSets].map(([name, { says }]) => `${name} (${says})`).join(", ")}; or a CSV file with a header; or a folder of idx files.`,
    "<model.ts> is a TypeScript or JavaScript file of your own that exports model (a tree of tensors, or a function of a " +
      "key that makes one) and loss(model, { x, y }, key), where the key is there while training; and if you like " +
      "scores(model, x), for accuracy and predictions, and " +
      'data ("spiral", "rows.csv" or { x, y }).',
    "Rows are dealt to training, validation and test; the test rows are read once, at the end. The defaults below are for " +
      "tables of your own: folders of images and data sets with a name have recipes of their own.",
    "The run is kept in a folder: settings.json, metrics.jsonl, weights.safetensors and checkpoint.safetensors. Ctrl-C " +
      "finishes the step and keeps it; --resume goes on from there and ends in the same bits as a run that never stopped.",
    'With --json every event is one line; the last is {"event": "done", "testAccuracy": ..., "seconds": ...}. The exit code ' +
      "is 1 if the numbers are lost (NaN or infinity) or the gradient check fails, 130 after Ctrl-C.",
  ],
  options,
  examples: [
    { command: "chainrule train digits", says: "the recipe that was chosen on the validation rows" },
    { command: "chainrule train digits --hidden 128,32 --epochs 20 --lr 0.05 --seed 7", says: "other settings" },
    { command: "chainrule train digits --model cnn --epochs 10", says: "convolutions before the hidden layers" },
    { command: "chainrule train flowers.csv --label species --out runs/flowers", says: "your own table" },
    { command: "chainrule train net.ts spiral --optimizer adamw", says: "a model and a loss of your own" },
    { command: "chainrule train --resume runs/digits-1", says: "go on with what was stopped" },
    { command: "chainrule train digits --json", says: "one JSON object a line" },
  ],
  run: async ({ values, rest }, context) => {
    if (values.resume !== undefined) {
      refuseSettings(rest, values);
      return resume(values.resume, values, context);
    }
    if (values["allow-different-bits"]) {
      throw new Diagnostic("needless-option", "The option --allow-different-bits means something only with --resume.", { help: "leave it out, or name the run with --resume" });
    }
    const isFile = rest[0] !== undefined && modelEnding.test(rest[0]);
    const [file, data, ...more] = isFile ? rest : [undefined, ...rest];
    if (more.length > 0) throw new Diagnostic("needless-argument", `chainrule train takes one data set, so "${more[0]}" is one too many.`, { help: "settings are options, as in --epochs 20" });
    const chosen = Object.fromEntries(settingNames.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));
    const asked = { file, data, options: { label: values.label, as: values.as, testShare: values["test-share"] }, settings: chosen };
    return begin(await prepare(asked, context.io), values, context);
  },
});

/** Settings are a run's own, and so are its data. */
const refuseSettings = (rest: readonly string[], given: Given): void => {
  const fixed = [...settingNames.filter((name) => name !== "epochs"), "label", "as", "test-share", "out"] as const;
  const name = fixed.find((each) => given[each] !== undefined);
  const what = rest.length > 0 ? `"${rest[0]}"` : name === undefined ? undefined : `--${name}`;
  if (what === undefined) return;
  throw new Diagnostic("needless-option", `A run goes on with its own data and settings, so ${what} means nothing with --resume.`, {
    help: "leave it out, or begin another run without --resume",
  });
};

const begin = async ({ plan, run }: Prepared, given: Given, context: Context): Promise<ExitCode> => {
  const { io } = context;
  const folder: OpenFolder = given.out === undefined ? nextFolder(folderName((run.file ?? run.data).name), io) : newFolder(given.out, io);
  const whole = placed(run, folder, io);
  const from: Checkpoint<unknown> = { position: positionOf(plan), run: identityOf(whole), metricsBytes: 0 };
  try {
    return await follow(plan, from.position, [], () => writeTo(folder, whole, from), given, context);
  } finally {
    folder.unlock();
  }
};
