/** The run that a command is given: a folder, read and checked, ready to predict. */
import { join } from "node:path";
import type { Remark } from "../data/data-set.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { loadRun, type Run } from "../train/load-run.ts";
import { runFiles } from "../train/run.ts";
import type { Context } from "./command.ts";
import { lookUp, readBytes, readText } from "./files.ts";
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

/** A mistake in a file of the folder, said with the folder's path. */
const inFolder = (path: string, error: unknown): unknown => {
  if (!(error instanceof Diagnostic)) return error;
  const file = Object.values(runFiles).find((name) => error.sentence.startsWith(name));
  if (file === undefined) return error;
  const { code, sentence, notes, help, cause } = error;
  return new Diagnostic(code, join(path, sentence), { notes, help, cause });
};

/**
 * The run in a folder. One that still trains, or was stopped, has the weights of its last checkpoint; that is said.
 * @throws Diagnostic `no-run`, `no-weights`, and those of `loadRun`
 */
export const openRun = async (path: string, { io, warn }: Context): Promise<Run> => {
  findRun(path, io);
  const weightsFile = join(path, runFiles.weights);
  if (lookUp(weightsFile, io) === undefined) {
    const isKept = lookUp(join(path, runFiles.checkpoint), io) !== undefined;
    throw new Diagnostic("no-weights", `${path} has no ${runFiles.weights}.`, {
      help: isKept ? `its checkpoint is there: chainrule train --resume ${path} writes them anew` : "put the file back, or train again",
    });
  }
  const settings = await readText(join(path, runFiles.settings), io);
  const weights = await readBytes(weightsFile, io, () => {});
  let run: Run;
  try {
    run = loadRun({ settings, weights });
  } catch (error) {
    throw inFolder(path, error);
  }
  const { epochs } = run.settings.settings;
  if (run.epoch < epochs) warn("unfinished-run", `${path} has trained for ${run.epoch} of ${epochs} epochs: this is its model so far.`);
  return run;
};

/** What was noticed about rows. */
export const warnOf = (remarks: readonly Remark[], { warn }: Context): void => {
  for (const { code, says, help } of remarks) warn(code, help === undefined ? says : `${says} (${help})`);
};
