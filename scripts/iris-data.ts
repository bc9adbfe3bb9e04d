/**
 * Makes the data file of iris from the table as scikit-learn packs it: a header, and every flower with the name of its
 * species instead of a number.
 *
 *   node scripts/iris-data.ts iris.csv
 */
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

const notice =
  'R. A. Fisher, "Iris", UCI Machine Learning Repository, licence CC BY 4.0 ' +
  "(https://creativecommons.org/licenses/by/4.0/): 150 flowers, as packed by scikit-learn 1.2.1. Changed in form only: a " +
  "header, and the species by name.";

const header = "sepal length,sepal width,petal length,petal width,species";

const make = (source: string): void => {
  const [first, ...lines] = readFileSync(source, "utf8").trim().split(/\r?\n/);
  const [rows, columns, ...species] = first!.split(",");
  const wrong = lines.findIndex((line) => !/^(\d\.\d,){4}[012]$/.test(line));
  if (rows !== "150" || columns !== "4" || lines.length !== 150 || wrong >= 0) {
    throw new Error(`${source}: not iris (${lines.length} rows, first wrong row ${wrong})`);
  }
  const named = lines.map((line) => JSON.stringify(line.replace(/\d$/, (label) => species[Number(label)]!)));
  const json = `{\n  "notice": ${JSON.stringify(notice)},\n  "header": ${JSON.stringify(header)},\n  "rows": [\n    ${named.join(",\n    ")}\n  ]\n}\n`;
  writeFileSync(fileURLToPath(new URL("../src/data/iris.json", import.meta.url)), json);
};

const [source] = argv.slice(2);
if (source === undefined) throw new Error("usage: node scripts/iris-data.ts <iris.csv>");
make(source);
