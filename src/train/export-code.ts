/** The parts of an exported module that are the same whatever was learned. */

const types = `/** A number or a word; null for what is not known.
 * @typedef {number | string | boolean | null} Cell */

/** The cells of a row, by the name of their column or in the order of the columns.
 * @typedef {Readonly<Record<string, Cell>> | readonly Cell[]} Row */`;

const imageTypes = `/** The pixels of an image, row by row.
 * @typedef {ArrayLike<number>} Row */`;

const cell = `/**
 * The cell of a column; a number that is not known is as null.
 * @type {(row: Row, name: string, at: number) => Cell}
 */
const cell = (row, name, at) => {
  const value = Array.isArray(row) ? row[at] : Object.hasOwn(row, name) ? /** @type {Record<string, Cell>} */ (row)[name] : undefined;
  if (value === undefined) throw new TypeError(\`The row has no "\${name}"; give null where it is not known.\`);
  return typeof value === "string" ? value.trim() : Number.isNaN(value) ? null : value;
};`;

const number = `/**
 * A number as deviations from the mean of the rows that were learned; one that is not known counts as the mean.
 * @type {(row: Row, name: string, at: number, mean: number, deviation: number) => number}
 */
const number = (row, name, at, mean, deviation) => {
  const value = cell(row, name, at);
  if (value === null || value === "") return 0;
  if (typeof value === "boolean" || !Number.isFinite(Number(value))) throw new TypeError(\`"\${name}" is a number, and not "\${value}".\`);
  return (Number(value) - mean) / deviation;
};`;

const word = `/**
 * A word as 1 at its place in a list and 0 elsewhere; one that is not in the list is all zeros.
 * @type {(row: Row, name: string, at: number, words: string[]) => number[]}
 */
const word = (row, name, at, words) => {
  const value = cell(row, name, at);
  return words.map((each) => (value !== null && String(value) === each ? 1 : 0));
};`;

const pixels = (scale: string): string => `/**
 * The numbers that the model reads of an image.
 * @type {(row: Row) => number[]}
 */
const encode = (row) => {
  if (row.length !== shift.length) throw new TypeError(\`An image has \${shift.length} pixels, and not \${row.length}.\`);
  return shift.map((less, i) => (row[i] - less) * ${scale});
};`;

const linear = `/**
 * The sums of a layer: input times weights, and the biases.
 * @type {(input: number[], layer: { weights: number[][], biases: number[] }) => number[]}
 */
const linear = (input, { weights, biases }) => {
  const sums = biases.map(() => 0);
  for (let i = 0; i < input.length; i++) {
    for (let j = 0; j < sums.length; j++) sums[j] += input[i] * weights[i][j];
  }
  return sums.map((sum, j) => sum + biases[j]);
};`;

const convolution = `/**
 * An image, channel by channel and row by row.
 * @typedef {{ channels: number, height: number, width: number, pixels: number[] }} Image
 *
 * The weights of a filter stand channel by channel, three rows of three for each.
 * @typedef {{ weights: number[][], biases: number[] }} Filters
 */

/**
 * A convolution with windows of 3 x 3; beyond the edge of the image there are zeros.
 * @type {(image: Image, filters: Filters) => Image}
 */
const convolve = ({ channels, height, width, pixels }, { weights, biases }) => {
  const sums = [];
  for (let f = 0; f < biases.length; f++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let c = 0; c < channels; c++) {
          for (let i = Math.max(0, 1 - y); i < Math.min(3, height + 1 - y); i++) {
            for (let j = Math.max(0, 1 - x); j < Math.min(3, width + 1 - x); j++) {
              sum += pixels[(c * height + y + i - 1) * width + x + j - 1] * weights[f][9 * c + 3 * i + j];
            }
          }
        }
        sums.push(sum + biases[f]);
      }
    }
  }
  return { channels: biases.length, height, width, pixels: sums };
};

/**
 * The largest of every window of 2 x 2, or of 1 along a side that has no more.
 * @type {(image: Image) => Image}
 */
const pool = ({ channels, height, width, pixels }) => {
  const [high, wide] = [Math.min(2, height), Math.min(2, width)];
  const [rows, columns] = [Math.floor(height / high), Math.floor(width / wide)];
  const largest = [];
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        let best = -Infinity;
        for (let i = 0; i < high; i++) {
          for (let j = 0; j < wide; j++) best = Math.max(best, pixels[(c * height + y * high + i) * width + x * wide + j]);
        }
        largest.push(best);
      }
    }
  }
  return { channels, height: rows, width: columns, pixels: largest };
};`;

export const helpers = { types, imageTypes, cell, number, word, pixels, convolution, linear };

/** What comes before the dense layers of a cnn. */
const imagePass = ([channels, height, width]: readonly [number, number, number]): string => `  let image = { channels: ${channels}, height: ${height}, width: ${width}, pixels: x };
  for (const filters of convolutions) {
    const { pixels, ...size } = convolve(image, filters);
    image = pool({ ...size, pixels: pixels.map(unit) });
  }
  x = image.pixels;
`;

const hiddenPass = (pieces: number): string => {
  if (pieces === 0) return "";
  if (pieces === 1) return "  for (const layer of hidden) x = linear(x, layer).map(unit);\n";
  const names = Array.from({ length: pieces }, (_, i) => `x${i + 1}`);
  const [first, ...others] = names;
  return `  for (const pieces of hidden) {
    const [${names.join(", ")}] = pieces.map((piece) => linear(x, piece));
    x = ${first}.map((sum, j) => unit(sum, ${others.map((name) => `${name}[j]`).join(", ")}));
  }
`;
};

const scores = ({ image, pieces }: Pass, says: string): string => `/**
 * ${says}
 * @type {(row: Row) => number[]}
 */
export const scores = (row) => {
  ${pieces === 0 && image === undefined ? "const" : "let"} x = encode(row);
${image === undefined ? "" : imagePass(image)}${hiddenPass(pieces)}  return linear(x, output);
};`;

const best = "  const best = all.reduce((best, score, k) => (score > all[best] ? k : best), 0);\n";

const softmax = `/**
 * The class with the highest score, and the probability of each.
 * @type {(row: Row) => { prediction: string, probabilities: Record<string, number> }}
 */
export const predict = (row) => {
  const all = scores(row);
${best}  const below = all.map((score) => score - all[best]);
  const total = Math.log(below.reduce((sum, score) => sum + Math.exp(score), 0));
  const probabilities = Object.fromEntries(classes.map((name, k) => [name, Math.exp(below[k] - total)]));
  return { prediction: classes[best], probabilities };
};`;

const svm = `/**
 * The class with the highest score, and the scores, which are no probabilities.
 * @type {(row: Row) => { prediction: string, scores: Record<string, number> }}
 */
export const predict = (row) => {
  const all = scores(row);
${best}  return { prediction: classes[best], scores: Object.fromEntries(classes.map((name, k) => [name, all[k]])) };
};`;

const regression = `/**
 * The number in its own unit.
 * @type {(row: Row) => { prediction: number }}
 */
export const predict = (row) => ({ prediction: scores(row)[0] * deviation + mean });`;

/** The way of a row: as an image of this shape through convolutions, then through `pieces` linear functions for each hidden unit (0: no hidden layers). */
export interface Pass {
  readonly image: readonly [channels: number, height: number, width: number] | undefined;
  readonly pieces: number;
}

/** What a module exports. */
export const exportsOf = (pass: Pass, kind: "softmax" | "svm" | "number"): readonly string[] => [
  scores(pass, kind === "number" ? "The number in deviations from its mean." : "A score for each class."),
  { softmax, svm, number: regression }[kind],
];
