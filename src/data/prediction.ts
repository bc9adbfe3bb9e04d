/** Rows that a model has not seen: the text of a table, with or without a header, by the schema of the model. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { readRecords } from "./csv.ts";
import { encode, type EncodedRows } from "./encode.ts";
import type { Schema } from "./schema.ts";
import { isAllNumbers, tableOf, type Records } from "./table.ts";
import { counted, listed } from "./words.ts";

/** Names of the columns that a row has in training, those that were left out too; the label is none of them. */
const namesOf = ({ inputs }: Schema): readonly string[] =>
  inputs.flatMap((input) => (input.kind === "pixels" ? input.shift.map((_, i) => `${input.name} ${i + 1}`) : [input.name]));

const isNumber = (cell: string): boolean => isAllNumbers([cell]);

/** Whether a cell is what the column of that name holds: a number, or a word that the model knows. */
const isKnown = (cell: string, name: string, { inputs }: Schema): boolean => {
  const input = inputs.find((own) => own.name === name);
  return input?.kind === "category" ? input.values.includes(cell) : input?.kind !== "left-out" && isNumber(cell);
};

/** The names of the columns, where no row of the file says them. */
const namesFor = ({ name, rows }: Records, schema: Schema): readonly string[] | undefined => {
  const first = rows[0]!;
  const all = namesOf(schema);
  const known = new Set([...all, schema.label.name]);
  if (first.some((cell) => known.has(cell))) return undefined;
  const used = namesOf({ ...schema, inputs: schema.inputs.filter(({ kind }) => kind !== "left-out") });
  const fits = [used, all].find((names) => names.length === first.length);
  if (fits !== undefined && first.some((cell, i) => isKnown(cell, fits[i]!, schema))) return fits;
  // Names are words: where a cell is a number this is a row.
  if (!first.some(isNumber)) return undefined;
  const what = `${counted(first.length, "cell")} a row are not the ${counted(used.length, "column")} that the model was trained on`;
  throw new Diagnostic("no-header", `${name} has no header, and ${what}.`, {
    help: `put a header above the rows: ${listed(used, 12)}`,
  });
};

/**
 * The rows of a comma-separated text as a model of that schema takes them. Columns are found by the names in the header;
 * a file without one is read if its columns are as many as those of training (all of them, or those that were used), in
 * their order, and the remark `no-header` says so. `name` is what sentences call the text.
 * @throws Diagnostic `no-rows`, `no-header`, `missing-columns`, `bad-cell`, `ragged-row`, `not-text`, `open-quote`, `bad-quotes`, `table-too-large`
 * @example
 * const { schema } = await loadIris();
 * const { x, rowNumbers } = readRows("5.1,3.5,1.4,0.2\n", "flower.csv", schema);
 * [x.length, rowNumbers[0]]; // [4, 1]
 */
export const readRows = (text: string, name: string, schema: Schema): EncodedRows => {
  const records = readRecords(text, name);
  const names = records.rows.length === 0 ? undefined : namesFor(records, schema);
  const table = tableOf(records, names);
  const encoded = encode(schema, table);
  const remarks = [...table.remarks, ...encoded.remarks];
  if (names !== undefined) remarks.unshift({ code: "no-header", says: `${name} has no header: its columns are taken as ${listed(names, 12)}.` });
  return { ...encoded, remarks };
};
