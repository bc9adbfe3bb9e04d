/** Inputs in units that a model cannot work with. */
import { columnMeans } from "../../data/examples.ts";
import { columnNameAt } from "../../data/giveaways.ts";
import type { Evidence } from "./evidence.ts";
import { works } from "./evidence.ts";
import type { Diagnosis, Finding } from "./finding.ts";
import { about, columnText } from "./words.ts";

/** Beyond this the first layer's sums are far from where activations bend, and gradients grow alike, whatever happens later. */
const certainlyLarge = 50;
/** Beyond this they may be, and are if nothing is learned. */
const perhapsLarge = 10;
const perhapsSmall = 0.01;

/** The column with the largest root mean square: what a model reads, or the data where it reads no sums of products. */
const widest = ({ start, data }: Evidence): { readonly size: number; readonly mean: number; readonly deviation: number; readonly name: string } => {
  const read = start.inputs.length > 0 ? start.inputs : [{ columns: data.train.columns, values: data.train.x }];
  let found = { size: 0, mean: 0, deviation: 0, name: "one column" };
  for (const { columns, values } of read) {
    const rows = values.length / columns;
    const examples = { x: Float64Array.from(values), y: new Int32Array(rows), columns };
    const [means, squares] = [columnMeans(examples), columnMeans({ ...examples, x: examples.x.map((v) => v * v) })];
    squares.forEach((square, column) => {
      const mean = means[column]!;
      if (!(Math.sqrt(square) > found.size)) return;
      const name = columns === data.train.columns ? columnNameAt(data.schema, columns, column) : undefined;
      found = { size: Math.sqrt(square), mean, deviation: Math.sqrt(Math.max(0, square - mean * mean)), name: name === undefined ? "one column" : columnText(name) };
    });
  }
  return found;
};

const advice = "give every column the mean 0 and the deviation 1, learned on the training rows: (x - mean) / deviation";

/** Columns far larger, or far smaller, than 1. */
export const unscaledInputs: Diagnosis = {
  when: "before",
  codes: ["unscaled-inputs"],
  explains: [
    "loss-at-start", "saturated-units", "dead-units", "exploding-gradients", "vanishing-gradients", "learning-rate-too-high", "learning-rate-too-low",
    "update-ratio", "cannot-overfit", "labels-shuffled", "validation-gap",
  ],
  find: (evidence): readonly Finding[] => {
    const { size, mean, deviation, name } = widest(evidence);
    const late = evidence.epochs.length > 1 && !works(evidence);
    const bound = late ? perhapsLarge : certainlyLarge;
    const code = "unscaled-inputs";
    const numbers = `mean ${about(mean)}, deviation ${about(deviation)}`;
    if (size > bound) {
      const what = Math.abs(mean) > 3 * deviation ? "is far from 0 beside what it varies" : "is far larger than 1";
      return [{ code, says: `The inputs are not scaled: ${name} ${what} (${numbers}). The first sums are then huge, and one learning rate cannot suit all weights.`, try: advice }];
    }
    if (late && size > 0 && size < perhapsSmall) {
      return [{ code, says: `The inputs are not scaled: every column is far smaller than 1 (at most ${numbers}). The weights hardly matter then, and hardly learn.`, try: advice }];
    }
    return [];
  },
};

/** Numbers to learn that are far larger than 1: the loss is their square. */
export const unscaledTargets: Diagnosis = {
  when: "before",
  codes: ["unscaled-targets"],
  explains: unscaledInputs.explains,
  find: ({ data }) => {
    if (data.schema.label.kind !== "number") return [];
    const { y } = data.train;
    const mean = Array.from(y).reduce((sum, v) => sum + v, 0) / y.length;
    const deviation = Math.sqrt(Array.from(y).reduce((sum, v) => sum + (v - mean) ** 2, 0) / y.length);
    if (Math.hypot(mean, deviation) <= certainlyLarge) return [];
    const says = `The numbers to learn are not scaled: mean ${about(mean)}, deviation ${about(deviation)}. The loss and its gradients grow with their square.`;
    return [{ code: "unscaled-targets", says, try: "train on (y - mean) / deviation, and turn predictions back" }];
  },
};
