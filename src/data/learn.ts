/** From a table to the rules by which its cells become numbers. Everything is learned on training rows alone. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { inOrder, isNearlyUnique, kindOf, numbersOf, spreadOf, tally, wordsOf } from "./columns.ts";
import type { Remark } from "./data-set.ts";
import { learnLabel, readLabels, type LabelCells, type LabelOptions } from "./label.ts";
import { leakedLabels } from "./leaks.ts";
import type { InputColumn, LeftOutColumn, Schema } from "./schema.ts";
import type { Column, Table } from "./table.ts";
import { listed, quoted, rounded } from "./words.ts";

export interface Learned {
  readonly schema: Schema;
  readonly remarks: readonly Remark[];
}

/** More different words than these would make more inputs than rows can teach. */
const mostWords = 1000;

const why = {
  empty: "has no value in any training row",
  constant: (value: string) => `is ${value} in every training row`,
  unique: "has words that hardly ever repeat, as names, dates and numbers of customers do",
  many: `has more than ${mostWords} different words`,
  id: "only tells rows apart",
} as const;

/** Names of columns that only tell rows apart; `column 1` is that of a column without one, as pandas writes its index. */
const rowNames = /^(?:column 1|[Uu]nnamed: ?\d+|#|[Nn][ro]\.?|[Rr]ow|[Ii]ndex|id|ID|.*[ _-](?:id|ID)|.*Id)$/;

/** Called so, and a whole number of its own in every row: where rows are sorted by class, it would give the label away. */
const tellsRowsApart = (name: string, numbers: Float64Array): boolean =>
  rowNames.test(name) && numbers.every(Number.isSafeInteger) && new Set(numbers).size === numbers.length;

const learnNumbers = (name: string, numbers: Float64Array, rows: ArrayLike<number>): InputColumn => {
  const leaveOut = (reason: string): LeftOutColumn => ({ kind: "left-out", name, why: reason });
  const spread = spreadOf(numbers, rows);
  if (spread === undefined) return leaveOut(why.empty);
  if (spread.deviation === 0) return leaveOut(why.constant(rounded(spread.mean)));
  return tellsRowsApart(name, numbers) ? leaveOut(why.id) : { kind: "number", name, ...spread };
};

const learnWords = (name: string, words: readonly (string | undefined)[], rows: ArrayLike<number>): InputColumn => {
  const leaveOut = (reason: string): LeftOutColumn => ({ kind: "left-out", name, why: reason });
  const counts = tally(words, rows);
  const [first] = counts.keys();
  if (first === undefined) return leaveOut(why.empty);
  // One word and empty cells, as for a box that is ticked or not, are two values.
  if (counts.size === 1 && counts.get(first) === rows.length) return leaveOut(why.constant(quoted(first)));
  if (isNearlyUnique(tally(words, Array.from(words.keys())))) return leaveOut(why.unique);
  if (counts.size > mostWords) return leaveOut(why.many);
  return { kind: "category", name, values: inOrder(counts.keys()) };
};

const learnColumn = (column: Column, table: Table, rows: ArrayLike<number>): InputColumn => {
  const kind = kindOf(column, table);
  if (kind === "word") return learnWords(column.name, wordsOf(column), rows);
  return kind === "empty" ? { kind: "left-out", name: column.name, why: why.empty } : learnNumbers(column.name, numbersOf(column, table), rows);
};

const isConstant = ({ why: reason }: LeftOutColumn): boolean => reason === why.empty || reason.startsWith("is ");

const leftOutRemarks = (inputs: readonly InputColumn[]): readonly Remark[] => {
  const left = inputs.filter((column) => column.kind === "left-out");
  const text = (columns: readonly LeftOutColumn[]): string => listed(columns.map((column) => `${column.name} ${column.why}`));
  const constant = left.filter(isConstant);
  const others = left.filter((column) => !isConstant(column));
  const remarks: Remark[] = [];
  if (constant.length > 0) {
    remarks.push({ code: "constant-column", says: `Left out, since nothing can be learned from what does not change: ${text(constant)}.` });
  }
  if (others.length > 0) remarks.push({ code: "left-out-column", says: `Left out, since it would be learned by heart: ${text(others)}.` });
  return remarks;
};

/**
 * Learns how the cells of a table become numbers, and what its label is, from the rows counted in `trainRows` (from 0).
 * Whether a column holds numbers or words, and whether words repeat, is read from all rows; means, deviations (population: divided by n), words and
 * classes from training rows alone. Left out and said: what is constant, words that hardly repeat, and a column called id
 * or the like with a number of its own for each row.
 * The remark `label` says what is learned, `leaked-label` which column alone determines it.
 * @throws Diagnostic `unknown-label`, `no-labels`, `bad-cell`, `constant-label`, `nearly-unique-label`, `label-not-number`, `no-inputs`
 * @example
 * const table = readCsv("size,colour,kind\n1,red,a\n2,blue,b\n3,red,a\n4,blue,b\n", "small.csv");
 * const { schema, remarks } = learnSchema(table, [0, 1, 2, 3]);
 * schema.inputs[0]; // { kind: "number", name: "size", mean: 2.5, deviation: 1.118033988749895 }
 * remarks.map(({ code }) => code); // ['label', 'leaked-label']
 */
export const learnSchema = (table: Table, trainRows: ArrayLike<number>, options: LabelOptions = {}): Learned =>
  learnFrom(readLabels(table, options), table, trainRows);

/** The same where the labels have been read. */
export const learnFrom = (labels: LabelCells, table: Table, trainRows: ArrayLike<number>): Learned => {
  const { label, remarks } = learnLabel(labels, table, trainRows);
  const inputs = table.columns.filter(({ name }) => name !== label.name).map((column) => learnColumn(column, table, trainRows));
  const left = leftOutRemarks(inputs);
  if (inputs.every(({ kind }) => kind === "left-out")) {
    throw new Diagnostic("no-inputs", `${table.name} has no column from which ${quoted(label.name)} could be learned.`, {
      notes: left.map(({ says }) => says),
    });
  }
  return { schema: { inputs, label }, remarks: [...remarks, ...left, ...leakedLabels(inputs, labels, table, trainRows)] };
};
