/** Cells of a table as the numbers that a model takes, by the rules that were learned with it; and its scores as words. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { numberOf } from "./cells.ts";
import { numbersOf, wordsOf } from "./columns.ts";
import type { Remark } from "./data-set.ts";
import { takeRows, type Examples, type Inputs, type Targets } from "./examples.ts";
import { room } from "./room.ts";
import { inputsOf, outputsOf } from "./schema.ts";
import type { CategoryColumn, Label, NumberColumn, PixelColumns, Schema } from "./schema.ts";
import type { Column, Table } from "./table.ts";
import { counted, listed, quoted, rowsText } from "./words.ts";

/** Rows as a model takes them, whether or not it is known what they are. */
export interface EncodedRows {
  /** Row by row, `columns` numbers each. */
  readonly x: Inputs;
  readonly columns: number;
  /**
   * What the label's column says, where there is one: a class counted from 0, -1 for one that the training rows did not
   * have, -2 where there is none; a standardised number, or NaN where there is none.
   */
  readonly y: Targets | undefined;
  /** How many rows have a class that no training row had: whatever is predicted for them is wrong. */
  readonly unseenLabels: number;
  /** The number of each row in its file. */
  readonly rowNumbers: readonly number[];
  readonly remarks: readonly Remark[];
}

export interface EncodeOptions {
  /** Whether the label's column is read; default true. Whoever predicts does not mind what stands there. */
  readonly labels?: boolean;
}

/** Where the numbers of a column stand in each row of x. */
interface Target {
  readonly x: Float64Array;
  readonly columns: number;
  readonly offset: number;
}

/** Words that training did not have, with the rows in which they stand. */
type Unseen = Map<string, number[]>;

const note = (unseen: Unseen, word: string, row: number): void => {
  const rows = unseen.get(word);
  if (rows === undefined) unseen.set(word, [row]);
  else rows.push(row);
};

/** What was met in one column: how many cells said nothing, and which words were new. */
interface Met {
  readonly name: string;
  readonly missing: number;
  readonly unseen: Unseen;
}

const encodeNumbers = ({ name, mean, deviation }: NumberColumn, column: Column, table: Table, { x, columns, offset }: Target): Met => {
  let missing = 0;
  numbersOf(column, table).forEach((v, row) => {
    if (Number.isNaN(v)) missing++;
    else x[row * columns + offset] = (v - mean) / deviation;
  });
  return { name, missing, unseen: new Map() };
};

const encodeWords = ({ name, values }: CategoryColumn, column: Column, table: Table, { x, columns, offset }: Target): Met => {
  const places = new Map(values.map((value, i) => [value, i]));
  const unseen: Unseen = new Map();
  const words = wordsOf(column);
  let missing = 0;
  column.cells.forEach((cell, row) => {
    // A word that was learned is one, even where it looks like a missing cell.
    const place = places.get(cell);
    if (place !== undefined) x[row * columns + offset + place] = 1;
    else if (words[row] === undefined) missing++;
    else note(unseen, cell, table.rowNumbers[row]!);
  });
  return { name, missing, unseen };
};

/** The columns of pixels have no names of their own: all but the label's, in the order of the file. */
const encodePixels = ({ name, shift, scale }: PixelColumns, label: string, table: Table, { x, columns }: Target): Met => {
  const pixels = table.columns.filter((column) => column.name !== label);
  if (pixels.length !== shift.length) {
    const [there, wanted] = [counted(pixels.length, "column"), counted(shift.length, "number")];
    throw new Diagnostic("missing-columns", `${table.name} has ${there} beside the label, but ${quoted(name)} takes ${wanted} a row.`);
  }
  let missing = 0;
  pixels.forEach((column, j) => {
    numbersOf(column, table).forEach((v, row) => {
      if (Number.isNaN(v)) missing++;
      else x[row * columns + j] = (v - shift[j]!) * scale;
    });
  });
  return { name, missing, unseen: new Map() };
};

const missingColumns = (wanted: readonly string[], table: Table): Diagnostic => {
  const there = table.columns.map(({ name }) => name);
  const renamed = wanted.flatMap((name) => {
    const near = nearest(name, there);
    return near === undefined ? [] : [`${quoted(near)} to ${quoted(name)}`];
  });
  const what = `no column${wanted.length === 1 ? "" : "s"} ${listed(wanted.map(quoted))}`;
  return new Diagnostic("missing-columns", `${table.name} has ${what}, on which the model was trained.`, {
    help: renamed.length > 0 ? `rename ${listed(renamed)} in its header` : `its columns are ${listed(there)}`,
  });
};

/** The class that a cell names: by its text, or as a number written otherwise (1.0 for 1). */
const classOf = (classes: ReadonlyMap<string, number>, cell: string, table: Table): number => {
  const found = classes.get(cell);
  if (found !== undefined) return found;
  const number = numberOf(cell, table.decimal);
  return number === undefined ? -1 : (classes.get(String(number)) ?? -1);
};

const encodeLabel = (label: Label, column: Column, table: Table): { readonly y: Targets; readonly unseen: Unseen } => {
  const unseen: Unseen = new Map();
  if (label.kind === "number") return { y: numbersOf(column, table).map((v) => (v - label.mean) / label.deviation), unseen };
  const classes = new Map(label.classes.map((name, i) => [name, i]));
  const words = wordsOf(column);
  const y = Int32Array.from(column.cells, (cell, row) => {
    const found = classOf(classes, cell, table);
    if (found >= 0) return found;
    if (words[row] === undefined) return -2;
    note(unseen, cell, table.rowNumbers[row]!);
    return -1;
  });
  return { y, unseen };
};

const unseenText = (unseen: Unseen): string => listed([...unseen].map(([word, rows]) => `${quoted(word)} (${rowsText(rows)})`));

/** All columns into x, by name. */
const encodeColumns = ({ inputs, label }: Schema, table: Table, x: Float64Array, columns: number): readonly Met[] => {
  const pixels = inputs.find((input) => input.kind === "pixels");
  if (pixels !== undefined) return [encodePixels(pixels, label.name, table, { x, columns, offset: 0 })];
  const used = inputs.filter((input) => input.kind === "number" || input.kind === "category");
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const absent = used.filter(({ name }) => !byName.has(name)).map(({ name }) => name);
  if (absent.length > 0) throw missingColumns(absent, table);
  let offset = 0;
  return used.map((input) => {
    const [column, target] = [byName.get(input.name)!, { x, columns, offset }];
    offset += input.kind === "category" ? input.values.length : 1;
    return input.kind === "category" ? encodeWords(input, column, table, target) : encodeNumbers(input, column, table, target);
  });
};

const missingHelp = "a missing number counts as the mean of the training rows, a missing word as none of the words";

/** What was met in the columns, in a sentence of each kind. */
const remarksOn = (met: readonly Met[], { inputs, label }: Schema, table: Table): readonly Remark[] => {
  const remarks: Remark[] = [];
  const say = (code: string, what: string, help?: string): void =>
    void remarks.push({ code, says: `${table.name}: ${what}.`, ...(help === undefined ? {} : { help }) });
  const known = new Set([label.name, ...inputs.map(({ name }) => name)]);
  const extra = inputs.some(({ kind }) => kind === "pixels") ? [] : table.columns.filter(({ name }) => !known.has(name));
  if (extra.length > 0) say("extra-columns", `not read, since the model was trained without: ${listed(extra.map(({ name }) => name))}`);
  const missing = met.filter((column) => column.missing > 0);
  if (missing.length > 0) say("missing-cells", `missing cells: ${listed(missing.map((column) => `${column.name} ${column.missing}`))}`, missingHelp);
  const strange = met.filter(({ unseen }) => unseen.size > 0).map(({ name, unseen }) => `${name} ${unseenText(unseen)}`);
  if (strange.length > 0) say("unseen-word", `words that stand in no training row, and count as none: ${listed(strange)}`);
  return remarks;
};

const remarksOnLabel = (unseen: Unseen, { label }: Schema, table: Table): readonly Remark[] => {
  if (unseen.size === 0 || label.kind === "number") return [];
  const says = `${table.name}: classes that stand in no training row, so that no prediction of them can be right: ${unseenText(unseen)}.`;
  return [{ code: "unseen-class", says, help: `the classes of the training rows are ${listed(label.classes, 12)}` }];
};

/**
 * The rows of a table as numbers. Columns are found by name, in any order; those of a schema of pixels are taken in their
 * order. A missing number counts as the mean of the training rows, a missing word as none of the words, both said in the
 * remark `missing-cells`; a word that no training row has is none of them (`unseen-word`), a class likewise
 * (`unseen-class`); columns that the schema does not know are not read (`extra-columns`). The label's column may be absent,
 * and is not read where `labels` is false.
 * @throws Diagnostic `missing-columns`, `bad-cell`
 * @example
 * const train = readCsv("size,colour,kind\n1,red,a\n2,blue,b\n4,red,b\n5,blue,a\n", "train.csv");
 * const { schema } = learnSchema(train, [0, 1, 2, 3]);
 * const { x, y } = encode(schema, readCsv("colour,size\nred,3\ngreen,\n", "rows.csv"));
 * [...x]; // [0, 0, 1, 0, 0, 0]
 * y; // undefined
 */
export const encode = (schema: Schema, table: Table, { labels: isRead = true }: EncodeOptions = {}): EncodedRows => {
  const columns = inputsOf(schema);
  const x = room(table.name, table.rowNumbers.length, columns, "float64");
  const remarks = remarksOn(encodeColumns(schema, table, x, columns), schema, table);
  const column = isRead ? table.columns.find(({ name }) => name === schema.label.name) : undefined;
  const labels = column === undefined ? undefined : encodeLabel(schema.label, column, table);
  return {
    x,
    columns,
    y: labels?.y,
    unseenLabels: [...(labels?.unseen.values() ?? [])].reduce((sum, rows) => sum + rows.length, 0),
    rowNumbers: table.rowNumbers,
    remarks: labels === undefined ? remarks : [...remarks, ...remarksOnLabel(labels.unseen, schema, table)],
  };
};

/**
 * The rows that have a label of which something was learned, for training and testing; those that `unseenLabels` counts
 * are not among them.
 * @throws Diagnostic `no-labels` where there is none
 */
export const labelledRows = ({ x, y, columns }: EncodedRows, name: string, { label }: Schema): Examples => {
  const isKnown = (v: number): boolean => (y instanceof Int32Array ? v >= 0 : !Number.isNaN(v));
  const rows = y === undefined ? [] : Array.from(y.keys()).filter((row) => isKnown(y[row]!));
  if (y === undefined || rows.length === 0) {
    const what = y === undefined ? "has no column" : "has no row with a known value in column";
    throw new Diagnostic("no-labels", `${name} ${what} ${quoted(label.name)}, so it cannot be said whether a prediction is right.`, {
      help: "to predict without labels: chainrule predict",
    });
  }
  return takeRows({ x, y, columns }, rows);
};

/**
 * What scores mean, a row each: the name of the class with the highest score (the first among equals), or the number in
 * the unit of the table. `scores` is row by row, one for each class, or one number.
 * @example
 * const label = { kind: "class", name: "kind", classes: ["a", "b"] } as const;
 * decode({ inputs: [], label }, [0.1, 2, 3, -1]); // ['b', 'a']
 */
export const decode = (schema: Schema, scores: ArrayLike<number>): (string | number)[] => {
  const { label } = schema;
  if (label.kind === "number") return Array.from(scores, (score) => score * label.deviation + label.mean);
  const width = outputsOf(schema);
  return Array.from({ length: scores.length / width }, (_, row) => {
    let best = 0;
    for (let k = 1; k < width; k++) if (scores[row * width + k]! > scores[row * width + best]!) best = k;
    return label.classes[best]!;
  });
};
