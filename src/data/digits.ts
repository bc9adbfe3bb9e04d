/**
 * The handwritten digits that ship with the library, so that the first training needs no download: 1,797 images of 8x8
 * pixels from the UCI repository, in a fixed split. Both files are loaded only when somebody asks for them.
 */
import { columnMeans, shiftAndScale, takeRows, type Examples, type Parts } from "./examples.ts";

/** The images in three parts, shifted and scaled. */
export interface Digits extends Parts {
  /** Mean of each of the 64 pixels over the training rows, 0 to 16: what was taken away. */
  readonly means: Float64Array;
  /** Who made the images, and their licence. Show it where the data are shown. */
  readonly notice: string;
}

const pixels = 64;

/** Pixels run from 0 to 16. */
const whitest = 16;

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
 * the mean over the training rows; nothing is learned from the others.
 */
export const loadDigits = async (): Promise<Digits> => {
  const [{ default: table }, { default: split }] = await Promise.all([
    import("./digits.json", { with: { type: "json" } }),
    import("./digits-split.json", { with: { type: "json" } }),
  ]);
  const all = read(table.rows);
  const means = columnMeans(takeRows(all, split.train));
  const part = (rows: readonly number[]): Examples => shiftAndScale(takeRows(all, rows), means, 1 / whitest);
  return { train: part(split.train), validation: part(split.validation), test: part(split.test), means, notice: table.notice };
};
