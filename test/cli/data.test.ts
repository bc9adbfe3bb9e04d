/**
 * What is said about the data that people give, right or wrong, as one table to be read aloud: what is opened as JSON, then
 * rows, remarks or the error. `UPDATE_GOLDEN=1` writes what is said now.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { openData, openRows } from "../../src/cli/data.ts";
import type { Io } from "../../src/cli/io.ts";
import type { Remark } from "../../src/data/index.ts";
import type { TableOptions } from "../../src/data/from-table.ts";
import { Diagnostic } from "../../src/ir/diagnostic.ts";
import { temporaryFolder } from "./support.ts";

const lines = (header: string, count: number, row: (i: number) => string): string => `${header}\n${Array.from({ length: count }, (_, i) => row(i)).join("\n")}\n`;
const letters = ["a", "b"];

const idx = (shape: readonly number[], values: readonly number[]): Uint8Array =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((size) => [size >> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255]), ...values]);
const images = (count: number, first: number) => idx([count, 2, 2], Array.from({ length: 4 * count }, (_, i) => (first + i) % 256));
const labels = (count: number) => idx([count], Array.from({ length: count }, (_, i) => i % 2));

const folder = temporaryFolder({
  "flowers.csv": lines("id,petal length,petal width,colour,country,seen,kind", 24, (i) => `${i + 1},${i === 5 ? "" : (1.5 + (i * 7) % 5)},${(i * 3) % 4}.5,${["red", "blue", "white"][i % 3]},France,note ${i},${i === 9 ? "?" : ["setosa", "virginica"][i % 2]}`),
  "prices.csv": lines("size;rooms;price", 20, (i) => `${30 + i},5;${i % 4};${i === 3 ? "1.200" : 100 + 13 * i},50`),
  "marks.tsv": lines("x\tx\t", 20, (i) => `${i}\t${(i * 5) % 7}\t${i % 3}`),
  "word.csv": lines("x,y", 20, (i) => `${i === 7 || i === 9 ? "tall" : i},${letters[i % 2]}`),
  "comma.csv": lines("x,y", 20, (i) => `${i === 7 ? '"3,5"' : i + 0.5},${letters[i % 2]}`),
  "date.csv": lines("x,y", 20, (i) => `${i === 7 ? "2024-01-31" : i},${letters[i % 2]}`),
  "hex.csv": lines("x,y", 20, (i) => `${i === 7 ? "0x1F" : i},${letters[i % 2]}`),
  "unit.csv": lines("x,y", 20, (i) => `${i === 7 ? "5 cm" : i},${letters[i % 2]}`),
  "infinite.csv": lines("x,y", 20, (i) => `${i === 7 ? "1e999" : i},${letters[i % 2]}`),
  "large.csv": lines("x,y", 20, (i) => `${i === 7 ? "1e200" : i},${letters[i % 2]}`),
  "leak.csv": lines("x,code,kind", 20, (i) => `${(i * 7) % 11},${7 + (i % 2)},${letters[i % 2]}`),
  "again.csv": lines("x,kind", 40, (i) => `${i % 5},${letters[i % 2]}`),
  "rare.csv": lines("x,kind", 20, (i) => `${i},${i === 4 ? "c" : letters[i % 2]}`),
  "few.csv": "x,kind\n1,a\n2,b\n3,a\n",
  "one.csv": "x,kind\n1,a\n2,a\n3,a\n4,a\n",
  "names.csv": lines("x,name", 20, (i) => `${i},n${i}`),
  "nothing.csv": lines("x,kind", 20, (i) => `5,${letters[i % 2]}`),
  "unlabelled.csv": "x,kind\n1,\n2,\n",
  "ragged.csv": "x,y\n1,2\n1,2,3\n",
  "short.csv": "x,y,z\n1,2\n",
  "open.csv": 'x,y\n1,"2\n',
  "behind.csv": 'x,y\n1,"2"3\n',
  "bare.csv": "1,2\n3,4\n",
  "header.csv": "x,y\n",
  "empty.csv": "",
  "latin.csv": Uint8Array.from([0x78, 0xff, 0x0a]),
  "zero.csv": "x,y\0\n",
  "sheet.xlsx": "PK",
  "model.ts": "export {};",
  "huge.csv": "",
});
// Two gigabytes, of which none is written.
truncateSync(join(folder, "huge.csv"), 2 ** 31);
const put = (name: string, files: Readonly<Record<string, Uint8Array>>): void => {
  mkdirSync(join(folder, name));
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, name, file), bytes);
};
const names = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] as const;
const good = { [names[0]]: images(20, 0), [names[1]]: labels(20), [names[2]]: images(4, 100), [names[3]]: labels(4) };
put("none", {});
put("text", { "readme.txt": Uint8Array.of(1) });
put("idx", good);
put("packed", { "train-images.idx3-ubyte.gz": gzipSync(good[names[0]]!), "train-labels.idx1-ubyte.gz": gzipSync(good[names[1]]!), "test-images.idx3-ubyte": good[names[2]]!, "test-images.idx3-ubyte.gz": gzipSync(good[names[2]]!), "test-labels.idx1-ubyte": good[names[3]]! });
put("half", { [names[0]]: images(20, 0), [names[1]]: labels(20) });
put("twice", { ...good, "emnist-train-images-idx3-ubyte": images(20, 0) });
put("count", { ...good, [names[1]]: labels(19) });
put("swapped", { ...good, [names[0]]: labels(20) });
put("cut", { ...good, [names[0]]: images(20, 0).subarray(0, 50) });
put("long", { ...good, [names[1]]: Uint8Array.from([...labels(20), 0]) });
put("gone", { ...good, [`${names[0]}.gz`]: gzipSync(images(20, 0)).subarray(0, 30), [names[0]]: Uint8Array.of(0x1f, 0x8b, 8, 0) });
put("class", { ...good, [names[3]]: idx([4], [0, 1, 9, 0]) });
put("wide", { ...good, [names[2]]: idx([4, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8]) });

const golden = new URL("data.golden.txt", import.meta.url);

interface Asked {
  readonly open?: string;
  readonly with?: TableOptions;
  /** Rows for a model of `of`, whose table has `label`. */
  readonly rows?: string;
  readonly of?: string;
  readonly input?: string;
}

const ioWith = (input = ""): Io => {
  const silent = { write: () => {}, isTTY: false, columns: undefined };
  const chunks = async function* () {
    yield new TextEncoder().encode(input);
  };
  return { folder, env: {}, in: { isTTY: false, chunks }, out: silent, err: silent };
};

const remarkText = ({ code, says, help }: Remark): readonly string[] => [`${code}: ${says}`, ...(help === undefined ? [] : [`  help: ${help}`])];

const said = async ({ open, with: options = {}, rows, of, input }: Asked): Promise<readonly string[]> => {
  try {
    if (open !== undefined) {
      const { train, validation, test: last, schema, remarks } = await openData(open, options, ioWith());
      const inputs = schema.inputs.map(({ kind, name }) => `${name} (${kind})`);
      return [`${train.y.length}, ${validation.y.length} and ${last.y.length} rows of ${train.columns}: ${inputs.join(", ")}`, ...remarks.flatMap(remarkText)];
    }
    const { schema } = await openData(of!, {}, ioWith());
    const { x, y, columns, remarks } = await openRows(rows!, schema, ioWith(input));
    return [`${x.length / columns} rows of ${columns}, ${y === undefined ? "no labels" : `labels ${[...y].slice(0, 4).join(", ")}`}`, ...remarks.flatMap(remarkText)];
  } catch (error) {
    assert.ok(error instanceof Diagnostic, (error as Error).stack);
    return `error[${error.code}]: ${error.message}`.split("\n");
  }
};

const settled = (text: string): string => text.replaceAll(folder, "FOLDER").replaceAll("\\\\", "/").trimEnd();
const textOf = async (asked: Asked): Promise<string> => [JSON.stringify(asked), ...(await said(asked)).map((line) => settled(`    ${line}`))].join("\n");
const blocks = readFileSync(golden, "utf8").trimEnd().split("\n\n");
const askedIn = (block: string): Asked => JSON.parse(block.split("\n", 1)[0]!) as Asked;

if (process.env["UPDATE_GOLDEN"]) {
  const now: string[] = [];
  for (const block of blocks) now.push(await textOf(askedIn(block)));
  writeFileSync(golden, `${now.join("\n\n")}\n`);
}

describe("what is said about data", () => {
  for (const block of blocks) test(block.split("\n", 1)[0]!, async () => assert.equal(await textOf(askedIn(block)), block));
});

test("every code that the data layer and its command can say stands in that table or in a test of its own", () => {
  const elsewhere = ["out-of-memory", "table-too-large", "idx-type", "not-idx"];
  const files = ["cells", "columns", "csv", "encode", "from-table", "gunzip", "idx", "images", "label", "leaks", "learn", "prediction", "split", "table"].map((name) => `data/${name}`);
  const text = [...files, "cli/data", "cli/idx-folder"].map((name) => readFileSync(new URL(`../../src/${name}.ts`, import.meta.url), "utf8")).join("\n");
  const known = new Set([...text.matchAll(/new Diagnostic\(\s*"([a-z-]+)"|code: "([a-z-]+)"/g)].map(([, error, remark]) => error ?? remark!));
  const shown = blocks.join("\n");
  assert.ok(known.size > 30);
  assert.deepEqual([...known].filter((code) => !elsewhere.includes(code) && !new RegExp(`(?:error\\[|^ {4})${code}\\b`, "m").test(shown)), []);
});

test("rows of standard input, of a table and of a named set are those of the model", async () => {
  const digits = await openData("digits", {}, ioWith());
  const rows = await openRows("digits", digits.schema, ioWith());
  assert.deepEqual([rows.x, rows.y, rows.rowNumbers.length], [digits.test.x, digits.test.y, 360]);
  const packed = await openData("packed", {}, ioWith());
  const plain = await openData("idx", {}, ioWith());
  assert.deepEqual({ ...packed, name: "" }, { ...plain, name: "" });
  assert.deepEqual((await openRows("packed", plain.schema, ioWith())).x, plain.test.x);
});
