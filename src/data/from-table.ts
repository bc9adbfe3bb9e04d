/** The user's own table as a data set. */
import { takeRows } from "./examples.ts";
import type { DataSet, Remark } from "./data-set.ts";
import { encode, labelledRows } from "./encode.ts";
import { readLabels, type LabelCells, type LabelOptions } from "./label.ts";
import { sharedRows } from "./leaks.ts";
import { learnFrom } from "./learn.ts";
import { sharesOf, splitKey, splitRows, type Split } from "./split.ts";
import type { Table } from "./table.ts";
import { counted, listed, quoted, rowsText } from "./words.ts";

export interface TableOptions extends LabelOptions {
  /** Share of the rows that are kept for the test, between 0 and 1; 0.2 unless said. Validation gets the same share. */
  readonly testShare?: number | undefined;
}

const hasLabel = (labels: LabelCells, row: number): boolean =>
  labels.kind === "class" ? labels.words[row] !== undefined : !Number.isNaN(labels.numbers[row]!);

const keepRows = (table: Table, rows: readonly number[]): Table => ({
  ...table,
  columns: table.columns.map(({ name, cells }) => ({ name, cells: rows.map((row) => cells[row]!) })),
  rowNumbers: rows.map((row) => table.rowNumbers[row]!),
});

interface LabelledTable {
  readonly table: Table;
  readonly labels: LabelCells;
  readonly remarks: readonly Remark[];
}

/** The table without the rows that have no label, and a remark that says which. */
const labelled = (table: Table, options: LabelOptions): LabelledTable => {
  const labels = readLabels(table, options);
  const rows = Array.from(table.rowNumbers.keys());
  const without = rows.filter((row) => !hasLabel(labels, row)).map((row) => table.rowNumbers[row]!);
  if (without.length === 0) return { table, labels, remarks: [] };
  const kept = keepRows(table, rows.filter((row) => hasLabel(labels, row)));
  const what = `${counted(without.length, "row")} without a value in column ${quoted(labels.column.name)}`;
  const says = `${table.name}: ${what} ${without.length === 1 ? "is" : "are"} left out (${rowsText(without)}).`;
  return { table: kept, labels: readLabels(kept, { ...options, as: labels.kind }), remarks: [{ code: "missing-labels", says }] };
};

/** A number for each class, in the order in which they appear: all that the split needs. */
const strataOf = (labels: LabelCells): Int32Array | Float64Array => {
  if (labels.kind === "number") return labels.numbers;
  const numbers = new Map<string, number>();
  return Int32Array.from(labels.words as readonly string[], (word) => {
    if (!numbers.has(word)) numbers.set(word, numbers.size);
    return numbers.get(word)!;
  });
};

const untested = (labels: LabelCells, { test }: Split): readonly Remark[] => {
  if (labels.kind === "number") return [];
  const tested = new Set(Array.from(test, (row) => labels.words[row]));
  const names = [...new Set(labels.words as readonly string[])].filter((word) => !tested.has(word));
  if (names.length === 0) return [];
  const says = `Classes with too few rows to be tested: ${listed(names.map(quoted))}.`;
  return [{ code: "class-not-tested", says, help: "the test figures say nothing about them" }];
};

/**
 * A table as a data set: rows without a label left out, the others in three parts by a fixed key (the same split whatever
 * the training seed), their cells as numbers by what the training rows teach. Everything that was noticed is in `remarks`.
 * @throws Diagnostic `unknown-label`, `no-labels`, `bad-cell`, `constant-label`, `nearly-unique-label`, `label-not-number`,
 * `no-inputs`, `too-few-rows`, `bad-setting`
 * @example
 * const rows = Array.from({ length: 50 }, (_, i) => `${i % 7},${i % 2 === 0 ? "even" : "odd"}`);
 * const set = dataSetOf(readCsv(`size,kind\n${rows.join("\n")}\n`, "small.csv"));
 * [set.train.y.length, set.validation.y.length, set.test.y.length]; // [30, 10, 10]
 */
export const dataSetOf = (whole: Table, options: TableOptions = {}): DataSet => {
  const shares = sharesOf(options.testShare);
  const { table, labels, remarks } = labelled(whole, options);
  const split = splitRows(strataOf(labels), shares, splitKey());
  const { schema, remarks: learned } = learnFrom(labels, table, split.train);
  const encoded = encode(schema, table);
  const examples = labelledRows(encoded, table.name, schema);
  const parts = { train: takeRows(examples, split.train), validation: takeRows(examples, split.validation), test: takeRows(examples, split.test) };
  return {
    name: table.name,
    schema,
    ...parts,
    remarks: [...table.remarks, ...remarks, ...learned, ...untested(labels, split), ...encoded.remarks, ...sharedRows(parts)],
  };
};
