/** `chainrule test`: how well a run does on rows whose labels are known. */
import { resolve } from "node:path";
import type { Remark } from "../data/data-set.ts";
import { labelledRows } from "../data/encode.ts";
import { takeRows, type Examples } from "../data/examples.ts";
import { testRowsInTraining } from "../data/leaks.ts";
import { dataSets } from "../data/sets.ts";
import { counted, quoted, rowsText } from "../data/words.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { predictRows } from "../train/predict.ts";
import { testOf, type TestFigures } from "../train/train.ts";
import { type Context, defineCommand } from "./command.ts";
import { openRows, type OpenedRows } from "./data.ts";
import { lookUp } from "./files.ts";
import type { Io } from "./io.ts";
import { fileOption, openPredictor, runArguments, warnOf, type OpenRun } from "./open-run.ts";
import { jsonLine } from "./output.ts";
import { dataAgain } from "./prepare.ts";
import { shortText, testText } from "./train-text.ts";

/**
 * The rows with their labels. A class that the run does not know counts, as a row that cannot be predicted rightly.
 * @throws Diagnostic `no-labels`, `missing-label`
 */
const withLabels = (rows: OpenedRows, { schema }: OpenRun): Examples => {
  const { x, y, columns, rowNumbers, name } = rows;
  // Without a column, or with nothing in it, the sentence is that of training.
  if (y === undefined) return labelledRows(rows, name, schema);
  const without = rowNumbers.filter((_, i) => Number.isNaN(y[i]!) || y[i] === -2);
  if (without.length > 0) {
    throw new Diagnostic("missing-label", `${name}, ${rowsText(without)}, column ${quoted(schema.label.name)}: there is no label, so it cannot be said whether a prediction is right.`, {
      help: "leave such rows out of the file; chainrule predict needs no labels",
    });
  }
  return { x, y, columns };
};

/** Figures on all rows: those of the known classes, and every row of another counts as wrong. */
const figuresOf = ({ schema, task, model }: OpenRun, rows: Examples): TestFigures => {
  const known = takeRows(rows, Array.from(rows.y.keys()).filter((i) => !(rows.y[i]! === -1 && schema.label.kind === "class")));
  const figures = testOf({ data: { test: known, schema }, task }, model);
  return "testAccuracy" in figures ? { ...figures, testAccuracy: (figures.testAccuracy * known.y.length) / rows.y.length } : figures;
};

/**
 * Whether rows are among those that were trained on, found out by reading those again: where they are gone or changed,
 * nothing is known. Sets with a name and folders of images have test rows of their own.
 */
const trainedOn = async ({ settings, schema }: OpenRun, path: string, word: string, name: string, rows: Examples, io: Io): Promise<readonly Remark[]> => {
  if (dataSets.has(word) || lookUp(word, io)?.isDirectory() || schema.inputs.some(({ kind }) => kind === "pixels")) return [];
  try {
    const { train } = await dataAgain(settings, undefined, { path, full: resolve(io.folder, path) }, io);
    const count = testRowsInTraining({ train, test: rows });
    if (count === 0) return [];
    const says = `${name}: ${count.toLocaleString("en-US")} of ${counted(rows.y.length, "row")} ${count === 1 ? "is" : "are"} among those that the model was trained on, so the figures are better than they will be on new rows.`;
    return [{ code: "test-rows-in-training", says }];
  } catch (error) {
    if (error instanceof Diagnostic) return [];
    throw error;
  }
};

/** A label as the table has it: what standardising and its undoing round off is less than anybody writes down. */
const labelText = ({ label }: OpenRun["schema"], y: number): string | number | null =>
  label.kind === "class" ? (label.classes[y] ?? null) : Number((y * label.deviation + label.mean).toPrecision(12));

const writeRows = async (run: OpenRun, { rowNumbers }: OpenedRows, rows: Examples, { io }: Context): Promise<void> => {
  let i = 0;
  for (const prediction of predictRows(run, { ...rows, rowNumbers })) {
    await io.out.write(jsonLine({ row: rowNumbers[i], ...prediction, label: labelText(run.schema, rows.y[i]!) }));
    i++;
  }
};

export const testCommand = defineCommand({
  usage: "<run> <data> [options]",
  about: [
    "<run> is the folder that chainrule train wrote. The data are a CSV file with the columns and the label of the training " +
      "data, all of whose rows are tested; - for standard input; or a set with a name or a folder of idx files, whose test rows are.",
    "Prints accuracy, loss and which class was taken for which, or R^2 for numbers. With --json one object a row, with " +
      'prediction and label, and at last {"event": "done", "testAccuracy": ...}, for numbers "testR2". Rows that the model ' +
      "was trained on are said, as long as the training data can still be read.",
  ],
  options: fileOption,
  examples: [
    { command: "chainrule test runs/digits-1 digits", says: "the test rows of a set with a name" },
    { command: "chainrule test runs/flowers flowers.csv --json", says: "every row of a file, and what was predicted" },
  ],
  run: async ({ values, rest }, context) => {
    const { io } = context;
    const [path, word] = runArguments("test", rest, ["a run", "data"], "chainrule test runs/digits-1 digits, or the name of a CSV file");
    const run = await openPredictor(path, values.file, context);
    const opened = await openRows(word, run.schema, io);
    const rows = withLabels(opened, run);
    warnOf([...opened.remarks, ...(await trainedOn(run, path, word, opened.name, rows, io))], context);
    const figures = figuresOf(run, rows);
    if (values.json) {
      // A model that knows its loss alone predicts nothing.
      if (run.task.kind !== "loss") await writeRows(run, opened, rows, context);
      await io.out.write(jsonLine({ event: "done", ...figures }));
    } else if (values.quiet) io.out.write(`${shortText(figures)}\n`);
    else io.out.write(`${testText(figures, { test: rows, schema: run.schema })}\n`);
    return 0;
  },
});
