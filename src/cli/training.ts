/** Runs a training and keeps it: what happens is shown and written down, and where it stands is never more than a moment old on disk. */
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Position, Watch } from "../train/fit.ts";
import { train, type Plan, type TrainEvent, type Trained } from "../train/train.ts";
import { noteStop, type StopSignal } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { RunFolder } from "./run-folder.ts";

/** How a training ended. */
export type Outcome<M> =
  | { readonly kind: "done"; readonly trained: Trained<M> }
  | { readonly kind: "stopped"; readonly signal: StopSignal; readonly position: Position<M> }
  /** The numbers were lost; the position before is kept. */
  | { readonly kind: "lost"; readonly error: Diagnostic; readonly position: Position<M> };

/** Between the steps of a long epoch. */
const standardSeconds = 3;

/** Of the time that training takes, keeping it may take a twentieth. */
const mostShare = 1 / 20;

/**
 * Tells when a position is due to be kept: after every epoch, and every few seconds between steps, unless that would
 * cost too much. Time decides when, never what. CHAINRULE_CHECKPOINT_SECONDS sets the seconds; 0 is after every step.
 */
const schedule = (io: Io): { readonly due: (isEpoch: boolean) => boolean; readonly timed: (keep: () => void) => void } => {
  const asked = Number(io.env["CHAINRULE_CHECKPOINT_SECONDS"] || NaN);
  const seconds = asked >= 0 ? asked : standardSeconds;
  let [last, cost] = [performance.now(), 0];
  return {
    due: (isEpoch) => {
      const passed = performance.now() - last;
      if (seconds === 0) return true;
      return passed >= cost / mostShare && (isEpoch || passed >= seconds * 1000);
    },
    timed: (keep) => {
      const began = performance.now();
      keep();
      last = performance.now();
      cost = last - began;
    },
  };
};

/**
 * Trains from a position on. A signal to end is obeyed after the step that it falls into.
 * @throws Diagnostic `cannot-write`, and what a model of the user's own throws
 */
export const runTraining = async <M>(plan: Plan<M>, from: Position<M>, folder: RunFolder, io: Io, show: (event: TrainEvent<M>) => void, watch?: Watch): Promise<Outcome<M>> => {
  const stop = noteStop();
  const { due, timed } = schedule(io);
  let at = from;
  const keep = (): void => timed(() => folder.keep(at));
  const events = train(plan, from, watch);
  try {
    for (;;) {
      const next = await events.next();
      if (next.done) return { kind: "done", trained: next.value };
      const event = next.value;
      if (event.event === "step") at = event.position;
      if (event.event === "epoch") at = { ...at, epoch: event.epoch, batch: 0 };
      if (event.event === "done") keep();
      if (event.event === "epoch" || event.event === "done") folder.note(event);
      show(event);
      if (event.event === "done") stop.release();
      else if (stop.signal !== undefined) {
        keep();
        return { kind: "stopped", signal: stop.signal, position: at };
      } else if (at.step > from.step && due(event.event === "epoch")) keep();
    }
  } catch (error) {
    const code = error instanceof Diagnostic ? error.code : undefined;
    // Whatever went wrong behind the last step, the steps are good; only a disk that takes nothing takes them neither.
    if (code !== "cannot-write") keep();
    if (code !== "not-finite") throw error;
    return { kind: "lost", error: error as Diagnostic, position: at };
  } finally {
    stop.release();
  }
};
