/** What `chainrule search` says to people: its tables, its plots, and what follows from them. */
import { plot, type Series } from "../../check/plot.ts";
import { columns } from "../../check/report.ts";
import { chartSVG, type Mark } from "../../explain/charts/lines.ts";
import type { DataSet } from "../../data/data-set.ts";
import type { Schema } from "../../data/schema.ts";
import type { TableOptions } from "../../data/from-table.ts";
import type { FinishedTrial, Trial, Verdict } from "../../train/search/judge.ts";
import { ranked } from "../../train/search/judge.ts";
import { isLog, type NumberRange, type Space } from "../../train/search/space.ts";
import { recipeOf, settingsFor, type Settings } from "../../train/settings.ts";
import { goodness } from "../../train/task.ts";
import { dimensionText, searchedSettings, valueText } from "./options.ts";

/** What a search is about, for all that is said of it. */
export interface About {
  readonly data: DataSet;
  readonly space: Space;
  readonly folder: string;
}

const rowsText = (n: number): string => n.toLocaleString("en-US");

/** The score of a model as its kind has it: a share of rows, or R^2. */
const scoreText = ({ data }: Pick<About, "data">, score: number): string =>
  data.schema.label.kind === "class" ? `${(100 * score).toFixed(1)}%` : `R^2 ${score.toFixed(4)}`;

const differenceText = ({ data }: Pick<About, "data">, difference: number): string =>
  data.schema.label.kind === "class" ? `${(100 * difference).toFixed(1)} points` : `R^2 ${difference.toFixed(4)}`;

export const spaceText = (space: Space): string =>
  Object.entries(space)
    .map(([name, dimension]) => `${name} ${dimensionText(dimension)}${dimension.kind === "range" && isLog(dimension) ? " (log scale)" : ""}`)
    .join(", ");

/** The best trials so far, or all of them, as a table. */
export const tableText = (about: About, trials: readonly Trial[], most: number): string[] => {
  const names = Object.keys(about.space) as (keyof Settings)[];
  const order = ranked(trials);
  const rows = order.slice(0, most).map(({ trial, point, result, seconds }) => {
    const values = names.map((name) => valueText(point[name]));
    const figures = result.outcome === "finished"
      ? [scoreText(about, goodness(result.validation)), result.validation.loss.toFixed(4), scoreText(about, goodness(result.train)), seconds.toFixed(1)]
      : [result.outcome, "", "", seconds.toFixed(1)];
    return [String(trial), ...values, ...figures];
  });
  const head = ["trial", ...names, "validation", "loss", "train", "seconds"];
  const rest = order.length > most ? [`and ${order.length - most} more`] : [];
  return [...columns([head, ...rows], []), ...rest];
};

/** How far a search is, on one line. */
export const progressText = (about: About, trials: readonly Trial[], all: number): string => {
  const [best] = ranked(trials);
  const so = best?.result.outcome === "finished" ? `, best so far ${scoreText(about, goodness(best.result.validation))} (${pointText(best)})` : "";
  return `${trials.length} of ${all} trials${so}`;
};

const pointText = ({ point }: Pick<Trial, "point">): string => Object.entries(point).map(([name, value]) => `${name} ${valueText(value)}`).join(", ");

/** The setting that a plot goes along: the learning rate, if it is searched, else the first with a range. */
const along = (space: Space): readonly [keyof Settings, NumberRange] | undefined => {
  const ranges = Object.entries(space).flatMap(([name, dimension]) => (dimension.kind === "range" ? [[name as keyof Settings, dimension] as const] : []));
  return ranges.find(([name]) => name === "lr") ?? ranges[0];
};

interface Spot {
  readonly trial: Trial;
  readonly x: number;
  readonly y: number;
}

/** Where the trials stand; those without a score stand at the foot. */
const spotsOf = (trials: readonly Trial[], name: keyof Settings): { readonly spots: readonly Spot[]; readonly lost: readonly Spot[] } => {
  const at = (trial: Trial): number => trial.point[name] as number;
  const spots = trials.flatMap((trial) => (trial.result.outcome === "finished" ? [{ trial, x: at(trial), y: goodness(trial.result.validation) }] : []));
  const foot = spots.reduce((low, { y }) => Math.min(low, y), Infinity);
  return { spots, lost: trials.filter(({ result }) => result.outcome !== "finished").map((trial) => ({ trial, x: at(trial), y: foot })) };
};

const scoreName = ({ data }: About): string => (data.schema.label.kind === "class" ? "accuracy on validation rows" : "R^2 on validation rows");

export const plotText = (about: About, trials: readonly Trial[], best: Trial): string | undefined => {
  const axis = along(about.space);
  if (axis === undefined) return undefined;
  const [name, range] = axis;
  const { spots, lost } = spotsOf(trials, name);
  const pairs = (of: readonly Spot[]) => of.map(({ x, y }) => [x, y] as const);
  const series: Series[] = [
    { name: "best", mark: "★", points: pairs(spots.filter(({ trial }) => trial === best)) },
    { name: "trial", mark: "●", points: pairs(spots.filter(({ trial }) => trial !== best)) },
    ...(lost.length > 0 ? [{ name: "diverged or failed", mark: "×", points: pairs(lost) }] : []),
  ];
  return plot(series, { x: { label: name, log: isLog(range) }, y: { label: scoreName(about) } });
};

export const searchSVG = (about: About, trials: readonly Trial[], best: Trial | undefined): string => {
  const [name, range] = along(about.space) ?? (["trial", undefined] as const);
  const { spots, lost } = name === "trial" ? numbered(trials) : spotsOf(trials, name);
  const mark = (shape: Mark["shape"]) => ({ trial, x, y }: Spot): Mark => ({
    x,
    y,
    shape,
    title: `trial ${trial.trial}: ${pointText(trial)}; ${trial.result.outcome === "finished" ? scoreText(about, y) : trial.result.outcome}`,
    ...(trial === best ? { label: `${scoreText(about, y)}: ${pointText(trial)}` } : {}),
  });
  return chartSVG({
    title: `Search on ${about.data.name}: ${trials.length} trials`,
    remarks: [spaceText(about.space), `dots are trials, the star is the best${lost.length > 0 ? ", crosses at the foot diverged or failed" : ""}`],
    description: `Trials by ${name}. ${best === undefined ? "None came to its end" : `Best: trial ${best.trial}, ${pointText(best)}`}.`,
    x: { label: range !== undefined && isLog(range) ? `${name} (log scale)` : name, log: range !== undefined && isLog(range) },
    y: { label: scoreName(about) },
    curves: [],
    marks: [...lost.map(mark("cross")), ...spots.filter(({ trial }) => trial !== best).map(mark("dot")), ...spots.filter(({ trial }) => trial === best).map(mark("star"))],
  });
};

/** Where nothing has a range, trials stand in their order. */
const numbered = (trials: readonly Trial[]): ReturnType<typeof spotsOf> =>
  spotsOf(trials.map((trial) => ({ ...trial, point: { ...trial.point, lr: trial.trial } })), "lr");

/** A word as a shell reads it. */
const shellWord = (word: string): string => (/^[\w.,/:=+-]+$/.test(word) ? word : `"${word.replace(/(["\\$`])/g, "\\$1")}"`);

/** The settings where they are not those that `train` takes by itself, and how the data are read. */
export const trainCommandOf = (name: string, settings: Settings, options: TableOptions, schema: Schema): string => {
  const recipe = settingsFor(name, { model: settings.model }, schema);
  const own = [...searchedSettings, "seed" as const].filter((each) => valueText(settings[each]) !== valueText(recipe[each]) || (each === "model" && settings.model !== recipeOf(name, schema).model));
  const words = [
    ...own.flatMap((each) => [`--${each}`, valueText(settings[each])]),
    ...(options.label === undefined ? [] : ["--label", options.label]),
    ...(options.as === undefined ? [] : ["--as", options.as]),
    ...(options.testShare === undefined ? [] : ["--test-share", String(options.testShare)]),
  ];
  return ["chainrule", "train", name, ...words].map(shellWord).join(" ");
};

/** What is worth knowing about the outcome, a sentence each. */
export const remarksOf = (about: About, trials: readonly Trial[], verdict: Verdict): string[] => {
  const { best, borders, asGood, noise, insideAsGood } = verdict;
  const rows = `${rowsText(about.data.validation.y.length)} validation rows`;
  const atBorder = borders.map(({ setting, value, range, end, wider }) => {
    const where = `the best ${setting}, ${valueText(value)}, lies at the ${end === "low" ? "lower" : "upper"} end of ${dimensionText(range)}`;
    const inside = insideAsGood ? ", though a trial well inside does as well within the noise" : "";
    return `${where}: better ones may lie ${end === "low" ? "below" : "above"}${inside}; widen it, as in --${setting} ${dimensionText(wider)}`;
  });
  const near = best === undefined || asGood === 0
    ? []
    : [`${asGood} other trial${asGood === 1 ? " is" : "s are"} within the noise of ${rows} (${differenceText(about, noise)}): which of them is first may be chance`];
  return [...atBorder, ...near, ...lostText(about, trials)];
};

const lostText = ({ space }: About, trials: readonly Trial[]): string[] => {
  const diverged = trials.filter(({ result }) => result.outcome === "diverged");
  const failed = trials.filter(({ result }) => result.outcome === "failed");
  const lrs = diverged.flatMap(({ point }) => (point.lr === undefined ? [] : [point.lr]));
  const from = "lr" in space && lrs.length > 0 ? `, from lr ${valueText(Math.min(...lrs))} up` : "";
  const says = (of: readonly Trial[]): string => of.map(({ result }) => (result.outcome === "finished" ? "" : result.says))[0]!;
  return [
    ...(diverged.length > 0 ? [`${diverged.length} diverged (their numbers were lost)${from}`] : []),
    ...(failed.length > 0 ? [`${failed.length} failed: ${says(failed)}`] : []),
  ];
};

export const bestText = (about: About, { trial, result }: FinishedTrial): string => {
  const n = about.data.validation.y.length;
  const score = goodness(result.validation);
  const count = about.data.schema.label.kind === "class" ? ` (${Math.round(score * n)} of ${rowsText(n)} validation rows)` : ` on ${rowsText(n)} validation rows`;
  return `best: trial ${trial}, ${scoreText(about, score)}${count}`;
};
