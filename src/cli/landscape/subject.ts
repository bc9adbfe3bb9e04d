/** What a landscape is drawn of: a run with its loss on some training rows, and the way that training went. */
import { key as keyOf, permutation } from "../../api/random.ts";
import { asBatch, takeRows } from "../../data/examples.ts";
import { objective } from "../../train/task.ts";
import { vectorOf, type Loss } from "../../train/landscape/vectors.ts";
import { copied } from "../../train/floats.ts";
import { positionOf, stepsOf, train, type Plan } from "../../train/train.ts";
import type { Position } from "../../train/fit.ts";
import type { Context } from "../command.ts";
import { prepareAgain } from "../prepare.ts";
import { checkpointIn, oldFolder, settingsIn } from "../run-folder.ts";
import type { Tell } from "./view.ts";

export interface Subject {
  /** The run folder as people wrote it. */
  readonly run: string;
  readonly plan: Plan<unknown>;
  /** Where training stands. */
  readonly position: Position<unknown>;
  /** Loss and penalty, without chance, on `rows` training rows. */
  readonly loss: Loss<unknown>;
  readonly rows: number;
}

/** Decides which training rows a landscape looks at: the same for every seed, so that pictures can be compared. */
const rowsKey = 0;

/**
 * Reads a run folder, and opens its data again.
 * @throws Diagnostic those of `chainrule train --resume`
 */
export const readSubject = async (run: string, most: number, { io }: Context): Promise<Subject> => {
  const folder = oldFolder(run, io);
  try {
    const settings = await settingsIn(folder, io);
    const { plan } = await prepareAgain(settings, folder, io);
    const { position } = await checkpointIn(folder, settings, positionOf(plan), io);
    const all = plan.data.train;
    const order = permutation(keyOf(rowsKey), all.y.length).dataSync();
    const chosen = order.subarray(0, most);
    const batch = asBatch(takeRows(all, chosen));
    return { run, plan, position, loss: (model) => objective(plan.task, model, batch), rows: chosen.length };
  } finally {
    folder.unlock();
  }
};

/** Models of a path that are kept, besides its ends. */
const stops = 40;

/**
 * The models that training came by, the first and the last among them: the run is trained once more, with the same plan
 * to the same bits. Says so if it ends elsewhere, as it may where numbers are computed otherwise.
 */
export const pathOf = async ({ run, plan, position }: Subject, tell: Tell, { warn }: Context): Promise<readonly unknown[]> => {
  if (position.step === 0) return [plan.start];
  const every = Math.max(1, Math.ceil(position.step / stops));
  const models: unknown[] = [plan.start];
  const began = performance.now();
  for await (const event of train(plan)) {
    if (event.event !== "step") continue;
    const { step, model } = event.position;
    tell("training again, for the path", { done: step, all: position.step, unit: "step", seconds: (performance.now() - began) / 1000 });
    if (step % every === 0 || step === position.step) models.push(copied(model));
    if (step === position.step) break;
  }
  const [replayed, kept] = [vectorOf(models.at(-1)), vectorOf(position.model)];
  if (replayed.some((v, i) => v !== kept[i])) {
    warn("other-bits", `trained again, ${run} does not end in the bits that it holds, as numbers are computed otherwise here; the path drawn is that of the new training, and its end is moved to the model of the run.`);
    models[models.length - 1] = position.model;
  }
  return models;
};

/** Whether a run has all its steps behind it. */
export const isWhole = ({ plan, position }: Subject): boolean => position.step >= stepsOf(plan);
