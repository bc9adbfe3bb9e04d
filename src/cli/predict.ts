/** `chainrule predict`: what a run says of rows whose labels nobody knows. */
import { columns } from "../check/report.ts";
import { predictRows, type Prediction } from "../train/predict.ts";
import { defineCommand } from "./command.ts";
import { openRows } from "./data.ts";
import { fileOption, openPredictor, runArguments, warnOf } from "./open-run.ts";
import type { Output } from "./io.ts";
import { jsonLine } from "./output.ts";

interface Predicted extends Prediction {
  /** As a spreadsheet numbers it: the header is row 1. */
  readonly row: number;
}

/** The score of what was predicted, by what it is called. */
const scoreOf = ({ prediction, probabilities, scores }: Prediction): readonly [name: string, value: number] | undefined =>
  probabilities ? ["probability", probabilities[prediction]!] : scores ? ["score", scores[prediction]!] : undefined;

const shortened = (value: number): string => String(Number(value.toPrecision(6)));

const table = (rows: readonly Predicted[]): readonly string[] => {
  const score = scoreOf(rows[0]!);
  const head = ["row", "prediction", ...(score ? [score[0]] : [])];
  const cells = rows.map((predicted) => {
    const { row, prediction } = predicted;
    const own = scoreOf(predicted);
    return [String(row), typeof prediction === "number" ? shortened(prediction) : prediction, ...(own ? [own[1].toFixed(4)] : [])];
  });
  return columns([head, ...cells], score ? [1] : []);
};

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const csvLine = (cells: readonly (string | number)[]): string => `${cells.map((cell) => csvCell(String(cell))).join(",")}\n`;

/** A table for people, and lines of CSV for whatever is behind a pipe or in a file. */
const write = async (all: Iterable<Predicted>, out: Output): Promise<void> => {
  if (out.isTTY) {
    for (const line of table([...all])) await out.write(`${line}\n`);
    return;
  }
  let isFirst = true;
  for (const predicted of all) {
    const score = scoreOf(predicted);
    if (isFirst) await out.write(csvLine(["row", "prediction", ...(score ? [score[0]] : [])]));
    isFirst = false;
    await out.write(csvLine([predicted.row, predicted.prediction, ...(score ? [score[1]] : [])]));
  }
};

export const predictCommand = defineCommand({
  usage: "<run> <rows.csv|-> [options]",
  about: [
    "<run> is the folder that chainrule train wrote. The rows are a CSV file with the columns of the training data, or - " +
      "for standard input; the column of the label may be missing, and is not looked at. Every cell is read before " +
      "anything is printed, so a bad one leaves nothing half-done.",
    "Prints one prediction for each row, in their order: on a terminal a table, elsewhere CSV, with --json one object a " +
      'line: {"row": 2, "prediction": "red", "probabilities": {"red": 0.9, "blue": 0.1}}. A row has the number that a ' +
      "spreadsheet gives it: the header is row 1. Classes come with probabilities, those of an SVM with its scores; numbers are " +
      "in the unit of the training data.",
  ],
  options: fileOption,
  examples: [
    { command: "chainrule predict runs/flowers rows.csv", says: "a prediction for each row" },
    { command: "chainrule predict runs/flowers rows.csv --json", says: "with the probability of every class" },
  ],
  run: async ({ values, rest }, context) => {
    const { io } = context;
    const [path, name] = runArguments("predict", rest, ["a run", "rows"], "chainrule predict runs/digits-1 rows.csv, or - for standard input");
    const run = await openPredictor(path, values.file, context);
    const rows = await openRows(name, run.schema, io, { labels: false });
    warnOf(rows.remarks, context);
    const all = predicted(predictRows(run, rows), rows.rowNumbers);
    if (values.json) for (const each of all) await io.out.write(jsonLine(each));
    else await write(all, io.out);
    return 0;
  },
});

function* predicted(predictions: Iterable<Prediction>, rowNumbers: readonly number[]): Generator<Predicted> {
  let i = 0;
  for (const prediction of predictions) yield { row: rowNumbers[i++]!, ...prediction };
}
