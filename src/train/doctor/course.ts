/** What the course of training shows: units that no longer learn, labels that say nothing, rows learned by heart. */
import { goodness } from "../task.ts";
import { deadUnits, saturatedShare } from "../look.ts";
import type { Evidence } from "./evidence.ts";
import { learned, learnedShare, majorityOf, measureText, works } from "./evidence.ts";
import type { Diagnosis } from "./finding.ts";
import { probedRows } from "./memorise.ts";
import { about, listed, percent, rateText, setting } from "./words.ts";

/** Units that stand still now, where training goes badly. */
export const stillUnits: Diagnosis = {
  when: "end",
  codes: ["dead-units", "saturated-units"],
  explains: ["vanishing-gradients", "cannot-overfit", "labels-shuffled", "update-ratio"],
  find: (evidence) => {
    if (works(evidence) || learned(evidence) === undefined) return [];
    const { layers } = evidence.now;
    const dead = layers.filter((layer) => deadUnits(layer) >= layer.units / 2 && deadUnits(layer) >= 4);
    const saturated = layers.filter((layer) => saturatedShare(layer) >= 0.8);
    return [
      ...(dead.length === 0 ? [] : [{
        code: "dead-units",
        says: `Dead units: ${listed(dead.map((layer) => `${deadUnits(layer)} of ${layer.units} in layer ${layer.name}`))} give 0 for every row, and no gradient passes them.`,
        try: `${rateText(evidence.settings.lr / 10)}, or leaky-relu, which is never flat`,
      }]),
      ...(saturated.length === 0 ? [] : [{
        code: "saturated-units",
        says: `Saturated units: ${listed(saturated.map((layer) => `${percent(saturatedShare(layer))} of the outputs of layer ${layer.name}`))} are so near the end of the activation that hardly any gradient passes.`,
        try: `${rateText(evidence.settings.lr / 10)}, an L2 penalty (--l2 0.001), or relu`,
      }]),
    ];
  },
};

/** Deviations above chance that are no chance any more. */
const beyondChance = 3;

/** The loss of a model that knows how frequent the labels are, and nothing else: for classes in nats, for numbers their variance. */
const blindLoss = (y: ArrayLike<number>, label: "class" | "number"): number => {
  const values = Array.from(y);
  if (label === "number") {
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  }
  const counts = new Map<number, number>();
  for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / values.length) * Math.log(count / values.length), 0);
};

/** Whether the validation rows are told no better than by their most frequent class, or their mean. */
const atChance = ({ kind, epochs, data }: Evidence): boolean => {
  const { y } = data.validation;
  const measures = epochs.filter(({ epoch }) => epoch > 0).map(({ validation }) => validation);
  const good = measures.map(goodness);
  const last = good.at(-1)!;
  if (kind === "loss") return Math.min(...measures.map(({ loss }) => loss)) > 0.85 * blindLoss(y, data.schema.label.kind);
  if (kind === "number") return last < 0.15 && Math.max(...good) < 0.3;
  const guess = majorityOf(y);
  return last <= guess + beyondChance * Math.sqrt((guess * (1 - guess)) / y.length);
};

/** Labels that have nothing to do with the inputs: neighbours do not agree, and validation stays at chance. */
export const shuffledLabels: Diagnosis = {
  when: "end",
  codes: ["labels-shuffled"],
  explains: ["validation-gap", "cannot-overfit", "learning-rate-too-low", "update-ratio", "vanishing-gradients"],
  find: (evidence) => {
    const { epochs, data, kind, stopped } = evidence;
    if (stopped || learned(evidence) === undefined || data.validation.y.length < 10 || !atChance(evidence)) return [];
    const near = evidence.neighbours();
    if (near.rows < 30 || near.deviations > beyondChance) return [];
    const last = epochs.at(-1)!;
    const heart = kind !== "loss" && learnedShare(evidence, goodness(last.train), data.train.y) > 0.2;
    const [trained, validated] = [measureText(kind, last.train), measureText(kind, last.validation)];
    const seen = heart
      ? `The model learns the training rows by heart (${trained}) and knows nothing of others (validation: ${validated})`
      : `Nothing is learned beyond chance (training: ${trained}, validation: ${validated})`;
    return [{
      code: "labels-shuffled",
      says: `${seen}, and rows that are alike do not have labels that are alike. It looks as if the labels were shuffled, or the columns say nothing about them.`,
      try: "look at a few rows with their labels: a file of labels in another order, or a sort of one column alone, does this",
    }];
  },
};

/** Much better on training rows than on others. */
export const validationGap: Diagnosis = {
  when: "end",
  codes: ["validation-gap"],
  explains: [],
  find: (evidence) => {
    const { epochs, data, kind, settings } = evidence;
    const last = epochs.at(-1);
    if (kind === "loss" || last === undefined || last.epoch === 0 || data.validation.y.length < 10) return [];
    const [train, validation] = [goodness(last.train), goodness(last.validation)];
    const pooled = (train * data.train.y.length + validation * data.validation.y.length) / (data.train.y.length + data.validation.y.length);
    const deviation = Math.sqrt(Math.max(0, pooled * (1 - pooled)) * (1 / data.train.y.length + 1 / data.validation.y.length));
    const gap = train - validation;
    const wide = kind === "class" ? gap > 0.2 && gap > 4 * deviation : gap > 0.5 && train > 0.6;
    if (!wide) return [];
    return [{
      code: "validation-gap",
      says: `The model overfits: ${measureText(kind, last.train)} on training rows, ${measureText(kind, last.validation)} on validation rows. It learns rows by heart that it should learn from.`,
      try: `more rows if you can; else a larger penalty (--l2 ${settings.l2 === 0 ? "0.001" : setting(settings.l2 * 10)}), --dropout 0.5, fewer units or fewer epochs`,
    }];
  },
};

/** Twenty rows cannot be learned by heart, at no learning rate: the course's check before any long training. */
export const cannotOverfit: Diagnosis = {
  when: "end",
  codes: ["cannot-overfit"],
  explains: ["update-ratio"],
  find: (evidence) => {
    const share = learned(evidence);
    if (evidence.stopped || share === undefined || share >= 0.3) return [];
    const fits = (factor: number): boolean => {
      const { before, after, measure } = evidence.memorised(factor);
      return (evidence.kind !== "loss" && goodness(measure) > 0.85) || after < 0.2 * before;
    };
    if ([1, 10, 0.1, 100].some(fits)) return [];
    const { measure } = evidence.memorised(1);
    const got = evidence.kind === "loss" ? "" : `${measureText(evidence.kind, measure)}, `;
    const linear = evidence.start.layers.length === 0;
    const tried = `${got}loss ${about(measure.loss)} after 60 steps, and no better at a tenth, ten times or a hundred times the learning rate`;
    return [{
      code: "cannot-overfit",
      says: linear
        ? `A model without hidden layers cannot learn even ${probedRows} of these rows by heart (${tried}): ${evidence.kind === "class" ? "no straight line separates the classes" : "the numbers do not lie on a plane"}.`
        : `The model cannot learn even ${probedRows} rows by heart (${tried}). Any working model of enough units can.`,
      try: linear ? "a hidden layer: --model mlp --hidden 32" : "more hidden units; if that changes nothing, look for a mistake in the model or the loss",
    }];
  },
};
