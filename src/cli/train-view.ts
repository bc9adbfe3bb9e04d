/** Shows a training while it runs, and tells what came of it. */
import { createDoctor, findingEvent, findingText, type Doctor, type Finding } from "../train/doctor/index.ts";
import type { EpochEvent, Position } from "../train/fit.ts";
import { monitorLine, monitorText } from "../train/monitor-text.ts";
import type { MonitorEvent } from "../train/monitor.ts";
import type { Plan, StartEvent, Trained, TrainEvent } from "../train/train.ts";
import type { Context, ExitCode } from "./command.ts";
import { stopCodes } from "./interrupt.ts";
import { withUsersLine } from "./model.ts";
import { jsonLine } from "./output.ts";
import { createProgress, type Progressed } from "./progress.ts";
import type { RunFolder } from "./run-folder.ts";
import { runTraining } from "./training.ts";
import { checkJson, checkNet, checkText, fewEntries } from "./train-check.ts";
import { curveText, epochText, shortText, startText, testText } from "./train-text.ts";

/** What decides how a training is shown. */
export interface Shown {
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
  /** Entries of every parameter that are checked at the end. */
  readonly check?: number | undefined;
}

/** Trains from a position on in a run folder; `before` are the epochs that lie behind. */
export const follow = async <M>(
  plan: Plan<M>,
  from: Position<M>,
  before: readonly EpochEvent[],
  open: () => RunFolder,
  shown: Shown,
  context: Context,
): Promise<ExitCode> => {
  const { io } = context;
  const { data } = plan;
  const folder = open();
  const progress = createProgress(shown.json || shown.quiet ? undefined : io.err);
  const epochs = [...before];
  const doctor = shown.quiet ? undefined : createDoctor(plan);
  const told: Finding[] = [];
  const hear = (news: readonly Finding[] = []): void => {
    told.push(...news);
    if (shown.json) for (const finding of news) io.out.write(jsonLine(findingEvent(finding)));
    else if (!io.err.isTTY) for (const finding of news) context.say(findingText(finding));
  };
  let start: StartEvent | undefined;
  const at = (step: number): Progressed => ({ done: step, all: start!.steps, before: from.step, seconds: (performance.now() - began) / 1000 });
  const show = (event: TrainEvent<M>): void => {
    // The last line is written when the check is done.
    if (shown.json && event.event !== "done" && event.event !== "step") io.out.write(jsonLine(event.event === "start" ? { ...event, run: folder.path, from: from.step } : event));
    if (event.event === "start") {
      start = event;
      if (!shown.json && !shown.quiet) io.out.write(startText(event, data, folder.path));
      hear(doctor?.before());
      for (const past of before) hear(doctor?.see(past));
    }
    hear(doctor?.see(event));
    if (event.event === "step") progress.move(at(event.position.step));
    if (event.event !== "epoch") return;
    epochs.push(event);
    const text = epochText(event, plan.settings.epochs);
    const monitor = doctor?.monitor();
    // On a terminal the layers are drawn below; elsewhere a few words must do.
    const line = io.err.isTTY || monitor === undefined ? text : `${text}  ${monitorLine(monitor)}`;
    progress.show(line, at(event.step), () => details(epochs, monitor, told));
  };
  const began = performance.now();
  try {
    const outcome = await runTraining(plan, from, folder, io, show, doctor?.watch);
    progress.end();
    if (outcome.kind === "done") return report(outcome.trained, epochs, doctor && seenBy(doctor, told), folder, shown, context);
    const { epoch, step } = outcome.position;
    if (outcome.kind === "lost") {
      const kept = `the model before this step is kept in ${folder.path}/weights.safetensors (step ${step})`;
      context.fail((withUsersLine(outcome.error, io) as typeof outcome.error).with({ notes: [kept] }));
      const findings = doctor?.end(outcome.error) ?? [];
      if (shown.json) for (const finding of unsaid(findings, told)) io.out.write(jsonLine(findingEvent(finding)));
      context.say(findings.map((finding) => `\n${findingText(finding)}`).join(""));
      return 1;
    }
    if (shown.json) io.out.write(jsonLine({ event: "stopped", signal: outcome.signal, epoch, step, run: folder.path }));
    context.say(`stopped after step ${step} of ${start!.steps}; nothing is lost. To go on: chainrule train --resume ${folder.path}`);
    return stopCodes[outcome.signal];
  } finally {
    progress.end();
    folder.close();
  }
};

/** What is drawn below the progress. */
const details = (epochs: readonly EpochEvent[], monitor: MonitorEvent | undefined, told: readonly Finding[]): readonly string[] => [
  "",
  ...curveText(epochs, { height: 6 }).split("\n"),
  ...(monitor === undefined ? [] : ["", ...monitorText(monitor).split("\n")]),
  ...told.flatMap((finding) => ["", ...findingText(finding).split("\n")]),
];

/** What was found at the end alone. */
const unsaid = (findings: readonly Finding[], told: readonly Finding[]): readonly Finding[] => findings.filter(({ code }) => !told.some((other) => other.code === code));

const findingsText = (findings: readonly Finding[]): string =>
  findings.length === 0 ? "The doctor finds nothing wrong." : ["The doctor's findings:", ...findings.map(findingText)].join("\n\n");

/** What the doctor has to say at the end. */
interface Seen {
  readonly told: readonly Finding[];
  readonly found: readonly Finding[];
  readonly monitor: MonitorEvent | undefined;
}

/** The monitors are those before the end: the last steps of a falling learning rate show nothing of the others. */
const seenBy = (doctor: Doctor<never>, told: readonly Finding[]): Seen => {
  const monitor = doctor.monitor();
  return { told, found: doctor.end(), monitor };
};

const report = <M>(
  trained: Trained<M>,
  epochs: readonly EpochEvent[],
  seen: Seen | undefined,
  folder: RunFolder,
  shown: Shown,
  { io, say }: Context,
): ExitCode => {
  const { done, data } = trained;
  const samples = shown.check ?? fewEntries;
  const check = samples === 0 ? undefined : checkNet(trained, samples);
  if (shown.json) {
    if (seen) for (const finding of unsaid(seen.found, seen.told)) io.out.write(jsonLine(findingEvent(finding)));
    if (check) io.out.write(jsonLine({ event: "check", ...checkJson(check) }));
    io.out.write(jsonLine({ ...done, run: folder.path }));
  } else if (shown.quiet) io.out.write(`${shortText(done)}\n`);
  else {
    io.out.write(`${curveText(epochs)}\n\n${testText(done, data)}\n`);
    if (seen?.monitor) io.out.write(`\n${monitorText(seen.monitor)}\n`);
    if (seen) io.out.write(`\n${findingsText(seen.found)}\n`);
    if (check) io.out.write(`\n${checkText(check)}\n`);
  }
  say(`\nThe run is in ${folder.path}.${nextText(trained, folder.path)}`);
  return check === undefined || check.passed ? 0 : 1;
};

/** What people do next: predict rows of their own, where a row is something that one can write down. */
const nextText = ({ data: { name, schema }, settings: { model } }: Pick<Plan<unknown>, "data" | "settings">, path: string): string => {
  if (model === "file") return "";
  const isImage = schema.inputs.some(({ kind }) => kind === "pixels");
  return ` To use it: ${isImage ? `chainrule test ${path} ${name}` : `chainrule predict ${path} rows.csv`}`;
};
