/** Fisher's iris, which ships with the library: a table of the kind that people have themselves. Loaded when asked for. */
import { readCsv } from "./csv.ts";
import type { DataSet } from "./data-set.ts";
import { dataSetOf } from "./from-table.ts";

/**
 * 150 flowers, 4 lengths in cm, 3 species of 50 each, read, split and standardised as any table is: 90 training, 30
 * validation and 30 test rows, the same for everybody and every seed. `notice` says who made the data, and their licence.
 */
export const loadIris = async (): Promise<DataSet> => {
  const { default: table } = await import("./iris.json", { with: { type: "json" } });
  return { ...dataSetOf(readCsv([table.header, ...table.rows].join("\n"), "iris")), notice: table.notice };
};
