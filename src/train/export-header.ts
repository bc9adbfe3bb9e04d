/** The comment above an exported module: what it is, that it is not to be edited, and a call. */
import type { InputColumn } from "../data/schema.ts";
import { listed } from "../data/words.ts";
import { oneLine } from "../emit/languages.ts";
import type { Run } from "./load-run.ts";
import type { Structure } from "./network.ts";
import { planesOf } from "./planes.ts";
import type { Cell } from "./rows.ts";

const mostShown = 6;

const isName = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name);
const keyText = (name: string): string => (isName(name) ? name : JSON.stringify(name));

/** As a person would write it down. */
const rounded = (value: number): number => Number(value.toPrecision(3));

/** A cell such as the training rows had: the mean, or the first word. */
const cellOf = (column: InputColumn): Cell => (column.kind === "number" ? rounded(column.mean) : column.kind === "category" ? (column.values[0] ?? null) : null);

const objectText = (entries: readonly (readonly [name: string, value: unknown])[]): string =>
  `{ ${entries.map(([name, value]) => `${keyText(name)}: ${JSON.stringify(value)}`).join(", ")} }`;

const widest = 108;
const mostLines = 8;

/** A long list goes on in further lines, and is cut where nobody would read it. */
const wrapped = (text: string, mark = ""): readonly string[] => {
  const lines: string[] = [];
  let line = mark;
  for (const part of text.split(/(?<=,) /)) {
    if (line.length + part.length > widest && line !== mark) {
      lines.push(line.trimEnd());
      line = `${mark}  `;
    }
    line += `${part} `;
  }
  lines.push(line.trimEnd());
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), `${mark}  ...`];
};

/** A call with a row such as the training rows had, and what comes of it. */
const exampleOf = ({ predict }: Run, columns: readonly InputColumn[]): readonly string[] => {
  const image = columns.find((column) => column.kind === "pixels");
  if (image !== undefined) return [`predict(pixels); // ${image.shape.join(" x ")} numbers, ${image.shape[0] === 1 ? "" : "channel by channel, "}row by row`];
  const row = columns.map((column) => [column.name, cellOf(column)] as const);
  const { prediction, probabilities, scores } = predict([Object.fromEntries(row)])[0]!;
  const numbers = Object.entries(probabilities ?? scores ?? {}).map(([name, value]) => [name, rounded(value)] as const);
  const more = numbers.length === 0 ? "" : `, ${probabilities ? "probabilities" : "scores"}: ${objectText(numbers)}`;
  return [...wrapped(`predict(${objectText(row)});`), ...wrapped(`{ prediction: ${JSON.stringify(typeof prediction === "number" ? rounded(prediction) : prediction)}${more} }`, "// ")];
};

/** `1x28x28 -> 16x14x14 -> 32x7x7 -> 1568 -> 10`. */
const sizesText = ({ image, sizes }: Structure): string =>
  [...(image === undefined ? [] : planesOf(image.shape, image.filters).map((plane) => plane.join("x"))), ...sizes].join(" -> ");

export const headerOf = (run: Run, structure: Structure): string => {
  const { schema, settings } = run;
  const { model, activation, hidden } = settings.settings;
  const isLinear = hidden.length === 0 && structure.image === undefined;
  const columns = schema.inputs.filter(({ kind }) => kind !== "left-out");
  const { label } = schema;
  const what = label.kind === "class" ? `${label.name} (${listed(label.classes, mostShown)})` : `${label.name}, a number,`;
  const how = isLinear ? (label.kind === "number" ? "linear" : `linear, ${model}`) : `${sizesText(structure)}, ${activation}`;
  const lines = [
    `${what} from ${listed(columns.map(({ name }) => name), mostShown)}: ${how}.`,
    `Trained on ${settings.data.name} with chainrule ${settings.chainrule}; written by chainrule export. Not to be edited: train again, and export again.`,
    "",
    '  import { predict } from "./model.js";',
    ...exampleOf(run, columns).map((line) => `  ${line}`),
  ];
  return lines.map((line) => `// ${oneLine(line)}`.trimEnd()).join("\n");
};
