/** `chainrule train --resume`: goes on with a run where its checkpoint stands. */
import { Diagnostic } from "../ir/diagnostic.ts";
import type { EpochEvent } from "../train/fit.ts";
import type { RunSettings } from "../train/run.ts";
import { checkSettings } from "../train/settings.ts";
import { positionOf } from "../train/train.ts";
import type { Context, ExitCode } from "./command.ts";
import { prepareAgain } from "./prepare.ts";
import { checkpointIn, eventsIn, oldFolder, settingsIn, writeTo } from "./run-folder.ts";
import { follow, type Shown } from "./train-view.ts";

interface Given extends Shown {
  readonly epochs: number | undefined;
  readonly "allow-different-bits": true | undefined;
}

export const resume = async (path: string, given: Given, context: Context): Promise<ExitCode> => {
  const { io, say } = context;
  const folder = oldFolder(path, io);
  try {
    const old = await settingsIn(folder, io);
    const run = longer(old, given.epochs, path);
    const { plan, run: now } = await prepareAgain(run, folder, io);
    if (!given["allow-different-bits"]) refuseOtherBits(old, now, path);
    const checkpoint = await checkpointIn(folder, run, positionOf(plan), io);
    const { epoch, step } = checkpoint.position;
    const { epochs } = run.settings;
    if (epoch > epochs) throw new Diagnostic("run-finished", `${path} has ${epoch} epochs behind it, more than ${epochs}.`, { help: `give --epochs ${epoch} or more` });
    const isOver = epoch === epochs;
    say(isOver ? `${path} is finished: ${epoch} of ${epochs} epochs.${moreText(run, path)}` : `${path} goes on after step ${step}, in epoch ${epoch + 1} of ${epochs}`);
    const before = eventsIn(folder, checkpoint).filter((event): event is EpochEvent => (event as { event?: unknown }).event === "epoch");
    return await follow(plan, checkpoint.position, before, () => writeTo(folder, now, checkpoint), given, context);
  } finally {
    folder.unlock();
  }
};

const moreText = ({ settings: { schedule, epochs } }: RunSettings, path: string): string =>
  schedule === "constant" ? ` To train on: chainrule train --resume ${path} --epochs ${2 * Math.max(1, epochs)}` : "";

/**
 * The same run with more epochs. Only a constant learning rate does not depend on how many there are: with another the
 * steps so far would have been others, and what came out would be neither the old run nor a new one.
 */
const longer = (run: RunSettings, epochs: number | undefined, path: string): RunSettings => {
  const { settings } = run;
  if (epochs === undefined || epochs === settings.epochs) return run;
  if (settings.schedule !== "constant") {
    throw new Diagnostic("schedule-ends", `${path} lowers its learning rate over ${settings.epochs} epochs (${settings.schedule}), so it cannot have ${epochs}.`, {
      help: `train anew with --epochs ${epochs}; runs with --schedule constant can be made longer`,
    });
  }
  return { ...run, settings: checkSettings({ ...settings, epochs }) };
};

const refuseOtherBits = (old: RunSettings, now: RunSettings, path: string): void => {
  const said = ({ chainrule, arithmetic: { runtime, engine } }: RunSettings): string => `chainrule ${chainrule}, ${runtime}, ${engine}`;
  if (said(old) === said(now)) return;
  throw new Diagnostic("different-bits", `${path} was computed by ${said(old)}; this is ${said(now)}, and may not end in the same bits.`, {
    help: `go on all the same: chainrule train --resume ${path} --allow-different-bits`,
  });
};
