/** Steps that are too long, or too short. */
import { counted } from "../../data/words.ts";
import { deadUnits } from "../look.ts";
import type { Evidence } from "./evidence.ts";
import { learned, works } from "./evidence.ts";
import type { Diagnosis } from "./finding.ts";
import { about, listed, percent, rateText } from "./words.ts";

/** The loss of the training rows before the first step, and a little: healthy trainings stay below it from step to step. */
const ceilingOf = ({ epochs, chanceLoss }: Evidence): number => 1.3 * epochs[0]!.train.loss + 0.05 * chanceLoss;

/** Units that were alive at the start and are dead now, in the layer where most are. */
const died = ({ start, now }: Evidence) =>
  now.layers
    .map((layer, i) => ({ layer, before: deadUnits(start.layers[i] ?? layer), dead: deadUnits(layer) }))
    .find(({ layer, before, dead }) => dead >= layer.units / 2 && dead >= 4 && before < dead / 2);

/** Steps in which an optimiser still finds its stride: a loss that goes up and down in them says nothing. */
const firstSteps = 20;

/** The loss came down and went up again: for good so far, or time and again. */
const swingOf = ({ epochs, chanceLoss }: Evidence): { readonly best: number; readonly loss: number; readonly epoch: number } | undefined => {
  const swings: { best: number; loss: number; epoch: number; over: boolean }[] = [];
  let best = epochs[0]!.train.loss;
  for (const { epoch, step, train: { loss } } of epochs) {
    const last = swings.at(-1);
    if (last && loss <= last.best) last.over = true;
    if (step >= firstSteps && loss > 1.6 * best + 0.05 * chanceLoss && last?.over !== false) swings.push({ best, loss, epoch, over: false });
    best = Math.min(best, loss);
  }
  return swings.find(({ over }) => !over) ?? (swings.length >= 3 ? swings[0] : undefined);
};

/** What shows that steps are too long; undefined where nothing does. */
const signOf = (evidence: Evidence): string | undefined => {
  const { epochs, steps, stopped, start } = evidence;
  if (epochs.length === 0 || !Number.isFinite(start.loss)) return undefined;
  const first = epochs[0]!.train.loss;
  const ceiling = ceilingOf(evidence);
  const rose = epochs.find(({ train }) => train.loss > ceiling);
  if (stopped?.code === "not-finite" && (steps.count < 2 || steps.highest > first)) return `the loss began at ${about(first)}, rose to ${about(Math.max(steps.highest, first))}, and then the numbers were lost`;
  if (rose) return `the training loss began at ${about(first)} and was ${about(rose.train.loss)} after ${rose.epoch === 1 ? "the first epoch" : `epoch ${rose.epoch}`}`;
  // Batches differ by themselves: where steps hardly move the weights, a high one says nothing about their length.
  if (steps.highest > ceiling && !(usualRatio(evidence) < 1e-4)) return `the training loss began at ${about(first)} and jumped to ${about(steps.highest)} by step ${steps.highestAt}`;
  const swing = swingOf(evidence);
  if (swing) return `the training loss had come down to ${about(swing.best)} and was back up at ${about(swing.loss)} after epoch ${swing.epoch}`;
  const lost = works(evidence) ? undefined : died(evidence);
  if (lost) return `${lost.dead} of ${lost.layer.units} units of layer ${lost.layer.name} died while training: one long step put them where they are 0 for every row`;
  return undefined;
};

const smaller = ({ settings: { lr } }: Evidence): string => `${rateText(lr / 10)}, and still less if the loss jumps again`;

/** The loss rises, jumps, swings or is lost. */
export const rateTooHigh: Diagnosis = {
  when: "course",
  codes: ["learning-rate-too-high"],
  explains: ["dead-units", "saturated-units", "update-ratio", "cannot-overfit", "labels-shuffled", "validation-gap", "learning-rate-too-low", "vanishing-gradients", "loss-at-start"],
  find: (evidence) => {
    const sign = signOf(evidence);
    if (sign === undefined) return [];
    return [{
      code: "learning-rate-too-high",
      says: `The learning rate ${evidence.settings.lr} is too high: ${sign}.`,
      try: smaller(evidence),
    }];
  },
};

/** The usual ratio over all weights: the geometric mean, because they differ by powers of ten. */
export const usualRatio = ({ steps }: Evidence): number => {
  const ratios = [...steps.ratios.values()].filter((ratio) => ratio > 0 && Number.isFinite(ratio));
  return ratios.length === 0 ? NaN : Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
};

/** Longer steps that the probe tries. */
const longer = [10, 1e2, 1e3, 1e4, 1e5] as const;

/** The loss has hardly moved, and a longer step moves it. */
export const rateTooLow: Diagnosis = {
  when: "end",
  codes: ["learning-rate-too-low"],
  explains: ["update-ratio", "cannot-overfit", "labels-shuffled", "vanishing-gradients"],
  find: (evidence) => {
    const { epochs, settings, stopped } = evidence;
    const share = learned(evidence);
    if (stopped || share === undefined || share >= 0.5) return [];
    const [first, last] = [epochs[0]!.train.loss, epochs.at(-1)!.train.loss];
    const ratio = usualRatio(evidence);
    if (last < 0.85 * first || !(ratio < 3e-4)) return [];
    const here = evidence.memorised(1);
    if (here.after < 0.3 * here.before) return [];
    const factor = longer.find((times) => evidence.memorised(times).after < 0.5 * here.after);
    if (factor === undefined) return [];
    return [{
      code: "learning-rate-too-low",
      says: `The learning rate ${settings.lr} is too low: the training loss went from ${first.toPrecision(3)} to ${last.toPrecision(3)} in ${counted(epochs.length - 1, "epoch")}, and a step changes the weights by ${about(ratio)} of their size (wanted: about 0.001).`,
      try: `${rateText(settings.lr * factor)}: with it the loss of twenty rows fell from ${about(here.before)} to ${about(evidence.memorised(factor).after)} in 60 steps`,
    }];
  },
};

/** Updates of an odd size, where nothing else was found and nothing much was learned. */
export const updateRatio: Diagnosis = {
  when: "end",
  codes: ["update-ratio"],
  explains: [],
  find: (evidence) => {
    const { steps, stopped } = evidence;
    if (stopped || works(evidence) || learned(evidence) === undefined) return [];
    const odd = [...steps.ratios].filter(([, ratio]) => ratio > 0.1 || ratio < 1e-6);
    if (odd.length === 0) return [];
    const [path, ratio] = odd[0]!;
    const large = ratio > 0.1;
    return [{
      code: "update-ratio",
      says: `A step changes ${path} by ${large ? percent(ratio) : about(ratio)} of its size, as a rule; wanted is about 0.001${odd.length > 1 ? `. So it is with ${listed(odd.slice(1).map(([other]) => other))}` : ""}.`,
      try: large ? smaller(evidence) : rateText(evidence.settings.lr * 10),
    }];
  },
};
