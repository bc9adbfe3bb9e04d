/** What `chainrule train` says to people. */
import { plot } from "../check/plot.ts";
import type { DataSet } from "../data/data-set.ts";
import { counted, rounded } from "../data/words.ts";
import { confusionText } from "../train/confusion.ts";
import type { EpochEvent } from "../train/fit.ts";
import { side, type Convolutions } from "../train/network.ts";
import { planesOf } from "../train/planes.ts";
import type { Settings } from "../train/settings.ts";
import type { Measure } from "../train/task.ts";
import type { StartEvent, TestFigures } from "../train/train.ts";

export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

const count = (n: number): string => n.toLocaleString("en-US");

/** `1x28x28 -> 3x3 convolution and pooling -> 16x14x14 -> ...`. */
const imageText = ({ shape, filters }: Convolutions): readonly string[] =>
  planesOf(shape, filters).map((plane, i) => `${plane.join("x")}${i < filters.length ? ` -> ${side}x${side} convolution and pooling` : ""}`);

const netText = ({ layers, convolutions, parameters, settings }: StartEvent, { schema }: DataSet): string => {
  const numbers = `${count(parameters)} parameters`;
  if (layers === undefined) return numbers;
  const between = layers.length > 2 || convolutions ? `, ${settings.activation} between` : "";
  const loss = schema.label.kind === "number" ? "squared error" : settings.model === "svm" ? "SVM loss" : "softmax loss";
  const sizes = [...(convolutions ? imageText(convolutions) : []), ...layers];
  return `${sizes.join(" -> ")}${between}, ${loss}; ${numbers}`;
};

const recipeText = ({ epochs, batch, optimizer, lr, momentum, schedule, l2, dropout, seed, dtype }: Settings): string =>
  [
    `${epochs} epochs`,
    `batch ${batch}`,
    optimizer,
    ...(optimizer === "momentum" || optimizer === "nesterov" ? [`keeping ${momentum}`] : []),
    `learning rate ${lr}${schedule === "constant" ? "" : ` (${schedule})`}`,
    `L2 ${l2}`,
    ...(dropout > 0 ? [`dropout ${dropout}`] : []),
    `seed ${seed}`,
    dtype,
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

type TestData = Pick<DataSet, "test" | "schema">;

/** How far predictions are off in the label's own unit: the root of the mean square. */
const typicalError = (r2: number, { test: { y }, schema: { label } }: TestData): number => {
  const values = Array.from(y);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return Math.sqrt((1 - r2) * variance) * (label.kind === "number" ? label.deviation : 1);
};

/** The figures on test rows, and for classes which were taken for which. */
export const testText = (figures: TestFigures & { readonly seconds?: number }, data: TestData): string => {
  const rows = counted(data.test.y.length, "row");
  const after = figures.seconds === undefined ? "" : `, after ${figures.seconds.toFixed(1)} s`;
  const loss = `loss ${figures.testLoss.toFixed(4)}`;
  if ("testAccuracy" in figures) {
    const { label } = data.schema;
    const right = Math.round(figures.testAccuracy * data.test.y.length);
    return [
      `test accuracy ${percent(figures.testAccuracy)} (${count(right)} of ${rows}, ${loss})${after}`,
      "",
      confusionText(figures.confusion, label.kind === "class" ? label.classes : undefined),
    ].join("\n");
  }
  if (!("testR2" in figures)) return `test ${loss} (${rows})${after}`;
  const { testR2 } = figures;
  if (!Number.isFinite(testR2)) return `test R^2 says nothing: all labels are the same (${rows}, ${loss})${after}`;
  return `test R^2 ${testR2.toFixed(3)} (${rows}, off by ${rounded(typicalError(testR2, data))} in the root mean square, ${loss})${after}`;
};

/** The one figure, alone. */
export const shortText = (done: TestFigures): string =>
  "testAccuracy" in done ? percent(done.testAccuracy) : "testR2" in done ? done.testR2.toFixed(3) : done.testLoss.toFixed(4);
