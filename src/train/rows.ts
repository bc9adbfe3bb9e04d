/** Rows as a program has them, as a table: what their cells mean is then decided where it is for files. */
import { namesOf } from "../data/prediction.ts";
import type { InputColumn, Schema } from "../data/schema.ts";
import type { Table } from "../data/table.ts";
import { listed, quoted } from "../data/words.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { describe } from "../ops/forms/entry.ts";

/** A number or a word; null for what is not known. */
export type Cell = number | string | boolean | null | undefined;

/** Cells by the name of their column, or in the order of the columns that the model reads; an image is the list of its pixels. */
export type Row = Readonly<Record<string, Cell | ArrayLike<number>>> | ArrayLike<Cell>;

const isList = (x: unknown): x is ArrayLike<unknown> => Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView));

const bad = (row: number, sentence: string, help: string): Diagnostic => new Diagnostic("bad-row", `row ${row}: ${sentence}`, { help });

/** What is read of an object: the cell of each column, or the pixels of its image. */
const cellsByName = (given: object, columns: readonly InputColumn[], row: number): unknown[] =>
  columns.flatMap(({ kind, name }) => {
    if (!Object.hasOwn(given, name)) {
      const near = nearest(name, Object.keys(given));
      throw bad(row, `there is no ${quoted(name)}`, near === undefined ? `give a value for it, or null where it is not known` : `did you mean ${quoted(name)} by ${quoted(near)}?`);
    }
    const cell = (given as Record<string, unknown>)[name];
    if (kind !== "pixels") return [cell];
    if (!isList(cell)) throw bad(row, `${quoted(name)} is ${describe(cell)}`, "give its pixels as a list of numbers");
    return Array.from(cell);
  });

const textOf = (cell: unknown, name: string, row: number): string => {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "object" || typeof cell === "function") throw bad(row, `${quoted(name)} is ${describe(cell)}`, "a cell is a number or a word, or null where it is not known");
  return String(cell).trim();
};

/** The rows as a table of the columns that a schema reads; rows are counted from 1. */
export const tableOfRows = (schema: Schema, rows: readonly unknown[]): Table => {
  if (!Array.isArray(rows)) throw new Diagnostic("bad-row", `${describe(rows)} given for the rows`, { help: "pass a list of rows, also where there is one: [{ size: 1.5 }]" });
  const read = schema.inputs.filter(({ kind }) => kind !== "left-out");
  const names = namesOf({ ...schema, inputs: read });
  const columns = names.map((name) => ({ name, cells: new Array<string>(rows.length) }));
  rows.forEach((given: unknown, i) => {
    const row = i + 1;
    if (typeof given !== "object" || given === null) throw bad(row, `${describe(given)} is no row`, `write an object of cells by name: ${listed(names)}`);
    const cells = isList(given) ? Array.from(given) : cellsByName(given, read, row);
    if (cells.length !== names.length) throw bad(row, `${cells.length} cells, and the model reads ${names.length}`, `in this order: ${listed(names)}`);
    cells.forEach((cell, j) => (columns[j]!.cells[i] = textOf(cell, names[j]!, row)));
  });
  return { name: "rows", columns, rowNumbers: rows.map((_, i) => i + 1), decimal: ".", remarks: [] };
};
