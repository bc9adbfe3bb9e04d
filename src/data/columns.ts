/** What a column of a table holds: numbers, words, or nothing; and its cells as such. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { cellHelp, isMissing, largest, numberOf } from "./cells.ts";
import type { Column, Table } from "./table.ts";
import { counted, listed, quoted } from "./words.ts";

/** A test for the missing cells of a column. Beside +, as in many tables of yes and no, - is a word. */
const missingTest = ({ cells }: Column): ((cell: string) => boolean) =>
  cells.includes("+") ? (cell) => cell !== "-" && isMissing(cell) : isMissing;

export type Kind = "number" | "word" | "empty";

/**
 * A column is of words where at least a quarter of its cells, and more than one, are no numbers; where fewer are, they are
 * mistakes in a column of numbers. Missing cells do not count.
 */
export const kindOf = (column: Column, { decimal }: Pick<Table, "decimal">): Kind => {
  const missing = missingTest(column);
  let [numbers, words] = [0, 0];
  for (const cell of column.cells) {
    if (missing(cell)) continue;
    if (numberOf(cell, decimal) === undefined) words++;
    else numbers++;
  }
  if (numbers + words === 0) return "empty";
  return numbers >= 2 && (words <= 1 || 4 * words < numbers + words) || words === 0 ? "number" : "word";
};

const badCell = (table: Table, column: Column, rows: readonly number[]): Diagnostic => {
  const at = (row: number): string => `row ${table.rowNumbers[row]}`;
  const [first, ...others] = rows;
  const cell = column.cells[first!]!;
  const value = numberOf(cell, table.decimal);
  const what = value === undefined ? "is not a number" : Math.abs(value) === Infinity ? "is not a finite number" : `is too large a number; at most ${largest} are taken`;
  return new Diagnostic("bad-cell", `${table.name}, ${at(first!)}, column ${quoted(column.name)}: ${quoted(cell)} ${what}.`, {
    notes: others.length === 0 ? [] : [`${counted(others.length, "more cell")} of this column: ${listed(others.map((row) => `${at(row)} ${quoted(column.cells[row]!)}`), 5)}`],
    help: value === undefined ? cellHelp(cell) : "correct the cell, or leave it empty if the number is not known",
  });
};

/**
 * The numbers of a column, NaN for a missing cell.
 * @throws Diagnostic `bad-cell` for the first that is none, and says the others
 */
export const numbersOf = (column: Column, table: Table): Float64Array => {
  const bad: number[] = [];
  const numbers = Float64Array.from(column.cells, (cell, row) => {
    if (isMissing(cell)) return NaN;
    const value = numberOf(cell, table.decimal);
    if (value !== undefined && Math.abs(value) <= largest) return value;
    bad.push(row);
    return NaN;
  });
  if (bad.length > 0) throw badCell(table, column, bad);
  return numbers;
};

/** The words of a column, undefined for a missing cell. */
export const wordsOf = (column: Column): readonly (string | undefined)[] => {
  const missing = missingTest(column);
  return column.cells.map((cell) => (missing(cell) ? undefined : cell));
};

/** How often each stands in the rows. */
export const tally = <T>(values: ArrayLike<T | undefined>, rows: ArrayLike<number>): ReadonlyMap<T, number> => {
  const counts = new Map<T, number>();
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i]!];
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
};

/** Whether most cells hold what no other row holds, as names do: nothing can be learned from those. */
export const isNearlyUnique = (counts: ReadonlyMap<string, number>): boolean => {
  let [alone, all] = [0, 0];
  for (const count of counts.values()) {
    all += count;
    if (count === 1) alone++;
  }
  return 2 * alone > all;
};

/** Sorted by their characters, the same on every machine. */
export const inOrder = (words: Iterable<string>): readonly string[] => [...words].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** Mean and population deviation (the sum of squares is divided by n) of the values that are there; undefined if none is. */
export const spreadOf = (values: ArrayLike<number>, rows: ArrayLike<number>): Spread | undefined => {
  const there = Float64Array.from(rows, (row) => values[row]!).filter((v) => !Number.isNaN(v));
  if (there.length === 0) return undefined;
  const [least, most] = there.reduce(([low, high], v) => [Math.min(low!, v), Math.max(high!, v)], [Infinity, -Infinity]);
  const range = most! - least!;
  if (range === 0) return { mean: least!, deviation: 0 };
  const mean = there.reduce((sum, v) => sum + v, 0) / there.length;
  // The square of a tiny number would be 0.
  const unit = range < 1e-100 ? range : 1;
  return { mean, deviation: unit * Math.sqrt(there.reduce((sum, v) => sum + ((v - mean) / unit) ** 2, 0) / there.length) };
};
