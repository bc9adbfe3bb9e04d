/** `chainrule search`: many trainings side by side, judged by the validation rows alone. */
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { key as keyOf } from "../../api/random.ts";
import { Diagnostic } from "../../ir/diagnostic.ts";
import { judge, ranked, type Trial } from "../../train/search/judge.ts";
import { gridPoints, randomPoints, type Point } from "../../train/search/space.ts";
import { withoutTest } from "../../train/search/trial.ts";
import { settingsFor, type Settings } from "../../train/settings.ts";
import { type Context, defineCommand, type ExitCode } from "../command.ts";
import { endOnInterrupt } from "../interrupt.ts";
import { flag, optionalFile, text, whole } from "../option.ts";
import { deliver, jsonLine } from "../output.ts";
import { modelEnding } from "../program.ts";
import { prepare, type Prepared } from "../prepare.ts";
import { createProgress, type Progressed } from "../progress.ts";
import { folderName } from "../run-folder.ts";
import { dataOptions, settingOptions } from "../setting-options.ts";
import { openJournal, type Identity, type Journal } from "./journal.ts";
import { checkSpace, readSpace, spaceOptions, type Asked } from "./options.ts";
import { runPool, starter } from "./pool.ts";
import { bestText, plotText, progressText, remarksOf, searchSVG, spaceText, tableText, trainCommandOf, type About } from "./text.ts";

const standardTrials = 20;

const options = {
  ...spaceOptions,
  trials: whole({ least: 1, most: 100_000, help: "how many trainings; more, later, go on with the same search", standard: String(standardTrials) }),
  grid: flag("try a grid of equal steps (equal factors on a log scale) with at most as many points, instead of random ones"),
  workers: whole({ least: 1, most: 1024, help: "trainings side by side; the results do not depend on it", standard: "the cores of this machine" }),
  seed: { ...settingOptions.seed, help: "decides which points are drawn, and is the seed of each training" },
  ...dataOptions,
  out: text({ placeholder: "folder", help: "where the trials are kept, and found again by the same command", standard: "searches/<data>-<settings>" }),
  svg: optionalFile([".svg"], { help: "draw the trials, to a file or to standard output" }),
};

export const searchCommand = defineCommand({
  usage: "<data> [options]",
  about: [
    "<data> is what chainrule train takes. A setting is searched where it is given a range, 1e-4..1, or alternatives, adam/momentum; with one value " +
      "it is fixed, and without it is as chainrule train has it. A range whose ends are positive and a factor of ten apart is searched on a log " +
      "scale. With nothing to search, --lr 1e-4..1 and --l2 1e-6..0.1 are searched.",
    "Each trial is a training of its own, judged by the validation rows; the test rows are not read. Finished trials are kept in search.jsonl: the " +
      "same command goes on where it was ended. With --json every trial is one line, and the last is {\"event\": \"done\", \"best\": ..., \"command\": ...}.",
  ],
  options,
  examples: [
    { command: "chainrule search digits --lr 1e-4..1 --l2 1e-6..1e-1 --trials 20", says: "random points on a log scale" },
    { command: "chainrule search spiral --lr 1e-3..1 --hidden 16/64/32,32 --optimizer adam/momentum --epochs 20", says: "alternatives, too; 32,32 is two layers" },
    { command: "chainrule search flowers.csv --label species --lr 1e-4..1 --grid --trials 9", says: "a grid, on your own table" },
    { command: "chainrule search spiral --lr 1e-3..1 --dropout 0..0.5 --epochs 10 --workers 1 --svg trials.svg", says: "one after the other, with a picture" },
  ],
  run: async ({ values, rest }, context) => {
    const [name, ...more] = rest;
    if (name === undefined) throw new Diagnostic("no-data-set", "chainrule search needs data.", { help: "write chainrule search digits, or the name of a CSV file" });
    if (more.length > 0) throw new Diagnostic("needless-argument", `chainrule search takes one data set, so "${more[0]}" is one too many.`, { help: "settings are options, as in --lr 1e-4..1" });
    if (modelEnding.test(name)) {
      throw new Diagnostic("own-file", `chainrule search builds its models from settings, and ${name} is a model of your own.`, { help: "try settings of it one after the other: chainrule train " + name });
    }
    const { seed, trials = standardTrials, grid } = values;
    const asked = readSpace(values);
    const fixed = seed === undefined ? asked.fixed : { ...asked.fixed, seed };
    checkSpace(name, { ...asked, fixed });
    const dataGiven = { label: values.label, as: values.as, testShare: values["test-share"] };
    const prepared = await prepare({ file: undefined, data: name, options: dataGiven, settings: fixed }, context.io);
    const points = grid ? gridPoints(asked.space, trials) : randomPoints(asked.space, trials, keyOf(prepared.plan.settings.seed));
    const settings = points.map((point) => settingsFor(name, { ...fixed, ...point }, prepared.plan.data.schema));
    return search({ name, asked, prepared, points, settings, grid: grid ?? false, trials }, values, context);
  },
});

interface Search {
  readonly name: string;
  readonly asked: Asked;
  readonly prepared: Prepared;
  readonly points: readonly Point[];
  /** The settings of each point. */
  readonly settings: readonly Settings[];
  readonly grid: boolean;
  readonly trials: number;
}

interface Given {
  readonly workers: number | undefined;
  readonly out: string | undefined;
  readonly svg: string | undefined;
  readonly json: true | undefined;
  readonly quiet: true | undefined;
}

const identityOf = ({ asked, prepared, grid, trials }: Search): Identity => ({
  data: prepared.run.data,
  settings: prepared.plan.settings,
  space: asked.space,
  method: grid ? "grid" : "random",
  ...(grid ? { gridTrials: trials } : {}),
});

/** The same search finds the same folder again; another has another. */
const folderOf = (name: string, identity: Identity): string =>
  `searches/${folderName(name)}-${createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 6)}`;

const search = async (what: Search, given: Given, context: Context): Promise<ExitCode> => {
  const { name, asked, prepared, points } = what;
  const { io, warn } = context;
  const { data } = prepared.plan;
  for (const { code, says, help } of data.remarks) warn(code, help === undefined ? says : `${says} (${help})`);
  const identity = identityOf(what);
  const about: About = { data, space: asked.space, folder: given.out ?? folderOf(name, identity) };
  const journal = openJournal(about.folder, identity, points, prepared.run.chainrule, io);
  try {
    const size = Math.min(given.workers ?? availableParallelism(), points.length);
    const isText = !given.json && !given.quiet && !isStandardOutput(given.svg);
    const kept = journal.trials.length;
    if (given.json) {
      io.out.write(jsonLine({ event: "start", data: name, space: asked.space, trials: points.length, kept, folder: about.folder }));
      for (const trial of journal.trials) io.out.write(jsonLine({ event: "trial", ...trial }));
    } else if (isText) io.out.write(`${startText(about, what, size, kept)}\n`);
    const trials = await runAll(what, about, journal, size, given, context);
    return await report(what, about, trials, given, isText, context);
  } finally {
    journal.close();
  }
};

const isStandardOutput = (svg: string | undefined): boolean => svg === "" || svg === "-";

const startText = ({ data, space, folder }: About, { points, grid }: Search, size: number, kept: number): string => {
  const rows = (n: number): string => n.toLocaleString("en-US");
  return [
    `${data.name}: ${rows(data.train.y.length)} rows to train, ${rows(data.validation.y.length)} to choose by; the test rows are not read`,
    `searching ${spaceText(space)}: ${points.length} ${grid ? "points of a grid" : "random trials"}, ${size} at a time`,
    `kept in ${folder}${kept === 0 ? "" : `: ${kept} of ${points.length} are there already`}`,
    "",
  ].join("\n");
};

/** Rows of the table that is shown while the search runs. */
const early = 8;

/** Runs what the journal does not have yet; comes back with all trials. */
const runAll = async ({ points, settings, prepared }: Search, about: About, journal: Journal, size: number, given: Given, { io, warn }: Context): Promise<readonly Trial[]> => {
  const trials = [...journal.trials];
  const known = new Set(trials.map(({ trial }) => trial));
  const jobs = settings.map((each, i) => ({ trial: i + 1, settings: each })).filter(({ trial }) => !known.has(trial));
  if (jobs.length === 0) return trials;
  const progress = createProgress(given.json || given.quiet ? undefined : io.err);
  const began = performance.now();
  const epochsOf = new Map(trials.map(({ trial }) => [trial, settings[trial - 1]!.epochs]));
  const all = settings.reduce((sum, { epochs }) => sum + epochs, 0);
  const sum = (): number => [...epochsOf.values()].reduce((total, epochs) => total + epochs, 0);
  const before = sum();
  const at = (): Progressed => ({ done: sum(), all, before, unit: "epoch", seconds: (performance.now() - began) / 1000 });
  const show = (): void => progress.show(progressText(about, trials, points.length), at(), () => ["", ...tableText(about, trials, early)]);
  const release = endOnInterrupt(() => {
    progress.end();
    if (!given.quiet && !given.json) io.err.write(`ended with ${trials.length} of ${points.length} trials done, kept in ${about.folder}; the same command goes on\n`);
  });
  try {
    show();
    await runPool(jobs, size, await starter(withoutTest(prepared.plan.data)), {
      epochs: (trial, done) => {
        epochsOf.set(trial, done);
        progress.move(at());
      },
      answer: (trial, result, seconds) => {
        const answered: Trial = { trial, point: points[trial - 1]!, result, seconds };
        journal.add(answered);
        trials.push(answered);
        epochsOf.set(trial, settings[trial - 1]!.epochs);
        if (given.json) io.out.write(jsonLine({ event: "trial", ...answered }));
        show();
      },
      died: (trial, why, again) => warn("worker-died", `the thread of trial ${trial} died (${why}); the trial is ${again ? "run once more" : "given up"}.`),
    });
  } finally {
    progress.end();
    release();
  }
  return trials;
};

/** Rows of the table at the end; all of them are in the journal. */
const most = 30;

const report = async ({ name, settings, prepared, trials: asked, grid }: Search, about: About, trials: readonly Trial[], given: Given, isText: boolean, context: Context): Promise<ExitCode> => {
  const { io } = context;
  const verdict = judge(about.space, trials);
  const { best } = verdict;
  const { label, as, testShare } = prepared.run.data;
  const command = best === undefined ? undefined : trainCommandOf(name, settings[best.trial - 1]!, { label, as, testShare }, about.data.schema);
  const remarks = remarksOf(about, trials, verdict);
  if (given.svg !== undefined) await deliver(searchSVG(about, trials, best), given.svg, context);
  if (given.json) {
    const { borders, asGood, noise } = verdict;
    io.out.write(jsonLine({ event: "done", best: best ?? null, command: command ?? null, ranking: ranked(trials).map(({ trial }) => trial), borders, asGood, noise, remarks }));
  } else if (given.quiet) io.out.write(command === undefined ? "" : `${command}\n`);
  else if (isText) {
    const drawn = best === undefined ? undefined : plotText(about, trials, best);
    const longer = grid ? [] : [`to go on with more trials: the same command with --trials ${2 * asked}`];
    const end = best === undefined
      ? ["no trial came to its end: try smaller learning rates", ...remarks]
      : [bestText(about, best), ...remarks.map((remark) => `- ${remark}`), "", "to train with these settings, and see the test rows:", `  ${command}`, ...longer];
    io.out.write(`${[tableText(about, trials, most).join("\n"), ...(drawn === undefined ? [] : [drawn]), end.join("\n")].join("\n\n")}\n`);
  }
  return best === undefined ? 1 : 0;
};
