/** Which column is to be learned, and whether as one of several classes or as a number. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { isMissing, numberOf } from "./cells.ts";
import { inOrder, isNearlyUnique, kindOf, numbersOf, spreadOf, tally, wordsOf } from "./columns.ts";
import type { Remark } from "./data-set.ts";
import type { Label } from "./schema.ts";
import type { Column, Table } from "./table.ts";
import { counted, listed, quoted, rounded } from "./words.ts";

/** A label is a class (one of several words) or a number. */
export type LabelKind = "class" | "number";

export interface LabelOptions {
  /** Name of the column to be learned; the last one unless said. */
  readonly label?: string | undefined;
  /**
   * As what it is learned. Unless said: words are classes; whole numbers are classes where there are at most 20 different
   * ones and on average two rows for each; other numbers are numbers.
   */
  readonly as?: LabelKind | undefined;
}

/** The labels of all rows before anything is learned: class names or numbers, undefined or NaN where there is none. */
export type LabelCells =
  | { readonly kind: "class"; readonly column: Column; readonly words: readonly (string | undefined)[]; readonly numeric: boolean }
  | { readonly kind: "number"; readonly column: Column; readonly numbers: Float64Array };

const mostNumberClasses = 20;

/**
 * The column to be learned.
 * @throws Diagnostic `unknown-label`
 */
export const labelColumn = (table: Table, wanted: string | undefined): Column => {
  const names = table.columns.map(({ name }) => name);
  if (wanted === undefined) return table.columns.at(-1)!;
  const found = table.columns.find(({ name }) => name === wanted.trim());
  if (found === undefined) {
    const near = nearest(wanted, names);
    const help = near === undefined ? `the columns are ${listed(names)}` : `did you mean ${quoted(near)}?`;
    throw new Diagnostic("unknown-label", `${table.name} has no column ${quoted(wanted)}.`, { help });
  }
  return found;
};

/** Whether numbers are taken as classes unless said: see `LabelOptions.as`. */
export const isFewWhole = (numbers: Float64Array): boolean => {
  const there = numbers.filter((v) => !Number.isNaN(v));
  const different = new Set(there);
  return there.every(Number.isSafeInteger) && different.size <= mostNumberClasses && 2 * different.size <= there.length;
};

/**
 * The cells of the label's column, as classes or numbers.
 * @throws Diagnostic `unknown-label`, `no-labels`, `bad-cell`, `label-not-number`, `nearly-unique-label`
 */
export const readLabels = (table: Table, options: LabelOptions): LabelCells => {
  const cells = tellApart(table, options);
  if (cells.kind === "number") return cells;
  const counts = tally(cells.words, Array.from(cells.words.keys()));
  // Of two classes with a row each there is too little, not the wrong thing.
  if (counts.size > 2 && isNearlyUnique(counts)) {
    const what = `${counts.size.toLocaleString("en-US")} classes in ${counted(cells.words.length, "row")}`;
    throw new Diagnostic("nearly-unique-label", `${table.name}: the column ${quoted(cells.column.name)} has ${what}; most stand in one row alone.`, {
      help: `${cells.numeric ? "learn it as a number with --as number, or " : ""}choose the column to be learned with --label`,
    });
  }
  return cells;
};

const tellApart = (table: Table, { label, as }: LabelOptions): LabelCells => {
  const column = labelColumn(table, label);
  const kind = kindOf(column, table);
  if (kind === "empty") {
    throw new Diagnostic("no-labels", `${table.name}: the column ${quoted(column.name)} has no cell with a value, so there is nothing to learn.`, {
      help: "choose the column to be learned with --label",
    });
  }
  if (as === "number" && kind === "word") {
    const row = column.cells.findIndex((cell) => !isMissing(cell) && numberOf(cell, table.decimal) === undefined);
    const what = `is of words (${quoted(column.cells[row]!)} in row ${table.rowNumbers[row]})`;
    throw new Diagnostic("label-not-number", `${table.name}: the column ${quoted(column.name)} ${what}, so it cannot be learned as a number.`, {
      help: "leave --as number out, and each word is a class",
    });
  }
  if (as === "number") return { kind: "number", column, numbers: numbersOf(column, table) };
  if (kind === "word") return { kind: "class", column, words: wordsOf(column), numeric: false };
  const numbers = numbersOrWords(column, table, as);
  if (numbers === undefined) return { kind: "class", column, words: wordsOf(column), numeric: false };
  if (as === undefined && !isFewWhole(numbers)) return { kind: "number", column, numbers };
  // 1 and 1.0 are one class.
  return { kind: "class", column, words: Array.from(numbers, (v) => (Number.isNaN(v) ? undefined : String(v))), numeric: true };
};

/** Asked for classes, a word among numbers is a class as well. */
const numbersOrWords = (column: Column, table: Table, as: LabelKind | undefined): Float64Array | undefined => {
  try {
    return numbersOf(column, table);
  } catch (error) {
    if (as === "class") return undefined;
    throw error;
  }
};

export interface LearnedLabel {
  readonly label: Label;
  readonly remarks: readonly Remark[];
}

/**
 * What the label of the training rows is, and a remark that says it.
 * @throws Diagnostic `constant-label`
 */
export const learnLabel = (cells: LabelCells, table: Table, rows: ArrayLike<number>): LearnedLabel => {
  const { name } = cells.column;
  const nothingToLearn = (what: string): Diagnostic =>
    new Diagnostic("constant-label", `${table.name}: the column ${quoted(name)} is ${what} in every training row, so there is nothing to learn.`, {
      help: "choose the column to be learned with --label",
    });
  if (cells.kind === "number") {
    const spread = spreadOf(cells.numbers, rows);
    if (spread === undefined || spread.deviation === 0) throw nothingToLearn(spread === undefined ? "missing" : rounded(spread.mean));
    const says = `Label ${name}: a number (mean ${rounded(spread.mean)}, deviation ${rounded(spread.deviation)} over the training rows).`;
    return { label: { kind: "number", name, ...spread }, remarks: [{ code: "label", says, help: "--as class takes each of its values as a class" }] };
  }
  const counts = tally(cells.words, rows);
  const classes = cells.numeric ? [...counts.keys()].sort((a, b) => Number(a) - Number(b)) : inOrder(counts.keys());
  if (classes.length < 2) throw nothingToLearn(classes[0] === undefined ? "missing" : quoted(classes[0]));
  const says = `Label ${name}: ${classes.length} classes (training rows: ${listed(classes.map((word) => `${word} ${counts.get(word)!}`), 12)}).`;
  const remark: Remark = cells.numeric ? { code: "label", says, help: "--as number learns it as a number" } : { code: "label", says };
  return { label: { kind: "class", name, classes }, remarks: [remark] };
};
