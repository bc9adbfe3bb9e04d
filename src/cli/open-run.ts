/** The run that a command is given: a folder, read and checked, ready to predict. */
import { join } from "node:path";
import type { Remark } from "../data/data-set.ts";
import type { Examples } from "../data/examples.ts";
import { inputsOf, type Schema } from "../data/schema.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { loadRun, readWeights, type Run } from "../train/load-run.ts";
import type { Predictor } from "../train/predict.ts";
import { readSettings } from "../train/read-settings.ts";
import { runFiles, type RunSettings } from "../train/run.ts";
import type { Context } from "./command.ts";
import { lookUp, readBytes, readText } from "./files.ts";
import { text } from "./option.ts";
import { userModelOf } from "./prepare.ts";
import { findRun } from "./run-folder.ts";

/**
 * What stands for a run and what else the command takes, both named in the sentence where one is missing.
 * @throws Diagnostic `missing-argument`, `needless-argument`
 */
export const runArguments = <const N extends readonly string[]>(command: string, rest: readonly string[], wanted: N, example: string): { readonly [K in keyof N]: string } => {
  const missing = wanted[rest.length];
  if (missing !== undefined) throw new Diagnostic("missing-argument", `chainrule ${command} needs ${missing}.`, { help: `write ${example}` });
  const extra = rest[wanted.length];
  if (extra !== undefined) {
    throw new Diagnostic("needless-argument", `chainrule ${command} takes ${wanted.join(" and ")}, so "${extra}" is one too many.`, { help: `write ${example}` });
  }
  return rest as { readonly [K in keyof N]: string };
};

/** A run that can predict, whoever wrote its model. */
export interface OpenRun extends Predictor<unknown> {
  readonly settings: RunSettings;
  /** Passes through the training rows that the weights have behind them. */
  readonly epoch: number;
}

/** For commands that predict. A folder may come from anywhere, so code is run only when it is named. */
export const fileOption = {
  file: text({ placeholder: "model.ts", help: "the file of your own that the run was trained from: it is code, and runs only when you name it" }),
};

/** A mistake in a file of the folder, said with the folder's path. */
const inFolder = async <T>(path: string, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const file = error instanceof Diagnostic ? Object.values(runFiles).find((name) => error.sentence.startsWith(name)) : undefined;
    if (file === undefined) throw error;
    const { code, sentence, notes, help, cause } = error as Diagnostic;
    throw new Diagnostic(code, join(path, sentence), { notes, help, cause });
  }
};

interface Files {
  readonly settings: string;
  readonly weights: Uint8Array;
}

/** @throws Diagnostic `no-run`, `no-weights` */
const readFiles = async (path: string, { io }: Context): Promise<Files> => {
  findRun(path, io);
  const weights = join(path, runFiles.weights);
  if (lookUp(weights, io) === undefined) {
    const isKept = lookUp(join(path, runFiles.checkpoint), io) !== undefined;
    throw new Diagnostic("no-weights", `${path} has no ${runFiles.weights}.`, {
      help: isKept ? `its checkpoint is there: chainrule train --resume ${path} writes them anew` : "put the file back, or train again",
    });
  }
  return { settings: await readText(join(path, runFiles.settings), io), weights: await readBytes(weights, io, () => {}) };
};

const sayIfUnfinished = (path: string, { epoch, settings }: OpenRun, { warn }: Context): void => {
  const { epochs } = settings.settings;
  if (epoch < epochs) warn("unfinished-run", `${path} has trained for ${epoch} of ${epochs} epochs: this is its model so far.`);
};

/**
 * The run in a folder, of a network that settings build. One that still trains, or was stopped, has the weights of its
 * last checkpoint; that is said.
 * @throws Diagnostic `no-run`, `no-weights`, and those of `loadRun`
 */
export const openRun = async (path: string, context: Context): Promise<Run> => {
  const files = await readFiles(path, context);
  const run = await inFolder(path, () => loadRun(files));
  sayIfUnfinished(path, run as OpenRun, context);
  return run;
};

/** Two rows of zeros: a file's model is tried on them before it is used, and only their shape counts. */
const blank = (schema: Schema): Examples => {
  const columns = inputsOf(schema);
  return { x: new Float64Array(2 * columns), y: schema.label.kind === "class" ? new Int32Array(2) : new Float64Array(2), columns };
};

/**
 * The run in a folder, to predict with; `file` is the user's own that it was trained from.
 * @throws Diagnostic `own-file`, `needless-option`, and those of `openRun` and `userModelOf`
 */
export const openPredictor = async (path: string, file: string | undefined, context: Context): Promise<OpenRun> => {
  const files = await readFiles(path, context);
  const settings = await inFolder(path, () => readSettings(files.settings));
  const { schema, file: own } = settings;
  if (own === undefined) {
    if (file !== undefined) throw new Diagnostic("needless-option", `${path} has a network that its settings build, so --file means nothing.`, { help: "leave it out" });
    return (await openRun(path, context)) as OpenRun;
  }
  if (file === undefined) {
    throw new Diagnostic("own-file", `${path} was trained from ${own.name}, which is code and runs only when you name it.`, { help: `if you trust it: --file ${own.name}` });
  }
  const user = await userModelOf(file, own, path, context.io);
  const rows = blank(schema);
  const { task, start } = user.planOf({ name: file, schema, train: rows, validation: rows, test: rows, remarks: [] }, settings.settings);
  const { model, epoch } = await inFolder(path, () => readWeights(files.weights, start));
  const run = { settings, schema, task, model, epoch };
  sayIfUnfinished(path, run, context);
  return run;
};

/** What was noticed about rows. */
export const warnOf = (remarks: readonly Remark[], { warn }: Context): void => {
  for (const { code, says, help } of remarks) warn(code, help === undefined ? says : `${says} (${help})`);
};
