/** A table of text: named columns of cells, before anybody knows what they mean. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { decimalMarkOf, hasThousands, isMissing, numberOf, type DecimalMark } from "./cells.ts";
import type { Remark } from "./data-set.ts";
import { counted, listed, quoted } from "./words.ts";

export interface Column {
  readonly name: string;
  /** One text a row, without spaces around it. */
  readonly cells: readonly string[];
}

export interface Table {
  /** As sentences call it: `flowers.csv`. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** The number of each row in its file, as a spreadsheet shows it: the header is row 1. */
  readonly rowNumbers: readonly number[];
  readonly decimal: DecimalMark;
  readonly remarks: readonly Remark[];
}

/** Rows of cells as they were read, the header among them. */
export interface Records {
  readonly name: string;
  readonly rows: readonly (readonly string[])[];
  readonly rowNumbers: readonly number[];
  readonly separator: string;
}

/** Whether a row is all numbers, and so no header. */
export const isAllNumbers = (row: readonly string[]): boolean =>
  row.some((cell) => !isMissing(cell)) && row.every((cell) => isMissing(cell) || (numberOf(cell, ".") ?? numberOf(cell, ",")) !== undefined);

/** Every column gets a name of its own: `column 3` for none, `a (2)` for the second `a`. */
const uniqueNames = (header: readonly string[]): { readonly names: readonly string[]; readonly changed: readonly string[] } => {
  const taken = new Set(header);
  const seen = new Set<string>();
  const changed: string[] = [];
  const names = header.map((name, i) => {
    if (name !== "" && !seen.has(name)) {
      seen.add(name);
      return name;
    }
    const base = name === "" ? `column ${i + 1}` : name;
    let own = base;
    for (let n = 2; taken.has(own); n++) own = `${base} (${n})`;
    taken.add(own);
    changed.push(own);
    return own;
  });
  return { names, changed };
};

const wrongLength = ({ name, rowNumbers }: Records, row: number, cells: readonly string[], names: readonly string[]): Diagnostic => {
  const at = `${name}, row ${rowNumbers[row]}`;
  const has = `has ${counted(cells.length, "cell")}, and there are ${counted(names.length, "column")}`;
  const where =
    cells.length > names.length
      ? `the first too many is ${quoted(cells[names.length]!)}, after column ${quoted(names.at(-1)!)}`
      : `the first that is missing is that of column ${quoted(names[cells.length]!)}`;
  return new Diagnostic("ragged-row", `${at}: this row ${has}; ${where}.`, {
    help: "a cell that contains the separator stands in double quotes; an unknown value is an empty cell",
  });
};

const trailingEmpty = (row: readonly string[], width: number): boolean => row.length > width && row.slice(width).every((cell) => cell === "");

/** The header without columns at its end that have neither name nor cell: spreadsheets leave separators there. */
const withoutTrailing = (header: readonly string[], rows: Records["rows"]): readonly string[] => {
  let width = header.length;
  while (width > 1 && header[width - 1] === "" && rows.every((row) => (row[width - 1] ?? "") === "")) width--;
  return header.slice(0, width);
};

const separators = new Map([[";", "semicolons"], ["\t", "tabs"]]);

/**
 * The rows under a header as columns. `header` names the columns of rows that have none of their own.
 * @throws Diagnostic `no-header`, `no-rows`, `ragged-row`
 */
export const tableOf = (records: Records, header?: readonly string[]): Table => {
  const { name, separator } = records;
  const first = header ?? records.rows[0];
  if (first === undefined) throw new Diagnostic("no-rows", `${name} is empty.`, { help: "the first row names the columns, and the others are data" });
  if (header === undefined && isAllNumbers(first)) {
    const at = `${name}, row ${records.rowNumbers[0]}`;
    throw new Diagnostic("no-header", `${at}: the names of the columns should stand here, but all are numbers: ${listed(first)}.`, {
      help: "put a row of names above it",
    });
  }
  const start = header === undefined ? 1 : 0;
  if (records.rows.length === start) throw new Diagnostic("no-rows", `${name} has a header and no rows below it.`);
  const count = records.rows.length - start;
  const { names, changed } = uniqueNames(withoutTrailing(first, records.rows));
  const cells = names.map(() => new Array<string>(count));
  for (let i = 0; i < count; i++) {
    const row = records.rows[start + i]!;
    if (row.length !== names.length && !trailingEmpty(row, names.length)) throw wrongLength(records, start + i, row, names);
    for (let j = 0; j < names.length; j++) cells[j]![i] = row[j]!;
  }
  const columns = names.map((column, j) => ({ name: column, cells: cells[j]! }));
  const decimal = decimalMarkOf(columns, separator);
  const remarks: Remark[] = [];
  const words = separators.get(separator);
  if (words !== undefined) remarks.push({ code: "separator", says: `${name}: cells are separated by ${words}.` });
  if (decimal === ",") remarks.push({ code: "decimal-comma", says: `${name}: numbers have a decimal comma, so 3,5 is read as 3.5.` });
  const between = decimal === "." ? "," : ".";
  const thousands = columns.flatMap(({ cells: own }) => own.filter((cell) => cell.includes(between) && hasThousands(cell, decimal)));
  if (thousands.length > 0) {
    const [first] = thousands;
    const what = `${counted(thousands.length, "cell")} with marks between thousands`;
    remarks.push({ code: "thousands", says: `${name}: ${what}, so ${first} is read as ${numberOf(first!, decimal)}.` });
  }
  if (changed.length > 0) {
    remarks.push({ code: "header-names", says: `${name}: columns without a name of their own are called ${listed(changed)}.` });
  }
  return { name, columns, rowNumbers: records.rowNumbers.slice(start), decimal, remarks };
};
