/** Stands in until data sets of every kind are opened here. */
import type { DataSet } from "../data/data-set.ts";
import { dataSetOf } from "../data/from-table.ts";
import { readCsv } from "../data/csv.ts";
import { dataSets } from "../data/sets.ts";
import { Diagnostic, nearest } from "../ir/diagnostic.ts";
import { lookUp, readText } from "./files.ts";
import type { Io } from "./io.ts";

export interface DataOptions {
  readonly label?: string | undefined;
  readonly as?: "class" | "number" | undefined;
  readonly testShare?: number | undefined;
}

export const openData = async (word: string, options: DataOptions, io: Io): Promise<DataSet> => {
  const named = dataSets.get(word);
  if (named !== undefined) return named.load();
  if (lookUp(word, io) !== undefined) return dataSetOf(readCsv(await readText(word, io), word), options);
  const near = nearest(word, dataSets.keys());
  throw new Diagnostic("unknown-data-set", `There is no data set "${word}".`, { help: near === undefined ? `there is ${[...dataSets.keys()].join(", ")}` : `did you mean ${near}?` });
};
