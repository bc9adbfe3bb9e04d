/**
 * A run as one JavaScript module with nothing else: the forward pass in plain loops, the weights as numbers, and what
 * the cells of a row mean. The sums stand in the order in which the run makes them, so that both give the same numbers.
 */
import type { CategoryColumn, InputColumn, Label, NumberColumn, PixelColumns } from "../data/schema.ts";
import { numberSpelling } from "../ir/dtype.ts";
import type { Conv } from "../nn/conv.ts";
import type { Linear } from "../nn/linear.ts";
import type { Layer } from "./activations.ts";
import { exportsOf, helpers } from "./export-code.ts";
import { headerOf } from "./export-header.ts";
import { unitFunction } from "./export-unit.ts";
import type { Run } from "./load-run.ts";
import { structureOf } from "./task.ts";

const words = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;

/** The shortest text that a float32 reads back from as the same bits: nine digits are always enough. */
const shortSpelling = (value: number): string => {
  let digits = 1;
  while (digits < 9 && Math.fround(Number(value.toPrecision(digits))) !== value) digits++;
  return numberSpelling(Number(value.toPrecision(digits)));
};

const numbers = (values: ArrayLike<number>): string => `[${Array.from(values, values instanceof Float32Array ? shortSpelling : numberSpelling).join(", ")}]`;

const piecesOf = (layer: Layer): readonly Linear[] => ("pieces" in layer ? layer.pieces : [layer]);

/** One line for each input. */
const linearText = ({ w, b }: Linear, indent: string): string => {
  const [inputs, outputs] = w.shape as readonly [number, number];
  const weights = w.dataSync();
  const rows = Array.from({ length: inputs }, (_, i) => `${indent}    ${numbers(weights.subarray(i * outputs, (i + 1) * outputs))},\n`);
  return `{\n${indent}  weights: [\n${rows.join("")}${indent}  ],\n${indent}  biases: ${numbers(b.dataSync())},\n${indent}}`;
};

/** One line for each filter. */
const convText = ({ w, b }: Conv): string => {
  const weights = w.dataSync();
  const each = w.size / b.size;
  const rows = Array.from({ length: b.size }, (_, i) => `      ${numbers(weights.subarray(i * each, (i + 1) * each))},\n`);
  return `  {\n    weights: [\n${rows.join("")}    ],\n    biases: ${numbers(b.dataSync())},\n  },\n`;
};

const hiddenText = (layer: Layer): string => {
  if (!("pieces" in layer)) return `  ${linearText(layer, "  ")},\n`;
  return `  [\n${layer.pieces.map((piece) => `    ${linearText(piece, "    ")},\n`).join("")}  ],\n`;
};

/** How a column of a table is encoded; `at` is its place in a row that is a list. */
const columnText = (column: NumberColumn | CategoryColumn, at: number): string => {
  const name = JSON.stringify(column.name);
  return column.kind === "number"
    ? `number(row, ${name}, ${at}, ${numberSpelling(column.mean)}, ${numberSpelling(column.deviation)})`
    : `...word(row, ${name}, ${at}, ${words(column.values)})`;
};

const tableText = (columns: readonly (NumberColumn | CategoryColumn)[]): readonly string[] => {
  const has = (kind: InputColumn["kind"]): boolean => columns.some((column) => column.kind === kind);
  const list = columns.map((column, at) => `  ${columnText(column, at)},\n`).join("");
  return [
    helpers.cell,
    ...(has("number") ? [helpers.number] : []),
    ...(has("category") ? [helpers.word] : []),
    `/**\n * The numbers that the model reads of a row.\n * @type {(row: Row) => number[]}\n */\nconst encode = (row) => [\n${list}];`,
  ];
};

const imageText = ({ shift, scale }: PixelColumns): readonly string[] => [
  `/** What is taken away from each pixel. */\nconst shift = ${numbers(shift)};`,
  helpers.pixels(numberSpelling(scale)),
];

const labelText = (label: Label): string =>
  label.kind === "class"
    ? `const classes = ${words(label.classes)};`
    : `/** The number was learned as (number - mean) / deviation. */\nconst mean = ${numberSpelling(label.mean)};\nconst deviation = ${numberSpelling(label.deviation)};`;

/** Names of the module's own, which no function of an activation may have. */
const ownNames = ["biases", "cell", "channels", "classes", "convolutions", "convolve", "deviation", "encode", "height", "hidden", "image", "linear", "mean", "number", "output", "pixels", "pool", "predict", "row", "scores", "shift", "weights", "width", "word"];

/**
 * A module of plain JavaScript that predicts what the run predicts: an ES module for Node and browsers, without a
 * dependency and without code from text. It exports `predict(row)` for one row, and `scores(row)`. Rows are as in
 * `loadRun`; an image is the list of its pixels.
 *
 * Weights are written as decimal literals, which read back as the same bits (those of a float32 run as float32; the
 * module itself computes in float64): they can be read, compared and searched.
 * Base64 takes half the bytes (of a 64-128-10 net 100 instead of 206 KiB; compressed 75 instead of 90), but needs a
 * decoder and says nothing to a reader.
 */
export const exportRun = (run: Run): string => {
  const { schema, settings, model } = run;
  const { label } = schema;
  const image = schema.inputs.find((column) => column.kind === "pixels");
  const columns = schema.inputs.filter((column) => column.kind === "number" || column.kind === "category");
  const structure = structureOf(settings.settings, schema);
  const count = structure.image?.filters.length ?? 0;
  const convolutions = model.slice(0, count) as readonly Conv[];
  const hidden = model.slice(count, -1) as readonly Layer[];
  const pieces = hidden.length === 0 ? 0 : piecesOf(hidden[0]!).length;
  const kind = label.kind === "number" ? "number" : settings.settings.model === "svm" ? "svm" : "softmax";
  const sections = [
    headerOf(run, structure),
    image ? helpers.imageTypes : helpers.types,
    labelText(label),
    ...(image ? imageText(image) : tableText(columns)),
    ...(count === 0 ? [] : [helpers.convolution]),
    helpers.linear,
    ...(pieces === 0 && count === 0 ? [] : unitFunction("unit", settings.settings.activation, Math.max(1, pieces), ownNames)),
    ...exportsOf({ image: structure.image?.shape, pieces }, kind),
    ...(count === 0 ? [] : [`/** The convolutions, from the image on. */\nconst convolutions = [\n${convolutions.map(convText).join("")}];`]),
    ...(pieces === 0 ? [] : [`/** The hidden layers, from the inputs on${pieces > 1 ? ", each of several pieces" : ""}. */\nconst hidden = [\n${hidden.map(hiddenText).join("")}];`]),
    `/** The layer of the scores. */\nconst output = ${linearText(model.at(-1) as Linear, "")};`,
  ];
  return `${sections.join("\n\n")}\n`;
};
