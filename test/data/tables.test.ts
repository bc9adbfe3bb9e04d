import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { dataSetOf, decode, encode, inputsOf, learnSchema, outputsOf, readCsv, readRows, type DataSet, type Remark, type Schema } from "../../src/data/index.ts";
import { Diagnostic } from "../../src/ir/diagnostic.ts";

const rowsOf = (count: number, row: (i: number) => string): string => Array.from({ length: count }, (_, i) => row(i)).join("\n");
const table = (text: string) => readCsv(text, "t.csv");
const learn = (text: string, options = {}) => {
  const read = table(text);
  return learnSchema(read, read.rowNumbers.map((_, i) => i), options);
};
const codes = (remarks: readonly Remark[]) => remarks.map(({ code }) => code);
const remark = ({ remarks }: { readonly remarks: readonly Remark[] }, code: string): string => remarks.find((own) => own.code === code)?.says ?? `no ${code} among ${codes(remarks)}`;
const refuses = (what: () => unknown, code: string, pattern = /./) =>
  assert.throws(what, (error) => error instanceof Diagnostic && error.code === code && pattern.test(error.message), what.toString());

describe("the label", () => {
  const text = "a,b,c\n" + rowsOf(12, (i) => `${i * i},${i % 3},${["x", "y"][i % 2]}`);
  test("is the named column, else the last that is not empty", () => {
    assert.equal(learn(text).schema.label.name, "c");
    assert.equal(learn(text, { label: "b" }).schema.label.name, "b");
    assert.equal(learn("a,b,\n1,x,\n2,y,\n3,x,\n4,y,\n").schema.label.name, "b");
    refuses(() => learn(text, { label: "B2" }), "unknown-label", /columns are a, b, c|did you mean "b"/);
    refuses(() => learn("size,colour\n1,x\n2,y", { label: "color" }), "unknown-label", /did you mean "colour"/);
  });
  test("words are classes, few whole numbers too, other numbers are numbers; each is said and can be chosen", () => {
    const words = learn(text);
    assert.deepEqual(words.schema.label, { kind: "class", name: "c", classes: ["x", "y"] });
    assert.match(remark(words, "label"), /Label c: 2 classes \(training rows: x 6, y 6\)/);
    const whole = learn(text, { label: "b" });
    assert.deepEqual(whole.schema.label, { kind: "class", name: "b", classes: ["0", "1", "2"] });
    assert.match(whole.remarks[0]!.help!, /--as number/);
    assert.deepEqual(learn(text, { label: "b", as: "number" }).schema.label, { kind: "number", name: "b", mean: 1, deviation: Math.sqrt(2 / 3) });
    const number = learn(text, { label: "a" });
    assert.equal(number.schema.label.kind, "number");
    assert.match(number.remarks[0]!.help!, /--as class/);
    const decimals = "x,y\n" + rowsOf(9, (i) => `${i * i},${0.5 * (i % 3)}`);
    assert.equal(learn(decimals).schema.label.kind, "number");
    assert.deepEqual((learn(decimals, { as: "class" }).schema.label as { classes: unknown }).classes, ["0", "0.5", "1"]);
  });
  test("twenty different whole numbers are classes, twenty-one are numbers", () => {
    const kind = (different: number) => learn("x,y\n" + rowsOf(100, (i) => `${i * i},${i % different}`)).schema.label.kind;
    assert.deepEqual([kind(20), kind(21)], ["class", "number"]);
  });
  test("classes that are numbers are in the order of numbers, and 1.0 is 1", () => {
    const { schema } = learn("x,y\n" + rowsOf(40, (i) => `${i * i},${i % 11}${i % 2 ? ".0" : ""}`));
    assert.deepEqual((schema.label as { classes: unknown }).classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    assert.deepEqual([...encode(schema, table("x,y\n1,10.0\n2,1\n")).y!], [10, 1]);
  });
  test("+ and - are two classes, and - alone is a missing cell", () => {
    const { schema } = learn("x,y\n" + rowsOf(8, (i) => `${i * i},${i % 2 ? "+" : "-"}`));
    assert.deepEqual((schema.label as { classes: unknown }).classes, ["+", "-"]);
    assert.deepEqual([...encode(schema, table("x,y\n1,-\n")).y!], [1]);
    assert.equal(remark(dataSetOf(table("x,y\n" + rowsOf(20, (i) => `${i * i},${i === 3 ? "-" : "ab"[i % 2]}`))), "missing-labels").includes("row 5"), true);
  });
  test("what cannot be learned is refused", () => {
    refuses(() => learn("x,y\n1,a\n2,a\n"), "constant-label", /"y" is "a" in every training row/);
    refuses(() => learn("x,y\n1,2.5\n2,2.5\n", { as: "number" }), "constant-label");
    refuses(() => learn("x,name\n" + rowsOf(20, (i) => `${i % 3},n${i}`)), "nearly-unique-label", /20 classes in 20 rows/);
    refuses(() => learn("y\na\nb\na\nb\n"), "no-inputs", /no column from which "y"/);
    refuses(() => learn("x,y\n1,\n2,\n"), "no-labels", /column "y" has no cell/);
    refuses(() => learn("x,y\n1,a\n2,b\n", { as: "number" }), "label-not-number", /"y" is of words \("a" in row 2\)/);
    refuses(() => learn("x,y\n1,1\n2,2\n3,3\n4,4\n5,5\n6,a\n", { as: "number" }), "bad-cell", /row 7, column "y": "a" is not a number/);
  });
});

describe("inputs", () => {
  test("numbers are standardised by the training rows alone, with the population deviation", () => {
    const read = table("x,y\n1,a\n2,b\n3,a\n4,b\n1000,a\n");
    const { schema } = learnSchema(read, [0, 1, 2, 3]);
    assert.deepEqual(schema.inputs, [{ kind: "number", name: "x", mean: 2.5, deviation: Math.sqrt(1.25) }]);
    assert.deepEqual([...encode(schema, read).x], [1, 2, 3, 4, 1000].map((v) => (v - 2.5) / Math.sqrt(1.25)));
  });
  test("a constant column is reported and never divided by, also one constant in the training rows alone", () => {
    const read = table("x,c,d,e,y\n1,5,7,,a\n2,5,7,,b\n3,5,7,,a\n4,5,8,,b\n");
    const { schema, remarks } = learnSchema(read, [0, 1, 2]);
    assert.deepEqual(schema.inputs.map(({ kind }) => kind), ["number", "left-out", "left-out", "left-out"]);
    assert.match(remark({ remarks }, "constant-column"), /c is 5 in every training row, d is 7 in every training row, e has no value/);
    assert.ok(encode(schema, read).x.every(Number.isFinite));
  });
  test("numbers of any size stay finite", () => {
    for (const [low, high] of [[1e-300, 2e-300], [-1e150, 1e150], [1, 1 + 2 ** -52], [5e-324, 1e-323]]) {
      const { schema } = learn(`x,z,y\n${low},1,a\n${high},2,b\n${low},4,a\n${high},3,b\n`);
      assert.ok(encode(schema, table(`x,z\n${low},1\n${high},2\n`)).x.every(Number.isFinite), `${low}`);
    }
  });
  test("words become one number for each", () => {
    const { schema } = learn("c,y\nred,a\nblue,b\nred,b\nblue,a\n");
    assert.deepEqual(schema.inputs, [{ kind: "category", name: "c", values: ["blue", "red"] }]);
    assert.deepEqual([...encode(schema, table("c\nred\nblue\n\"\"\n?\n")).x], [0, 1, 1, 0, 0, 0]);
    assert.deepEqual([inputsOf(schema), outputsOf(schema)], [2, 2]);
  });
  test("words that hardly repeat and a count of the rows are left out and said", () => {
    const read = learn("id,name,x,y\n" + rowsOf(20, (i) => `${i + 1},n${i % 18},${i % 7},${i % 2}`));
    assert.deepEqual(read.schema.inputs.map(({ kind }) => kind), ["left-out", "left-out", "number"]);
    assert.match(remark(read, "left-out-column"), /id only tells rows apart, name has words that hardly ever repeat/);
    for (const name of ["PassengerId", "customer_id", "", "index"]) assert.equal(learn(`${name},x,y\n` + rowsOf(20, (i) => `${i},${i % 7},${i % 2}`)).schema.inputs[0]!.kind, "left-out", name);
    for (const [name, start] of [["x", 0], ["humid", 1], ["year", 1990]] as const) assert.equal(learn(`${name},y\n` + rowsOf(20, (i) => `${start + i},${i % 2}`)).schema.inputs[0]!.kind, "number");
  });
  test("a ticked box is a column of one word", () => {
    const { schema } = learn("box,y\nx,a\n,b\nx,b\n,a\n");
    assert.deepEqual(schema.inputs[0], { kind: "category", name: "box", values: ["x"] });
  });
  test("every mark of a missing cell counts, as the mean or as none of the words", () => {
    const marks = ["", "NA", "N/A", "n/a", "nan", "NaN", "null", "NULL", "?", "-"];
    const { schema } = learn("x,c,y\n1,red,a\n3,blue,b\n1,red,b\n3,blue,a\n");
    const encoded = encode(schema, table(`x,c,z\n${marks.map((mark) => `${mark},${mark},k`).join("\n")}\n`));
    assert.ok(encoded.x.every((v) => v === 0));
    assert.match(remark(encoded, "missing-cells"), /x 10, c 10/);
  });
  test("a few words among numbers are mistakes, a quarter is a column of words", () => {
    const text = (bad: number) => "x,y\n" + rowsOf(20, (i) => `${i < bad ? `w${i % 2}` : i % 5},${i % 2}`);
    refuses(() => learn(text(1)), "bad-cell", /row 2, column "x": "w0" is not a number/);
    refuses(() => learn(text(4)), "bad-cell", /3 more cells of this column: row 3 "w1", row 4 "w0", row 5 "w1"/);
    assert.equal(learn(text(5)).schema.inputs[0]!.kind, "category");
  });
  for (const [cell, pattern] of [
    ["1e999", /not a finite number/], ["Infinity", /not a finite number/], ["-inf", /not a finite number/], ["1e200", /too large a number/],
    ["0x1F", /decimal: 31/], ["2024-01-31", /date/], ["31.12.2024", /date/], ["3,5", /with a point.*3\.5/], ["5%", /alone, 5,/], ["12 cm", /alone, 12,/], ["1_000", /correct the cell/],
  ] as const) {
    test(`${cell} among numbers is named`, () => refuses(() => learn("x,y\n" + rowsOf(20, (i) => `${i === 4 ? `"${cell}"` : `${i}.5`},${i % 2}`)), "bad-cell", pattern));
  }
  test("what can be read as a number is", () => {
    const read = table('x,y\n"1,234.5",a\n+5,b\n.5,a\n5.,b\n1e-3,a\n -7 ,b\n"1,234,567",a\n');
    const { schema } = learnSchema(read, [0, 1, 2, 3, 4, 5, 6]);
    const [{ mean, deviation }] = schema.inputs as unknown as [{ mean: number; deviation: number }];
    const numbers = Array.from(encode(schema, read).x, (v) => v * deviation + mean);
    [1234.5, 5, 0.5, 5, 1e-3, -7, 1234567].forEach((v, i) => assert.ok(Math.abs(numbers[i]! - v) < 1e-6, `${numbers[i]}`));
  });
});

describe("leaks", () => {
  test("a copy of the label and a one-to-one map are named, an honest column is not", () => {
    const read = learn("copy,map,code,honest,y\n" + rowsOf(30, (i) => `${"ab"[i % 2]},${["no", "yes"][i % 2]},${7 - (i % 2)},${i % 5},${"ab"[i % 2]}`));
    assert.match(remark(read, "leaked-label"), /^"copy", "map", "code" alone determine the label "y"/);
    const noisy = learn("map,y\n" + rowsOf(30, (i) => `${["no", "yes"][i === 9 ? 0 : i % 2]},${"ab"[i % 2]}`));
    assert.ok(!codes(noisy.remarks).includes("leaked-label"));
    const ordered = learn("x,z,y\n" + rowsOf(30, (i) => `${i},${i % 4},${i < 15 ? "a" : "b"}`));
    assert.ok(!codes(ordered.remarks).includes("leaked-label"));
  });
  test("a number in another unit is named, one with noise is not, nor the only column", () => {
    const text = (noise: number) => "inch,z,cm\n" + rowsOf(30, (i) => `${(i * 7.3) % 11},${i % 4},${((i * 7.3) % 11) * 2.54 + noise * (i % 3)}`);
    assert.match(remark(learn(text(0)), "leaked-label"), /"inch"/);
    assert.ok(!codes(learn(text(0.01)).remarks).includes("leaked-label"));
    assert.ok(!codes(learn("x,y\n" + rowsOf(30, (i) => `${(i * 7.3) % 11},${((i * 7.3) % 11) * 2}`)).remarks).includes("leaked-label"));
  });
  test("test rows that are training rows are counted", () => {
    const rows = rowsOf(40, (i) => `${i % 4},${Math.floor(i / 4) % 2}`);
    const set = dataSetOf(table(`x,y\n${rows}\n`));
    const seen = (at: number) => Array.from(set.train.y.keys()).some((row) => set.train.x[row] === set.test.x[at] && set.train.y[row] === set.test.y[at]);
    const count = Array.from(set.test.y.keys()).filter(seen).length;
    assert.ok(count > 0);
    assert.match(remark(set, "test-rows-in-training"), new RegExp(`^${count} of 8 test rows`));
    assert.ok(!codes(dataSetOf(table("x,y\n" + rowsOf(40, (i) => `${i * i},${i % 2}`))).remarks).includes("test-rows-in-training"));
  });
});

describe("a data set", () => {
  const text = "x,c,y\n" + rowsOf(50, (i) => `${(i * i) % 23}.5,${["red", "blue"][i % 2]},${i === 7 || i === 20 ? "" : ["a", "b", "c"][i % 3]}`);
  test("leaves rows without a label out and says which", () => {
    const set = dataSetOf(table(text));
    assert.equal(set.train.y.length + set.validation.y.length + set.test.y.length, 48);
    assert.match(remark(set, "missing-labels"), /2 rows without a value in column "y" are left out \(rows 9, 22\)/);
  });
  test("learns from training rows alone", () => {
    const set = dataSetOf(table(text));
    const [mean, square] = [0, 1].map((power) => Array.from(set.train.y, (_, row) => set.train.x[3 * row]! ** (power + 1)).reduce((sum, v) => sum + v, 0) / set.train.y.length);
    assert.ok(Math.abs(mean!) < 1e-12 && Math.abs(square! - 1) < 1e-12);
  });
  test("is the same whenever it is made, and the share of test rows can be chosen", () => {
    const sizes = ({ train, validation, test: last }: DataSet) => [train.y.length, validation.y.length, last.y.length];
    assert.deepEqual(dataSetOf(table(text)), dataSetOf(table(text)));
    assert.deepEqual(sizes(dataSetOf(table(text))), [29, 9, 10]);
    assert.deepEqual(sizes(dataSetOf(table(text), { testShare: 0.5 })), [12, 12, 24]);
    refuses(() => dataSetOf(table(text), { testShare: 1 }), "bad-setting", /between 0 and 1/);
  });
  test("has numbers to learn in units of their deviation", () => {
    const set = dataSetOf(table("x,y\n" + rowsOf(50, (i) => `${(i * 7) % 13},${i * 1.25}`)));
    assert.ok(set.test.y instanceof Float64Array);
    const label = set.schema.label as { mean: number; deviation: number };
    for (const v of decode(set.schema, set.test.y)) assert.ok(Math.abs((v as number) / 1.25 - Math.round((v as number) / 1.25)) < 1e-9, `${v}`);
    assert.ok(label.deviation > 1);
  });
  test("a class in a single row is trained on, and it is said that it is not tested", () => {
    const set = dataSetOf(table("x,y\n" + rowsOf(30, (i) => `${i * i},${i === 4 ? "rare" : "ab"[i % 2]}`)));
    assert.match(remark(set, "class-not-tested"), /"rare"/);
  });
  test("a word that stands outside the training rows alone is none of the words, and named with its row", () => {
    const read = (row: number) => dataSetOf(table("c,x,y\n" + rowsOf(30, (i) => `${i === row ? "odd" : ["red", "blue"][i % 2]},${i * i},${"ab"[i % 2]}`)));
    const sets = Array.from({ length: 30 }, (_, row) => [row, read(row)] as const);
    const outside = sets.filter(([, set]) => codes(set.remarks).includes("unseen-word"));
    assert.equal(outside.length, 12);
    for (const [row, set] of outside) assert.match(remark(set, "unseen-word"), new RegExp(`c "odd" \\(row ${row + 2}\\)`));
  });
  test("too few rows are one sentence", () => refuses(() => dataSetOf(table("x,y\n1,a\n2,b\n3,a\n")), "too-few-rows", /3 rows/));
});

describe("later rows", () => {
  const train = "a,b,c,y\n" + rowsOf(12, (i) => `${i * i},${i % 5},${["red", "blue"][i % 2]},${["no", "yes"][i % 3 === 0 ? 1 : 0]}`);
  const { schema } = learn(train);
  const plain = readRows("a,b,c\n4,2,red\n9,3,blue\n", "r.csv", schema);
  test("are found by the names of their columns, in any order; more columns are said, the label may be there", () => {
    const mixed = readRows("more,c,y,a,b\nk,red,yes,4,2\nk,blue,no,9,3\n", "r.csv", schema);
    assert.deepEqual(mixed.x, plain.x);
    assert.deepEqual([plain.y, [...mixed.y!]], [undefined, [1, 0]]);
    assert.match(remark(mixed, "extra-columns"), /more/);
    assert.deepEqual(mixed.rowNumbers, [2, 3]);
  });
  test("that lack a column are refused with its name, and the nearest", () => {
    refuses(() => readRows("a,c\n1,red\n", "r.csv", schema), "missing-columns", /no column "b"/);
    const long = learn(train.replace("a,b,c,y", "petal width,b,c,y")).schema;
    refuses(() => readRows("petal_width,b,c\n1,2,red\n", "r.csv", long), "missing-columns", /rename "petal_width" to "petal width" in its header/);
  });
  test("need not have the columns that were left out", () => {
    const own = learn("id,k,x,y\n" + rowsOf(12, (i) => `${i},5,${i % 5},${"ab"[i % 2]}`)).schema;
    assert.equal(readRows("x\n3\n", "r.csv", own).x.length, 1);
    assert.equal(readRows("3\n", "r.csv", own).x.length, 1);
    assert.deepEqual(readRows("7,5,3\n", "r.csv", own).x, readRows("x\n3\n", "r.csv", own).x);
  });
  test("without a header are taken in the order of training where they fit, and it is said", () => {
    const bare = readRows("4,2,red\n9,3,blue\n", "r.csv", schema);
    assert.deepEqual(bare.x, plain.x);
    assert.deepEqual(bare.rowNumbers, [1, 2]);
    assert.match(remark(bare, "no-header"), /a, b, c/);
    refuses(() => readRows("4,2\n", "r.csv", schema), "no-header", /2 cells a row.*3 columns/);
    refuses(() => readRows("4,x,red\n", "r.csv", schema), "bad-cell", /row 1, column "b": "x"/);
    const words = learn("colour,y\nred,a\nblue,b\nred,b\nblue,a\n").schema;
    assert.deepEqual([...readRows("red\nblue\n", "r.csv", words).x], [0, 1, 1, 0]);
    refuses(() => readRows("color\nred\n", "r.csv", words), "missing-columns", /rename "color" to "colour"/);
    refuses(() => readRows("k,l,m\n1,2,red\n", "r.csv", schema), "missing-columns", /"a", "b", "c"/);
  });
  test("with classes that training did not have are named, and count as none", () => {
    const strange = readRows("a,b,c,y\n1,2,red,maybe\n1,2,red,\n1,2,red,no\n", "r.csv", schema);
    assert.deepEqual([...strange.y!], [-1, -1, 0]);
    assert.deepEqual([strange.unseenLabels, plain.unseenLabels], [1, 0]);
    assert.match(remark(strange, "unseen-class"), /"maybe" \(row 2\)/);
  });
  test("with a bad cell are refused by row and column", () => refuses(() => readRows("a,b,c\n1,2,red\n1,x,red\n3,4,red\n", "r.csv", schema), "bad-cell", /r\.csv, row 3, column "b": "x" is not a number/));
  test("a single bad row is refused too", () => refuses(() => readRows("a,b,c\n1,x,red\n", "r.csv", schema), "bad-cell", /row 2, column "b"/));
  test("the schema survives JSON", () => assert.deepEqual(readRows("4,2,red\n9,3,blue\n", "r.csv", JSON.parse(JSON.stringify(schema)) as Schema).x, plain.x));
});

test("scores become names of classes, or numbers in the unit of the table", () => {
  const classes: Schema = { inputs: [], label: { kind: "class", name: "y", classes: ["a", "b", "c"] } };
  assert.deepEqual(decode(classes, Float64Array.of(1, 2, 0, 5, 5, 1, -3, -2, -1)), ["b", "a", "c"]);
  assert.deepEqual(decode({ inputs: [], label: { kind: "number", name: "y", mean: 10, deviation: 2 } }, [0, 1, -0.5]), [10, 12, 9]);
});

test("no table ends in anything but a data set of finite numbers or a diagnostic", () => {
  const cell = fc.oneof(fc.constantFrom("1", "2", "3.5", "x", "y", "red", "", "?", "-", "+", "NA", "1e999", "1,5", "0x1"), fc.double().map(String), fc.string());
  const rows = fc.integer({ min: 1, max: 4 }).chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 2, maxLength: 25 }));
  fc.assert(
    fc.property(rows, (given) => {
      try {
        const text = given.map((row) => row.map((v) => `"${v.replaceAll('"', '""')}"`).join(",")).join("\n");
        const set = dataSetOf(table(text));
        for (const { x, y } of [set.train, set.validation, set.test]) assert.ok(x.every(Number.isFinite) && y.every(Number.isFinite) && y.length > 0);
      } catch (error) {
        assert.ok(error instanceof Diagnostic, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
