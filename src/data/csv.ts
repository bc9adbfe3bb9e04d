/**
 * Comma-separated text, RFC 4180 as spreadsheets write it: quotes, line ends inside them, CRLF, a byte-order mark, other
 * separators. Own code, because the pages read the same files and every mistake is named by row and column.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { numberOf } from "./cells.ts";
import { tableOf, type Records, type Table } from "./table.ts";
import { counted } from "./words.ts";

const [quote, newline, carriageReturn] = [34, 10, 13];
const isBlank = (code: number): boolean => code === 32 || code === 9 || code === 0xa0;

interface Reading {
  readonly rows: string[][];
  readonly rowNumbers: number[];
}

/** Rows of cells, until the text or `most` rows are at an end. A row without any text is left out, but counted. */
const readRows = (text: string, name: string, separator: string, most = Infinity): Reading => {
  const rows: string[][] = [];
  const rowNumbers: number[] = [];
  const end = text.length;
  const mark = separator.charCodeAt(0);
  let at = 0;
  for (let number = 1; at < end && rows.length < most; number++) {
    const row: string[] = [];
    for (;;) {
      let start = at;
      while (at < end && isBlank(text.charCodeAt(at)) && text.charCodeAt(at) !== mark) at++;
      if (text.charCodeAt(at) === quote) {
        const cell = readQuoted(text, at, () => `${name}, row ${number}, column ${row.length + 1}`);
        at = cell.end;
        while (at < end && isBlank(text.charCodeAt(at)) && text.charCodeAt(at) !== mark) at++;
        const next = text.charCodeAt(at);
        if (at < end && next !== mark && next !== newline && next !== carriageReturn) {
          throw new Diagnostic("bad-quotes", `${name}, row ${number}, column ${row.length + 1}: there is text behind the closing quote.`, {
            help: 'a quote inside a quoted cell is written twice: "5"" pipe"',
          });
        }
        row.push(cell.text.trim());
      } else {
        start = at;
        for (let code = text.charCodeAt(at); at < end && code !== mark && code !== newline && code !== carriageReturn; ) code = text.charCodeAt(++at);
        row.push(text.slice(start, at).trimEnd());
      }
      if (at < end && text.charCodeAt(at) === mark) at++;
      else break;
    }
    if (text.charCodeAt(at) === carriageReturn) at++;
    if (text.charCodeAt(at) === newline) at++;
    if (row.every((cell) => cell === "")) continue;
    rows.push(row);
    rowNumbers.push(number);
  }
  return { rows, rowNumbers };
};

const readQuoted = (text: string, open: number, where: () => string): { readonly text: string; readonly end: number } => {
  for (let from = open + 1; ; ) {
    const close = text.indexOf('"', from);
    if (close < 0) {
      throw new Diagnostic("open-quote", `${where()}: the quote that opens here is never closed.`, {
        help: 'close it, or write a quote inside a cell twice: "5"" pipe"',
      });
    }
    if (text.charCodeAt(close + 1) !== quote) return { text: text.slice(open + 1, close).replaceAll('""', '"'), end: close + 1 };
    from = close + 2;
  }
};

const candidates = [",", ";", "\t"];
const rowsLookedAt = 20;

/**
 * How well the first rows fall apart at a separator: as many cells in each, and no other separator left in a cell. Where
 * they cannot be read, the header alone is looked at, so that the mistake is named by the right separator.
 */
const fit = (text: string, separator: string, most = rowsLookedAt): readonly number[] => {
  try {
    const { rows } = readRows(text, "", separator, most);
    const width = rows[0]?.length ?? 0;
    const even = rows.every((row) => row.length === width);
    const others = candidates.filter((other) => other !== separator);
    const clean = rows.every((row) => row.every((cell) => numberOf(cell, ",") !== undefined || !others.some((other) => cell.includes(other))));
    return [Number(width > 1 && even), Number(width > 1), Number(clean), width];
  } catch {
    return most > 1 ? fit(text, separator, 1) : [-1];
  }
};

const better = (a: readonly number[], b: readonly number[]): boolean => {
  const i = a.findIndex((v, k) => v !== b[k]);
  return i >= 0 && a[i]! > (b[i] ?? -1);
};

const separatorOf = (text: string): string => {
  let best = { separator: ",", fit: fit(text, ",") };
  for (const separator of candidates.slice(1)) {
    const own = fit(text, separator);
    if (better(own, best.fit)) best = { separator, fit: own };
  }
  return best.separator;
};

/** Most columns and rows times columns; a longer text is refused by whoever reads the file. */
const mostCells = 2 ** 26;

/**
 * The rows of a comma-separated text. Commas, semicolons and tabs are told apart by the first twenty rows.
 * @throws Diagnostic `not-text`, `open-quote`, `bad-quotes`, `table-too-large`
 */
export const readRecords = (text: string, name: string): Records => {
  if (text.includes("\0")) {
    throw new Diagnostic("not-text", `${name} is not text: it has zero bytes.`, { help: "save the table as CSV (UTF-8)" });
  }
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  // The line by which Excel is told the separator; Excel does not count it as a row either.
  const told = /^sep=([,;\t])\r?\n/i.exec(body);
  const rest = told === null ? body : body.slice(told[0].length);
  const separator = told?.[1] ?? separatorOf(rest);
  const { rows, rowNumbers } = readRows(rest, name, separator);
  const cells = rows.reduce((sum, row) => sum + row.length, 0);
  if (cells > mostCells) {
    throw new Diagnostic("table-too-large", `${name} has ${counted(cells, "cell")}, but at most ${counted(mostCells, "cell")} are read.`, {
      help: "take a part of its rows",
    });
  }
  return { name, rows, rowNumbers, separator };
};

/**
 * A table of a comma-separated text whose first row names the columns. `name` is what sentences call it. The separator
 * (comma, semicolon, tab) and the decimal mark are found out and said in `remarks`; rows without text are left out.
 * @throws Diagnostic `not-text`, `open-quote`, `bad-quotes`, `no-rows`, `no-header`, `ragged-row`, `table-too-large`
 * @example
 * const { columns } = readCsv('size,colour\n1.5,"red, or so"\n', "flowers.csv");
 * columns[1]!.cells; // ['red, or so']
 */
export const readCsv = (text: string, name: string): Table => tableOf(readRecords(text, name));
