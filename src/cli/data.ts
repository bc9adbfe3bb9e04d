/** Stands in until data sets of every kind are opened here. */
import type { DataSet } from "../data/data-set.ts";
import { loadDigits } from "../data/digits.ts";
import { Diagnostic, nearest } from "../ir/diagnostic.ts";
import type { Io } from "./io.ts";

export interface DataOptions {
  readonly label?: string | undefined;
  readonly as?: "class" | "number" | undefined;
  readonly testShare?: number | undefined;
}

export const openData = async (word: string, _options: DataOptions, _io: Io): Promise<DataSet> => {
  if (word !== "digits") {
    const near = nearest(word, ["digits"]);
    throw new Diagnostic("unknown-data-set", `There is no data set "${word}".`, { help: near === undefined ? "there is digits" : `did you mean ${near}?` });
  }
  const { train, validation, test, means, notice } = await loadDigits();
  const schema: DataSet["schema"] = {
    inputs: [{ kind: "pixels", name: "image", shape: [1, 8, 8], shift: [...means], scale: 1 / 16 }],
    label: { kind: "class", name: "digit", classes: Array.from({ length: 10 }, (_, i) => String(i)) },
  };
  return { name: "digits", train, validation, test, schema, remarks: [], notice };
};
