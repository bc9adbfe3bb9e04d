/** The data that a command is given: a word for a set that comes with chainrule, a table, or a folder of idx files. */
import type { DataSet, Remark } from "../data/data-set.ts";
import { readCsv } from "../data/csv.ts";
import type { EncodedRows, EncodeOptions } from "../data/encode.ts";
import { dataSetOf, type TableOptions } from "../data/from-table.ts";
import { encodeImages, dataSetOfImages } from "../data/images.ts";
import { readRows } from "../data/prediction.ts";
import type { Schema } from "../data/schema.ts";
import { dataSets } from "../data/sets.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { lookUp, missingFile, readInput, readText } from "./files.ts";
import { readImageFolder } from "./idx-folder.ts";
import type { Io } from "./io.ts";

/** Bytes of a table that are read: 256 MiB. */
const mostBytes = 256 * 2 ** 20;

const checkTableSize = (bytes: number, file: string): void => {
  if (bytes <= mostBytes) return;
  const [there, most] = [bytes, mostBytes].map((count) => count.toLocaleString("en-US"));
  throw new Diagnostic("file-too-large", `${file} has at least ${there} bytes; of a table at most 256 MiB (${most}) are read.`, {
    help: "take a part of its rows",
  });
};

const isTable = (word: string): boolean => /\.(?:csv|tsv)$/i.test(word);

/** What stands in a word's place: a set by name, a table, a folder. */
type Source = { readonly kind: "set"; readonly load: () => Promise<DataSet> } | { readonly kind: "table" } | { readonly kind: "folder" };

const listOfSets = (): string => [...dataSets.keys()].join(", ");

const otherFile = (path: string): Diagnostic => {
  const help = /\.(?:xlsx?|ods|numbers)$/i.test(path)
    ? "save the sheet as CSV (UTF-8)"
    : /ubyte(?:\.gz)?$/i.test(path)
      ? "give the folder in which the idx files of training and test lie"
      : "if it is a table of text, give it a name that ends in .csv";
  return new Diagnostic("not-a-data-set", `${path} is neither a .csv or .tsv file nor a folder of idx files.`, { help });
};

const unknownSet = (word: string): Diagnostic => {
  const near = nearest(word, dataSets.keys());
  const notes = [`there is ${listOfSets()}; a .csv or .tsv file; or a folder of idx files`];
  const help = near === undefined ? undefined : `did you mean ${near}?`;
  return new Diagnostic("unknown-data-set", `There is no data set "${word}".`, { notes, help });
};

/** @throws Diagnostic `unknown-data-set`, `missing-file`, `not-a-data-set` */
const sourceOf = (word: string, io: Io): Source => {
  const set = dataSets.get(word);
  if (set !== undefined) return { kind: "set", load: set.load };
  // No word at all would be the folder itself.
  const stats = word === "" ? undefined : lookUp(word, io);
  if (stats?.isDirectory() === true) return { kind: "folder" };
  if (isTable(word)) {
    if (stats === undefined) throw missingFile(word, io);
    return { kind: "table" };
  }
  if (stats !== undefined) throw otherFile(word);
  throw /[\\/.]/.test(word) ? missingFile(word, io) : unknownSet(word);
};

/** What is chosen for a table alone has no meaning for data that come with labels and test rows of their own. */
const refuseChoices = (word: string, { label, as, testShare }: TableOptions): void => {
  const given = label !== undefined ? "--label" : as !== undefined ? "--as" : testShare !== undefined ? "--test-share" : undefined;
  if (given === undefined) return;
  throw new Diagnostic("needless-option", `${given} chooses something about a table, but ${word} has labels and test rows of its own.`, {
    help: `leave ${given} out`,
  });
};

/**
 * The data set that a word means: one of `dataSets` by name, a .csv or .tsv file, or a folder with the four idx files.
 * `label`, `as` and `testShare` choose something about tables alone. What was noticed is in its `remarks`.
 * @throws Diagnostic `unknown-data-set`, `not-a-data-set`, `missing-file`, `file-too-large`, `not-text`, `needless-option`,
 * and what reading a table (`dataSetOf`) or idx files (`readIdx`, `dataSetOfImages`) throws
 */
export const openData = async (word: string, options: TableOptions, io: Io): Promise<DataSet> => {
  const source = sourceOf(word, io);
  if (source.kind === "table") return dataSetOf(readCsv(await readText(word, io, checkTableSize), word), options);
  refuseChoices(word, options);
  if (source.kind === "set") return source.load();
  const { train, test } = await readImageFolder(word, ["train", "test"], io);
  return dataSetOfImages(word, train, test);
};

/** Rows for a model that is trained: as it takes them, and what they are called. */
export interface OpenedRows extends EncodedRows {
  readonly name: string;
}

const numbered = (name: string, { x, y, columns }: DataSet["test"], remarks: readonly Remark[]): OpenedRows => ({
  name,
  x,
  y,
  columns,
  unseenLabels: 0,
  rowNumbers: Array.from({ length: y.length }, (_, row) => row + 1),
  remarks,
});

/**
 * Rows to predict or to test by the schema of a run: every row of a .csv or .tsv file or of standard input ("-"), with or
 * without labels; the test rows of a set with a name or of a folder of idx files.
 * @throws Diagnostic `other-data` where a named set is not what the run was trained on, and what `openData` and `readRows` throw
 */
export const openRows = async (word: string, schema: Schema, io: Io, options: EncodeOptions = {}): Promise<OpenedRows> => {
  if (word === "-") return { name: "standard input", ...readRows(await readInput(io, checkTableSize), "standard input", schema, options) };
  const source = sourceOf(word, io);
  if (source.kind === "table") return { name: word, ...readRows(await readText(word, io, checkTableSize), word, schema, options) };
  if (source.kind === "folder") {
    const { test } = await readImageFolder(word, ["test"], io);
    return numbered(word, encodeImages(schema, test), []);
  }
  const set = await source.load();
  if (JSON.stringify(set.schema) !== JSON.stringify(schema)) {
    throw new Diagnostic("other-data", `The columns or classes of ${word} are not those that the model was trained on.`, {
      help: "give the data that the run was trained on, or a table with its columns",
    });
  }
  return numbered(word, set.test, []);
};
