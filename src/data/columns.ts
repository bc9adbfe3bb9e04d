/** What a column of a table holds: numbers, words, or nothing; and its cells as such. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { cellHelp, isMissing, largest, numberOf, type DecimalMark } from "./cells.ts";
import type { Column, Table } from "./table.ts";
import { counted, listed, quoted } from "./words.ts";

/** A test for the missing cells of a column. Beside +, as in many tables of yes and no, - is a word. */
const missingTest = ({ cells }: Column): ((cell: string) => boolean) =>
  cells.includes("+") ? (cell) => cell !== "-" && isMissing(cell) : isMissing;

interface Reading {
  readonly decimal: DecimalMark;
  /** NaN for what is missing or no number. */
  readonly numbers: Float64Array;
  /** How many cells are neither missing nor numbers. */
  readonly words: number;
  readonly missing: number;
}

/** A column is asked for its numbers several times, and a table can have a hundred million of them. */
const readings = new WeakMap<Column, Reading>();

const readingOf = (column: Column, { decimal }: Pick<Table, "decimal">): Reading => {
  const known = readings.get(column);
  if (known?.decimal === decimal) return known;
  const isNone = missingTest(column);
  const numbers = new Float64Array(column.cells.length);
  let [words, missing] = [0, 0];
  for (let row = 0; row < numbers.length; row++) {
    const cell = column.cells[row]!;
    const value = numberOf(cell, decimal);
    numbers[row] = value ?? NaN;
    if (value !== undefined) continue;
    if (isNone(cell)) missing++;
    else words++;
  }
  const reading = { decimal, numbers, words, missing };
  readings.set(column, reading);
  return reading;
};

export type Kind = "number" | "word" | "empty";

/**
 * A column is of words where at least a quarter of its cells, and more than one, are no numbers; where fewer are, they are
 * mistakes in a column of numbers. Missing cells do not count.
 */
export const kindOf = (column: Column, table: Pick<Table, "decimal">): Kind => {
  const { words, missing } = readingOf(column, table);
  const there = column.cells.length - missing;
  if (there === 0) return "empty";
  const areMistakes = there - words >= 2 && (words === 1 || 4 * words < there);
  return words === 0 || areMistakes ? "number" : "word";
};

const badCell = (table: Table, column: Column, rows: readonly number[]): Diagnostic => {
  const at = (row: number): string => `row ${table.rowNumbers[row]}`;
  const [first, ...others] = rows;
  const cell = column.cells[first!]!;
  const value = numberOf(cell, table.decimal);
  const tooLarge = Math.abs(value ?? 0) === Infinity ? "is not a finite number" : `is too large a number; at most ${largest} are taken`;
  const what = value === undefined ? "is not a number" : tooLarge;
  const more = listed(others.map((row) => `${at(row)} ${quoted(column.cells[row]!)}`), 5);
  return new Diagnostic("bad-cell", `${table.name}, ${at(first!)}, column ${quoted(column.name)}: ${quoted(cell)} ${what}.`, {
    notes: others.length === 0 ? [] : [`${counted(others.length, "more cell")} of this column: ${more}`],
    help: value === undefined ? cellHelp(cell) : "correct the cell, or leave it empty if the number is not known",
  });
};

/**
 * The numbers of a column, NaN for a missing cell.
 * @throws Diagnostic `bad-cell` for the first that is none, and says the others
 */
export const numbersOf = (column: Column, table: Table): Float64Array => {
  const { numbers, words } = readingOf(column, table);
  const tooLarge = (v: number): boolean => v > largest || v < -largest;
  if (words > 0 || numbers.some(tooLarge)) {
    const isNone = missingTest(column);
    const isBad = (cell: string, row: number): boolean => tooLarge(numbers[row]!) || (Number.isNaN(numbers[row]!) && !isNone(cell));
    throw badCell(table, column, column.cells.flatMap((cell, row) => (isBad(cell, row) ? [row] : [])));
  }
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
export const spreadOf = (values: Float64Array, rows: ArrayLike<number>): Spread | undefined => {
  let [there, least, most, sum] = [0, Infinity, -Infinity, 0];
  for (let i = 0; i < rows.length; i++) {
    const v = values[rows[i]!]!;
    if (Number.isNaN(v)) continue;
    there++;
    if (v < least) least = v;
    if (v > most) most = v;
    sum += v;
  }
  const range = most - least;
  if (there === 0) return undefined;
  if (range === 0) return { mean: least, deviation: 0 };
  const mean = sum / there;
  // The square of a tiny number would be 0.
  const unit = range < 1e-100 ? range : 1;
  let squares = 0;
  for (let i = 0; i < rows.length; i++) {
    const v = values[rows[i]!]!;
    if (!Number.isNaN(v)) squares += ((v - mean) / unit) ** 2;
  }
  return { mean, deviation: unit * Math.sqrt(squares / there) };
};
