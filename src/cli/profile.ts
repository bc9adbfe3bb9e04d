/** `chainrule profile`: where the time of a training step and of a measurement goes. */
import { counted } from "../data/words.ts";
import { profileText, profileTrace } from "../explain/index.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { profileTraining } from "../train/profile.ts";
import { positionOf, type Plan } from "../train/train.ts";
import type { Position } from "../train/fit.ts";
import { type Context, defineCommand } from "./command.ts";
import { text, whole } from "./option.ts";
import { deliver, jsonText } from "./output.ts";
import { prepare, prepareAgain } from "./prepare.ts";
import { modelEnding } from "./program.ts";
import { checkpointIn, oldFolder, settingsIn } from "./run-folder.ts";

interface Training {
  readonly plan: Plan<unknown>;
  readonly position: Position<unknown>;
}

const trainingOfRun = async (run: string, { io }: Context): Promise<Training> => {
  const folder = oldFolder(run, io);
  try {
    const settings = await settingsIn(folder, io);
    const { plan } = await prepareAgain(settings, folder, io);
    const { position } = await checkpointIn(folder, settings, positionOf(plan), io);
    return { plan, position };
  } finally {
    folder.unlock();
  }
};

const trainingOfFile = async (file: string, data: string | undefined, { io }: Context): Promise<Training> => {
  const options = { label: undefined, as: undefined, testShare: undefined };
  const { plan } = await prepare({ file, data, options, settings: {} }, io);
  return { plan, position: positionOf(plan) };
};

const example = "chainrule profile model.ts, or the folder of a run";

export const profileCommand = defineCommand({
  usage: "<run> [options]\n       chainrule profile <model.ts> [data] [options]",
  about: [
    "<run> is a folder that chainrule train made; <model.ts> a file of your own, as for chainrule train. Runs a training step and a " +
      "measurement of the loss some hundred times on one thread, with a clock around each kernel, a loop or a product of " +
      "matrices of the compiled program. Nothing is trained, and nothing in the folder is changed.",
    "The table has the slowest kernels first: GFLOP/s counts every gate as one operation, GB/s every number once, and the last column is " +
      "the line of your file that the kernel computes.",
  ],
  options: {
    batch: whole({ least: 1, help: "rows of the step", standard: "those of the training" }),
    trace: text({ placeholder: "trace.json", help: "also write one pass as a trace, which chrome://tracing and ui.perfetto.dev open" }),
  },
  examples: [
    { command: "chainrule profile runs/spiral-1", says: "the step and the measurement of a run" },
    { command: "chainrule profile net.ts spiral --trace trace.json", says: "a model of your own, and a trace to look at" },
  ],
  run: async ({ values, rest }, context) => {
    const { io } = context;
    const [what, data, ...more] = rest;
    if (what === undefined) throw new Diagnostic("missing-argument", "chainrule profile needs a run or a file with a model.", { help: `write ${example}` });
    const isFile = modelEnding.test(what);
    const extra = isFile ? more[0] : data;
    if (extra !== undefined) throw new Diagnostic("needless-argument", `chainrule profile takes one ${isFile ? "data set" : "run"}, so "${extra}" is one too many.`, { help: `write ${example}` });
    const { plan, position } = isFile ? await trainingOfFile(what, data, context) : await trainingOfRun(what, context);
    const sized = { ...plan, settings: { ...plan.settings, batch: values.batch ?? plan.settings.batch } };
    const { step, measurement, rows } = profileTraining(sized, position);
    const titles = { step: `training step, ${counted(rows.step, "row")}`, measurement: `measurement, ${counted(rows.measurement, "row")}` };
    if (values.trace !== undefined) await deliver(`${JSON.stringify(profileTrace({ [titles.step]: step, [titles.measurement]: measurement }))}\n`, values.trace, context);
    if (values.json) io.out.write(jsonText({ schema: 1, rows, step, measurement }));
    else io.out.write(`${titles.step}: ${profileText(step)}\n\n\n${titles.measurement}: ${profileText(measurement)}\n`);
    return 0;
  },
});
