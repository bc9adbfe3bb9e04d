/** Data that make a model look better than it is: a column that gives the label away, rows that are trained and tested. */
import { numbersOf, wordsOf } from "./columns.ts";
import type { Remark } from "./data-set.ts";
import type { Examples, Parts } from "./examples.ts";
import type { LabelCells } from "./label.ts";
import type { InputColumn } from "./schema.ts";
import type { Table } from "./table.ts";
import { counted, listed, quoted } from "./words.ts";

type Values = ArrayLike<string | number | undefined>;

const isThere = (value: string | number | undefined): value is string | number => value !== undefined && !Number.isNaN(value);

/** Whether each value stands for one class and each class for one value, with two rows for each or more. */
const isOneToOne = (values: Values, classes: Values, rows: ArrayLike<number>): boolean => {
  const [there, back] = [new Map<string | number, string | number>(), new Map<string | number, string | number>()];
  let seen = 0;
  for (let i = 0; i < rows.length; i++) {
    const [value, name] = [values[rows[i]!], classes[rows[i]!]];
    if (!isThere(value) || !isThere(name)) continue;
    seen++;
    if ((there.get(value) ?? name) !== name || (back.get(name) ?? value) !== value) return false;
    there.set(value, name);
    back.set(name, value);
  }
  return there.size >= 2 && seen >= 2 * there.size;
};

/** Whether the points lie on one line but for rounding: the same quantity, perhaps in another unit. */
const isOneLine = (x: Float64Array, y: Float64Array, rows: ArrayLike<number>): boolean => {
  const there = Array.from(rows).filter((row) => !Number.isNaN(x[row]!) && !Number.isNaN(y[row]!));
  if (there.length < 5) return false;
  const mean = (v: Float64Array): number => there.reduce((sum, row) => sum + v[row]! / there.length, 0);
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (const row of there) {
    const [dx, dy] = [x[row]! - mx, y[row]! - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 && Math.abs(xy) / Math.sqrt(xx) / Math.sqrt(yy) > 1 - 1e-9;
};

/**
 * The columns that alone determine the label: for classes a copy of them or a one-to-one map, for numbers a copy or a
 * straight line, unless it is the only column.
 */
export const leakedLabels = (inputs: readonly InputColumn[], labels: LabelCells, table: Table, rows: ArrayLike<number>): readonly Remark[] => {
  const used = inputs.filter(({ kind }) => kind === "number" || kind === "category");
  const leaks = ({ name, kind }: InputColumn): boolean => {
    const column = table.columns.find((own) => own.name === name)!;
    if (labels.kind === "class") return isOneToOne(kind === "number" ? numbersOf(column, table) : wordsOf(column), labels.words, rows);
    return kind === "number" && used.length > 1 && isOneLine(numbersOf(column, table), labels.numbers, rows);
  };
  const leaked = used.filter(leaks).map(({ name }) => name);
  if (leaked.length === 0) return [];
  const what = `${listed(leaked.map(quoted))} alone determine${leaked.length === 1 ? "s" : ""}`;
  const says = `${what} the label ${quoted(labels.column.name)} in every training row.`;
  return [{ code: "leaked-label", says, help: "if it is not known before the label is, take the column out of the table" }];
};

/** The words of a row, as one. */
const hashRow = (bits: Int32Array, words: number, row: number): number => {
  let hash = 0;
  for (let i = row * words, end = i + words; i < end; i++) hash = Math.imul(hash ^ bits[i]!, 0x01000193) ^ (hash >>> 15);
  return hash;
};

const sameRow = (a: Examples, i: number, b: Examples, j: number): boolean => {
  if (a.y[i] !== b.y[j]) return false;
  for (let k = 0; k < a.columns; k++) if (a.x[i * a.columns + k] !== b.x[j * b.columns + k]) return false;
  return true;
};

const hashesOf = ({ x, y, columns }: Examples): Int32Array => {
  const bits = new Int32Array(x.buffer, x.byteOffset, x.byteLength / 4);
  const words = (columns * x.BYTES_PER_ELEMENT) / 4;
  return Int32Array.from({ length: y.length }, (_, row) => hashRow(bits, words, row));
};

/** How many test rows stand in the training rows too, inputs and label alike. */
export const testRowsInTraining = ({ train, test }: Pick<Parts, "train" | "test">): number => {
  // Of the fewer rows a table is made.
  const rowsOfHash = new Map<number, number[]>();
  hashesOf(test).forEach((hash, row) => {
    const rows = rowsOfHash.get(hash);
    if (rows === undefined) rowsOfHash.set(hash, [row]);
    else rows.push(row);
  });
  const found = new Uint8Array(test.y.length);
  hashesOf(train).forEach((hash, row) => {
    for (const other of rowsOfHash.get(hash) ?? []) if (found[other] === 0 && sameRow(train, row, test, other)) found[other] = 1;
  });
  return found.reduce((sum, is) => sum + is, 0);
};

/** The remark for it. */
export const sharedRows = (parts: Pick<Parts, "train" | "test">): readonly Remark[] => {
  const count = testRowsInTraining(parts);
  if (count === 0) return [];
  const what = `${count.toLocaleString("en-US")} of ${counted(parts.test.y.length, "test row")}`;
  const says = `${what} ${count === 1 ? "stands" : "stand"} in the training rows too, inputs and label alike.`;
  return [{ code: "test-rows-in-training", says, help: "take rows that repeat out of the table: the test figures are too good by them" }];
};
