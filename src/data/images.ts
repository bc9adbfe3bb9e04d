/** Images with labels from idx files, as a data set. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { DataSet } from "./data-set.ts";
import type { Examples } from "./examples.ts";
import type { Idx } from "./idx.ts";
import { sharedRows } from "./leaks.ts";
import { room } from "./room.ts";
import type { PixelColumns, Schema } from "./schema.ts";
import { splitKey, splitRows } from "./split.ts";
import { counted, listed } from "./words.ts";

/** Images [rows, ...] and their labels [rows]. */
export interface LabelledImages {
  readonly images: Idx;
  readonly labels: Idx;
}

/** @throws Diagnostic `idx-mismatch` */
const checkPair = ({ images, labels }: LabelledImages): void => {
  const problem = (sentence: string): Diagnostic =>
    new Diagnostic("idx-mismatch", sentence, { operands: [images, labels], help: "one label belongs to each image, in the same order" });
  if (images.shape.length < 2) throw problem(`${images.name} should hold images, but its shape is ${shapeText(images.shape)}.`);
  if (labels.shape.length !== 1) throw problem(`${labels.name} should hold labels, but its shape is ${shapeText(labels.shape)}.`);
  const [rows, count] = [images.shape[0]!, labels.shape[0]!];
  if (rows !== count) throw problem(`${images.name} has ${counted(rows, "image")}, and ${labels.name} has ${counted(count, "label")}.`);
  if (images.values.length === 0) throw problem(`${images.name} has no pixels.`);
};

/** [channels, height, width], of images with any number of sizes. */
const imageShape = ([, ...sizes]: readonly number[]): PixelColumns["shape"] => {
  const [width, height, channels] = sizes.reverse();
  return [channels ?? 1, height ?? 1, width!];
};

const brightest = 255;

const meansOf = (bytes: Uint8Array, rows: Int32Array, pixels: number): Float64Array => {
  const sums = new Float64Array(pixels);
  for (const row of rows) for (let j = 0, at = row * pixels; j < pixels; j++) sums[j]! += bytes[at + j]!;
  return sums.map((sum) => sum / rows.length);
};

/**
 * Images as numbers of float32 by a schema of pixels, (pixel - shift) * scale; labels as classes of that schema. `rows` are those
 * asked for, all unless said.
 * @throws Diagnostic `idx-mismatch` where count, size or a label do not fit
 */
export const encodeImages = (schema: Schema, pair: LabelledImages, rows?: Int32Array): Examples => {
  checkPair(pair);
  const { images, labels } = pair;
  const { label } = schema;
  const pixels = schema.inputs.find((input) => input.kind === "pixels");
  const shape = imageShape(images.shape);
  if (pixels === undefined || label.kind !== "class" || pixels.shape.join() !== shape.join()) {
    const wanted = pixels === undefined ? "the model was trained on none" : `those of training have ${shapeText(pixels.shape)}`;
    throw new Diagnostic("idx-mismatch", `${images.name} has images of ${shapeText(shape)}, and ${wanted}.`);
  }
  const classes = new Map(label.classes.map((name, i) => [Number(name), i]));
  const columns = pixels.shift.length;
  const chosen = rows ?? Int32Array.from({ length: labels.values.length }, (_, i) => i);
  const shift = Float64Array.from(pixels.shift);
  const x = room(images.name, chosen.length, columns, "float32");
  const y = new Int32Array(chosen.length);
  chosen.forEach((row, i) => {
    const found = classes.get(labels.values[row]!);
    if (found === undefined) {
      throw new Diagnostic("idx-mismatch", `${labels.name}: label ${row + 1} is ${labels.values[row]}, which no training image has.`, {
        help: `the labels of the training images are ${listed(label.classes, 12)}`,
      });
    }
    y[i] = found;
    for (let j = 0, from = row * columns, to = i * columns; j < columns; j++) x[to + j] = (images.values[from + j]! - shift[j]!) * pixels.scale;
  });
  return { x, y, columns };
};

/**
 * Training and test images as a data set. As many validation rows as there are test rows, but at most a fifth, are taken
 * from the training images by the key of every split; pixels are (pixel - mean) / 255, with one mean for each pixel over
 * the training rows. `name` is what sentences call it.
 * @throws Diagnostic `idx-mismatch`, `constant-label`, `too-few-rows`
 */
export const dataSetOfImages = (name: string, train: LabelledImages, test: LabelledImages): DataSet => {
  checkPair(train);
  checkPair(test);
  const labels = Int32Array.from(train.labels.values);
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  if (classes.length < 2) {
    throw new Diagnostic("constant-label", `${train.labels.name}: every label is ${classes[0]}, so there is nothing to learn.`);
  }
  const validationShare = Math.min(1 / 5, test.labels.values.length / labels.length);
  const parts = splitRows(labels, { testShare: 0, validationShare }, splitKey());
  const shape = imageShape(train.images.shape);
  const pixels: PixelColumns = {
    kind: "pixels",
    name: "image",
    shape,
    shift: Array.from(meansOf(train.images.values, parts.train, shape[0] * shape[1] * shape[2])),
    scale: 1 / brightest,
  };
  const schema: Schema = { inputs: [pixels], label: { kind: "class", name: "class", classes: classes.map(String) } };
  const encoded = {
    train: encodeImages(schema, train, parts.train),
    validation: encodeImages(schema, train, parts.validation),
    test: encodeImages(schema, test),
  };
  return { name, schema, ...encoded, remarks: sharedRows(encoded) };
};
