/** Rows that a program holds already, as a data set: their numbers go into a model as they are. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { Tensor, tensor } from "../trace/tensor.ts";
import { describe } from "../ops/forms/entry.ts";
import { inOrder } from "./columns.ts";
import type { DataSet } from "./data-set.ts";
import { takeRows, type Examples, type Targets } from "./examples.ts";
import { isFewWhole, type LabelKind } from "./label.ts";
import type { Label } from "./schema.ts";
import { sharesOf, splitKey, splitRows } from "./split.ts";
import { counted, quoted } from "./words.ts";

/** `x` is [rows, columns] (or [rows]: one column), `y` a class or a number for each row. */
export interface Arrays {
  readonly x: unknown;
  readonly y: unknown;
}

export interface ArrayOptions {
  /** Unless said: words are classes, and so are whole numbers of which there are few. */
  readonly as?: LabelKind | undefined;
  /** Share of the rows that are kept for the test; 0.2 unless said. Validation gets the same share. */
  readonly testShare?: number | undefined;
}

const wrong = (sentence: string, help: string): Diagnostic => new Diagnostic("bad-data", sentence, { help });

/** A tensor of whatever holds numbers; what is wrong with nested arrays is said of their name. */
const tensorOf = (value: unknown, what: string): Tensor | undefined => {
  if (value instanceof Tensor) return value;
  if (!ArrayBuffer.isView(value) && !Array.isArray(value)) return undefined;
  try {
    return tensor(value as never);
  } catch (error) {
    if (!(error instanceof Diagnostic)) throw error;
    throw wrong(`${error.sentence.replace(/^tensor/, what)}.`, error.help ?? "give every row the same number of entries");
  }
};

const numbersIn = (value: unknown, what: string): Tensor => {
  const given = tensorOf(value, what);
  if (given === undefined) throw wrong(`${what} is ${describe(value)}, not rows of numbers.`, `write ${what} as nested arrays, a typed array or a tensor`);
  const at = given.dataSync().findIndex((v: number) => !Number.isFinite(v));
  if (at >= 0) throw wrong(`${what} holds ${given.dataSync()[at]} at place ${at}.`, "every number must be finite");
  return given;
};

const rowsOf = (x: unknown): { readonly values: Float64Array; readonly rows: number; readonly columns: number } => {
  const given = numbersIn(x, "x");
  const [rows = 0, columns = 1] = given.shape as readonly number[];
  if (given.rank < 1 || given.rank > 2 || rows === 0 || columns === 0) {
    throw wrong(`x has the shape ${shapeText(given.shape)}, not [rows, columns].`, "give a row of numbers for each example");
  }
  return { values: Float64Array.from(given.dataSync()), rows, columns };
};

const labelled = (y: unknown, rows: number, as: LabelKind | undefined): { readonly label: Label; readonly targets: Targets } => {
  const isWords = Array.isArray(y) && y.some((value) => typeof value === "string");
  const values: readonly (string | number)[] = isWords ? y.map(String) : Array.from(numbersIn(y, "y").dataSync());
  if (values.length !== rows) throw wrong(`y has ${counted(values.length, "value")} for ${counted(rows, "row")} of x.`, "give one class or number for each row");
  if (isWords && as === "number") throw wrong(`y holds the word ${quoted(String(y.find((value) => typeof value === "string")))}, and is to be learned as a number.`, "learn it as classes");
  const isClass = isWords || as === "class" || (as === undefined && isFewWhole(Float64Array.from(values as readonly number[])));
  if (!isClass) return { label: { kind: "number", name: "y", mean: 0, deviation: 1 }, targets: Float64Array.from(values as readonly number[]) };
  const classes: readonly (string | number)[] = isWords ? inOrder(new Set(values as readonly string[])) : [...new Set(values as readonly number[])].sort((a, b) => a - b);
  const places = new Map(classes.map((value, i) => [value, i]));
  return { label: { kind: "class", name: "y", classes: classes.map(String) }, targets: Int32Array.from(values, (value) => places.get(value)!) };
};

/**
 * Arrays as a data set, dealt to training, validation and test rows as a table is. Nothing is scaled, and classes are
 * counted from 0 in the order of their names or numbers.
 * @throws Diagnostic `bad-data`, `too-few-rows`, `bad-setting`
 */
export const dataSetOfArrays = ({ x, y }: Arrays, name: string, { as, testShare }: ArrayOptions = {}): DataSet => {
  const { values, rows, columns } = rowsOf(x);
  const { label, targets } = labelled(y, rows, as);
  const all: Examples = { x: values, y: targets, columns };
  const split = splitRows(targets, sharesOf(testShare), splitKey());
  const inputs = Array.from({ length: columns }, (_, i) => ({ kind: "number", name: `x${i}`, mean: 0, deviation: 1 }) as const);
  return { name, schema: { inputs, label }, train: takeRows(all, split.train), validation: takeRows(all, split.validation), test: takeRows(all, split.test), remarks: [] };
};
