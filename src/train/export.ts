/**
 * A run as one JavaScript module with nothing else: the forward pass in plain loops, the weights as numbers, and what
 * the cells of a row mean. The sums stand in the order in which the run makes them, so that both give the same numbers.
 */
import type { InputColumn, Label } from "../data/schema.ts";
import { numberSpelling } from "../ir/dtype.ts";
import type { Linear } from "../nn/linear.ts";
import type { Layer } from "./activations.ts";
import { exportsOf, helpers, type Piece } from "./export-code.ts";
import { headerOf } from "./export-header.ts";
import { unitFunction } from "./export-unit.ts";
import type { Run } from "./load-run.ts";
import { sizesOf } from "./task.ts";

const words = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;

const numbers = (values: ArrayLike<number>): string => `[${Array.from(values, numberSpelling).join(", ")}]`;

const piecesOf = (layer: Layer): readonly Linear[] => ("pieces" in layer ? layer.pieces : [layer]);

/** One line for each input. */
const linearText = ({ w, b }: Linear, indent: string): string => {
  const [inputs, outputs] = w.shape as readonly [number, number];
  const weights = w.dataSync();
  const rows = Array.from({ length: inputs }, (_, i) => `${indent}    ${numbers(weights.subarray(i * outputs, (i + 1) * outputs))},\n`);
  return `{\n${indent}  weights: [\n${rows.join("")}${indent}  ],\n${indent}  biases: ${numbers(b.dataSync())},\n${indent}}`;
};

const hiddenText = (layer: Layer): string => {
  if (!("pieces" in layer)) return `  ${linearText(layer, "  ")},\n`;
  return `  [\n${layer.pieces.map((piece) => `    ${linearText(piece, "    ")},\n`).join("")}  ],\n`;
};

/** How a column is encoded, and which names of the module that takes; `at` is its place in a row that is a list. */
const columnText = (column: InputColumn, at: number): { readonly text: string; readonly needs: Piece | undefined } => {
  const name = JSON.stringify(column.name);
  if (column.kind === "number") {
    return { text: `number(row, ${name}, ${at}, ${numberSpelling(column.mean)}, ${numberSpelling(column.deviation)})`, needs: "number" };
  }
  if (column.kind === "category") return { text: `...word(row, ${name}, ${at}, ${words(column.values)})`, needs: "word" };
  return { text: "", needs: undefined };
};

const encodeText = (columns: readonly InputColumn[]): readonly string[] => {
  const pixels = columns.find((column) => column.kind === "pixels");
  if (pixels !== undefined) {
    return [
      `/** What is taken away from each pixel. */\nconst shift = ${numbers(pixels.shift)};`,
      helpers.pixels(numberSpelling(pixels.scale)),
    ];
  }
  const written = columns.map(columnText);
  const needed = (["number", "word"] as const).filter((piece) => written.some(({ needs }) => needs === piece));
  const list = written.map(({ text }) => `  ${text},\n`).join("");
  return [
    helpers.cell,
    ...needed.map((piece) => helpers[piece]),
    `/**\n * The numbers that the model reads of a row.\n * @type {(row: Row) => number[]}\n */\nconst encode = (row) => [\n${list}];`,
  ];
};

const labelText = (label: Label): string =>
  label.kind === "class"
    ? `const classes = ${words(label.classes)};`
    : `/** The number was learned as (number - mean) / deviation. */\nconst mean = ${numberSpelling(label.mean)};\nconst deviation = ${numberSpelling(label.deviation)};`;

/** Names of the module's own, which no function of an activation may have. */
const ownNames = ["biases", "cell", "classes", "deviation", "encode", "hidden", "linear", "mean", "number", "output", "predict", "row", "scores", "shift", "weights", "word"];

/**
 * A module of plain JavaScript that predicts what the run predicts: an ES module for Node and browsers, without a
 * dependency and without code from text. It exports `predict(row)` for one row, and `scores(row)`. Rows are as in
 * `loadRun`; an image is the list of its pixels.
 *
 * Weights are written as decimal literals, which read back as the same bits: they can be read, compared and searched.
 * Base64 would take half the bytes (of a 64-128-10 net 102 instead of 193 KiB) but a decoder, and nothing less when
 * compressed.
 * @example
 * const inputs = [{ kind: "number", name: "size", mean: 2, deviation: 1 }] as const;
 * const label = { kind: "class", name: "kind", classes: ["small", "large"] } as const;
 */
export const exportRun = (run: Run): string => {
  const { schema, settings, model } = run;
  const { label } = schema;
  const columns = schema.inputs.filter(({ kind }) => kind !== "left-out");
  const hidden = model.slice(0, -1);
  const pieces = hidden.length === 0 ? 0 : piecesOf(hidden[0]!).length;
  const sizes = sizesOf(settings.settings, schema);
  const kind = label.kind === "number" ? "number" : settings.settings.model === "svm" ? "svm" : "softmax";
  const sections = [
    headerOf(run, sizes),
    helpers.types(columns.some((column) => column.kind === "pixels")),
    labelText(label),
    ...encodeText(columns),
    helpers.linear,
    ...(pieces === 0 ? [] : unitFunction("unit", settings.settings.activation, pieces, ownNames)),
    ...exportsOf(pieces, kind),
    ...(pieces === 0 ? [] : [`/** The hidden layers, from the inputs on${pieces > 1 ? ", each of several pieces" : ""}. */\nconst hidden = [\n${hidden.map(hiddenText).join("")}];`]),
    `/** The layer of the scores. */\nconst output = ${linearText(model.at(-1) as Linear, "")};`,
  ];
  return `${sections.join("\n\n")}\n`;
};
