/** What `chainrule train` says to people. */
import { plot } from "../check/plot.ts";
import type { DataSet } from "../data/data-set.ts";
import { confusionText } from "../train/confusion.ts";
import type { EpochEvent } from "../train/fit.ts";
import type { Settings } from "../train/settings.ts";
import type { Measure } from "../train/task.ts";
import type { DoneEvent, StartEvent } from "../train/train.ts";

export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

const count = (n: number): string => n.toLocaleString("en-US");

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

const netText = ({ layers, parameters, settings }: StartEvent, { schema }: DataSet): string => {
  const numbers = `${count(parameters)} parameters`;
  if (layers === undefined) return numbers;
  const between = layers.length > 2 ? `, ${settings.activation} between` : "";
  const loss = schema.label.kind === "number" ? "squared error" : settings.model === "svm" ? "SVM loss" : "softmax loss";
  return `${layers.join(" -> ")}${between}, ${loss}; ${numbers}`;
};

const recipeText = ({ epochs, batch, optimizer, lr, momentum, schedule, l2, dropout, seed }: Settings): string =>
  [
    `${epochs} epochs`,
    `batch ${batch}`,
    optimizer,
    ...(optimizer === "momentum" || optimizer === "nesterov" ? [`keeping ${momentum}`] : []),
    `learning rate ${lr}${schedule === "constant" ? "" : ` (${schedule})`}`,
    `L2 ${l2}`,
    ...(dropout > 0 ? [`dropout ${dropout}`] : []),
    `seed ${seed}`,
  ].join(", ");

/** What is about to be trained. */
export const startText = (start: StartEvent, data: DataSet, run: string): string => {
  const { rows, notice, settings, remarks } = start;
  return [
    `${start.data}: ${count(rows.train)} rows to train, ${count(rows.validation)} to validate, ${count(rows.test)} to test`,
    ...(notice === undefined ? [] : [`data: ${notice.trim()}`]),
    ...remarks.map(({ says, help }) => `data: ${says}${help === undefined ? "" : ` (${help})`}`),
    `net: ${netText(start, data)}`,
    `recipe: ${recipeText(settings)}`,
    `run: ${run}`,
    "",
    "",
  ].join("\n");
};

const figure = (measure: Measure): string => ("accuracy" in measure ? percent(measure.accuracy) : "r2" in measure ? `R^2 ${measure.r2.toFixed(3)}` : "");

/** One line: where training is. */
export const epochText = ({ epoch, train, validation }: EpochEvent, of: number): string => {
  const [fitted, unseen] = [figure(train), figure(validation)];
  const head = `epoch ${String(epoch).padStart(String(of).length)}/${of}  loss ${train.loss.toFixed(4)}`;
  return fitted === "" ? `${head}  validation ${validation.loss.toFixed(4)}` : `${head}  train ${fitted}  validation ${unseen}`;
};

/** Losses over the epochs. */
export const curveText = (epochs: readonly EpochEvent[], size: { readonly width?: number; readonly height?: number } = {}): string =>
  plot(
    [
      { name: "training loss", points: epochs.map(({ epoch, train: { loss } }) => [epoch, loss]) },
      { name: "validation loss", points: epochs.map(({ epoch, validation: { loss } }) => [epoch, loss]) },
    ],
    { ...size, x: { label: "epoch" }, y: { label: "loss", log: true } },
  );

/** How far predictions are off in the label's own unit: the root of the mean square. */
const typicalError = (r2: number, { test: { y }, schema: { label } }: DataSet): number => {
  const values = Array.from(y);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return Math.sqrt((1 - r2) * variance) * (label.kind === "number" ? label.deviation : 1);
};

/** The figures on the test rows, and for classes which were taken for which. */
export const testText = (done: DoneEvent, data: DataSet): string => {
  const rows = data.test.y.length;
  const behind = `loss ${done.testLoss.toFixed(4)}), after ${done.seconds.toFixed(1)} s`;
  if ("testAccuracy" in done) {
    const { label } = data.schema;
    const right = Math.round(done.testAccuracy * rows);
    return [
      `test accuracy ${percent(done.testAccuracy)} (${count(right)} of ${count(rows)} rows, ${behind}`,
      "",
      confusionText(done.confusion, label.kind === "class" ? label.classes : undefined),
    ].join("\n");
  }
  if (!("testR2" in done)) return `test loss ${done.testLoss.toFixed(4)} (${count(rows)} rows), after ${done.seconds.toFixed(1)} s`;
  return `test R^2 ${done.testR2.toFixed(3)} (${count(rows)} rows, off by ${rounded(typicalError(done.testR2, data))} in the root mean square, ${behind}`;
};

/** The one figure, alone. */
export const shortText = (done: DoneEvent): string =>
  "testAccuracy" in done ? percent(done.testAccuracy) : "testR2" in done ? done.testR2.toFixed(3) : done.testLoss.toFixed(4);
