import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readCsv } from "../../src/data/index.ts";
import { Diagnostic } from "../../src/ir/diagnostic.ts";

const cellsOf = (text: string) => Object.fromEntries(readCsv(text, "t.csv").columns.map(({ name, cells }) => [name, cells]));
const codes = (text: string) => readCsv(text, "t.csv").remarks.map(({ code }) => code);
const refuses = (text: string, code: string, pattern: RegExp) =>
  assert.throws(() => readCsv(text, "t.csv"), (error) => error instanceof Diagnostic && error.code === code && pattern.test(error.message), text);

test("quotes hold separators, quotes and line ends", () => {
  assert.deepEqual(cellsOf('a,b\n"1,5","say ""hi"""\n"two\r\nlines",\'single\'\n'), { a: ["1,5", "two\r\nlines"], b: ['say "hi"', "'single'"] });
  assert.deepEqual(cellsOf('a,b\n5" pipe,"",\n'), { a: ['5" pipe'], b: [""] });
});

test("LF, CRLF and CR end a row; the last one needs no end", () => {
  for (const end of ["\n", "\r\n", "\r"]) assert.deepEqual(cellsOf(["a,b", "1,x", "2,y"].join(end)), { a: ["1", "2"], b: ["x", "y"] });
});

test("the byte-order mark and spaces around cells, also quoted, do not count", () => {
  assert.deepEqual(cellsOf('\ufeff a , "b" \n 1 , " x y " \n'), { a: ["1"], b: ["x y"] });
});

test("rows are numbered as in a spreadsheet: rows without text count, line ends in quotes do not", () => {
  const table = readCsv('\na,b\n1,"x\ny"\n\n,,\n2,z\n\n\n', "t.csv");
  assert.deepEqual(table.rowNumbers, [3, 6]);
});

for (const [name, separator, words] of [["semicolons", ";", "semicolons"], ["tabs", "\t", "tabs"]] as const) {
  test(`${name} are found out and said`, () => {
    const { columns, remarks } = readCsv(["a, in cm", "b"].join(separator) + `\n1${separator}x\n2${separator}y\n`, "t.csv");
    assert.deepEqual(columns.map((column) => column.name), ["a, in cm", "b"]);
    assert.deepEqual(remarks.map(({ code, says }) => [code, says.includes(words)]), [["separator", true]]);
  });
}

test("a comma is the separator where others stand in cells alone", () => {
  assert.deepEqual(cellsOf("a,b\n1,x;y\n2,z;w\n"), { a: ["1", "2"], b: ["x;y", "z;w"] });
  assert.deepEqual(readCsv("a\nx\n", "t.csv").columns.length, 1);
});

test("the line by which Excel is told the separator is none of the rows", () => {
  const table = readCsv("sep=;\r\na;b\r\n1;2\r\n", "t.csv");
  assert.deepEqual([table.columns.map(({ name }) => name), table.rowNumbers], [["a", "b"], [2]]);
});

test("a decimal comma is one where numbers need it and none needs a point", () => {
  const mark = (text: string) => readCsv(text, "t.csv").decimal;
  assert.equal(mark("a;b\n1,5;2\n"), ",");
  assert.equal(mark("a;b\n1,500;2\n"), ",");
  assert.equal(mark("a\tb\n1,5\t2\n"), ",");
  assert.equal(mark('a,b\n"1,5",2\n'), ",");
  assert.equal(mark('a,b\n"1,500",2\n'), ".");
  assert.equal(mark("a;b\n1,5;2.5\n"), ".");
  assert.equal(mark("a;b\n1;2\n"), ".");
  assert.equal(mark("a;b\nx, y;2\n"), ".");
  assert.deepEqual(codes("a;b\n1.234,5;2\n"), ["separator", "decimal-comma", "thousands"]);
  assert.deepEqual(codes('a,b\n"1,234.5",2\n'), ["thousands"]);
});

test("columns without a name of their own get one, and it is said", () => {
  const table = readCsv("a,,a,a (2),a\n1,2,3,4,5\n", "t.csv");
  assert.deepEqual(table.columns.map(({ name }) => name), ["a", "column 2", "a (3)", "a (2)", "a (4)"]);
  assert.match(table.remarks[0]!.says, /column 2, a \(3\), a \(4\)/);
});

test("a ragged row is named by row and column; empty cells too many are none", () => {
  refuses("a,b\n1,2\n\n1,2,3\n", "ragged-row", /row 4.*3 cells.*2 columns.*"3", after column "b"/);
  refuses("a,b,c\n1,2\n", "ragged-row", /row 2.*2 cells.*3 columns.*missing.*"c"/);
  assert.deepEqual(cellsOf("a,b\n1,2,,\n"), { a: ["1"], b: ["2"] });
});

test("what is no table is refused with its place", () => {
  refuses("", "no-rows", /empty/);
  refuses("\n \n,,\n", "no-rows", /empty/);
  refuses("a,b\n", "no-rows", /no rows below/);
  refuses("1,2\n3,4\n", "no-header", /row 1.*1, 2/);
  refuses('a,b\n1,"2\n3,4\n', "open-quote", /row 2, column 2/);
  refuses('a,b\n1,"2"3\n', "bad-quotes", /row 2, column 2/);
  refuses("a,b\0\n1,2\n", "not-text", /zero bytes/);
});

test("thousands of columns", () => {
  const names = Array.from({ length: 5000 }, (_, i) => `c${i}`);
  const { columns } = readCsv(`${names.join(",")}\n${names.map((_, i) => i).join(",")}\n`, "t.csv");
  assert.deepEqual([columns.length, columns[4999]], [5000, { name: "c4999", cells: ["4999"] }]);
});

const cell = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "").trim());
const table = fc.integer({ min: 1, max: 5 }).chain((width) =>
  fc.record({
    rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    separator: fc.constantFrom(",", ";", "\t"),
    end: fc.constantFrom("\n", "\r\n"),
    width: fc.constant(width),
  }),
);

test("what is written with every cell in quotes is read back", () => {
  fc.assert(
    fc.property(table, ({ rows, separator, end, width }) => {
      const header = Array.from({ length: width }, (_, i) => `name ${i}`);
      const text = [header, ...rows].map((row) => row.map((v) => `"${v.replaceAll('"', '""')}"`).join(separator)).join(end);
      const filled = rows.filter((row) => row.some((v) => v !== ""));
      if (filled.length === 0) return;
      const { columns } = readCsv(text, "t.csv");
      assert.deepEqual(columns.map(({ name }) => name), header);
      assert.deepEqual(columns.map(({ cells }) => cells), header.map((_, j) => filled.map((row) => row[j])));
    }),
  );
});

test("no text ends in anything but a table or a diagnostic", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.array(fc.constantFrom(",", ";", "\t", '"', "\n", "\r", "1", ".", "x", " ", "-"), { maxLength: 60 }).map((parts) => parts.join("")));
  fc.assert(
    fc.property(text, (given) => {
      try {
        const { columns, rowNumbers } = readCsv(given, "t.csv");
        assert.ok(columns.every(({ cells }) => cells.length === rowNumbers.length));
      } catch (error) {
        assert.ok(error instanceof Diagnostic, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
