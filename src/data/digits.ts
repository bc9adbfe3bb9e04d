/**
 * The handwritten digits that ship with the library, so that the first training needs no download: 1,797 images of 8x8
 * pixels from the UCI repository, in a fixed split. Both files are loaded only when somebody asks for them.
 */
import type { DataSet } from "./data-set.ts";
import { columnMeans, shiftAndScale, takeRows, type Examples } from "./examples.ts";
import type { Schema } from "./schema.ts";

const pixels = 64;

/** Pixels run from 0 to 16. */
const whitest = 16;

const schemaOf = (means: Float64Array): Schema => ({
  inputs: [{ kind: "pixels", name: "image", shape: [1, 8, 8], shift: Array.from(means), scale: 1 / whitest }],
  label: { kind: "class", name: "digit", classes: Array.from({ length: 10 }, (_, digit) => String(digit)) },
});

const read = (rows: readonly string[]): Examples => {
  const x = new Float64Array(rows.length * pixels);
  const y = new Int32Array(rows.length);
  rows.forEach((row, i) => {
    for (let j = 0; j < pixels; j++) x[i * pixels + j] = parseInt(row[j]!, 17);
    y[i] = Number(row[pixels]);
  });
  return { x, y, columns: pixels };
};

/**
 * 1,077 training, 360 validation and 360 test rows of 64 numbers with labels 0 to 9. The split is the same for
 * everybody and every seed: its list and its rule stand in `digits-split.json`. Each pixel is (value - mean) / 16 with
 * the mean over the training rows, the shift of the schema; nothing is learned from the others. `notice` is there.
 */
export const loadDigits = async (): Promise<DataSet> => {
  const [{ default: table }, { default: split }] = await Promise.all([
    import("./digits.json", { with: { type: "json" } }),
    import("./digits-split.json", { with: { type: "json" } }),
  ]);
  const all = read(table.rows);
  const means = columnMeans(takeRows(all, split.train));
  const part = (rows: readonly number[]): Examples => shiftAndScale(takeRows(all, rows), means, 1 / whitest);
  return {
    name: "digits",
    schema: schemaOf(means),
    train: part(split.train),
    validation: part(split.validation),
    test: part(split.test),
    remarks: [],
    notice: table.notice,
  };
};
