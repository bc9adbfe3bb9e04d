/**
 * Makes the two data files of the digits from the table as scikit-learn packs it: every row as one line of text, and the
 * fixed split.
 *
 *   node scripts/digits-data.ts digits.csv.gz
 */
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { deal, rule } from "./deal.ts";

const notice =
  'E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, licence ' +
  "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/): the set's test part, 1,797 images of 8x8 pixels, as packed " +
  "by scikit-learn 1.2.1. Changed in form only: one character a pixel.";

const form = "each row: 64 pixels from the top left, one character each (0 to 9, a = 10 to g = 16), then the digit";

/** One value a line would make a file that nobody can look at. */
const lines = (values: readonly number[]): string => {
  const rows: string[] = [];
  for (let i = 0; i < values.length; i += 20) rows.push(`    ${values.slice(i, i + 20).join(", ")}`);
  return `[\n${rows.join(",\n")}\n  ]`;
};

const make = (source: string): void => {
  const text = gunzipSync(readFileSync(source)).toString("utf8").trim();
  const table = text.split("\n").map((line) => line.split(",").map(Number));
  const fits = (v: number, i: number): boolean => Number.isInteger(v) && v >= 0 && v <= (i < 64 ? 16 : 9);
  const wrong = table.findIndex((row) => row.length !== 65 || !row.every(fits));
  if (table.length !== 1797 || wrong >= 0) {
    throw new Error(`${source}: not the digits (${table.length} rows, first wrong row ${wrong})`);
  }
  const rows = table.map((row) => JSON.stringify(row.map((v) => v.toString(17)).join("")));
  const write = (name: string, json: string): void =>
    writeFileSync(fileURLToPath(new URL(`../src/data/${name}`, import.meta.url)), json);
  const head = (fields: Record<string, string>): string =>
    Object.entries(fields).map(([name, value]) => `  "${name}": ${JSON.stringify(value)},\n`).join("");
  write("digits.json", `{\n${head({ notice, form })}  "rows": [\n    ${rows.join(",\n    ")}\n  ]\n}\n`);
  const { train, validation, test } = deal(table.map((row) => row[64]!));
  const lists = Object.entries({ train, validation, test }).map(([part, list]) => `  "${part}": ${lines(list)}`);
  write("digits-split.json", `{\n${head({ rule })}${lists.join(",\n")}\n}\n`);
};

const [source] = argv.slice(2);
if (source === undefined) throw new Error("usage: node scripts/digits-data.ts <digits.csv.gz>");
make(source);
