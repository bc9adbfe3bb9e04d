/** What a trained model says of rows whose labels nobody knows: scores, and what they mean in the words of the schema. */
import { logSoftmax } from "../api/functions.ts";
import { decode } from "../data/encode.ts";
import { outputsOf, type Schema } from "../data/schema.ts";
import { tensor } from "../trace/tensor.ts";
import type { Settings } from "./settings.ts";
import type { Task } from "./task.ts";

/** What is predicted for one row. */
export interface Prediction {
  /** The name of a class, the first of those with the highest score; or a number in the unit of the data. */
  readonly prediction: string | number;
  /** By class, adding up to 1; from a model that was trained with the softmax loss. */
  readonly probabilities?: Readonly<Record<string, number>>;
  /** By class; from an SVM, whose scores are no probabilities. */
  readonly scores?: Readonly<Record<string, number>>;
}

/** Rows as a model takes them: row by row, `columns` numbers each. */
export interface EncodedInputs {
  readonly x: Float64Array;
  readonly columns: number;
}

/** Rows that go through a model at a time, so that memory does not grow with the file. */
const atOnce = 512;

/** The scores of a model, row by row. */
export const scoresOf = <M>(task: Task<M>, model: M, { x, columns }: EncodedInputs, rows: number, outputs: number): Float64Array => {
  const scores = new Float64Array(rows * outputs);
  for (let from = 0; from < rows; from += atOnce) {
    const to = Math.min(rows, from + atOnce);
    const some = tensor(x.subarray(from * columns, to * columns), { shape: [to - from, columns], name: "x" });
    scores.set(task.scores(model, some).dataSync(), from * outputs);
  }
  return scores;
};

/** What scores mean. `scores` is row by row, one for each class, or one number. */
export const predictionsOf = (scores: Float64Array, schema: Schema, { model }: Pick<Settings, "model">): readonly Prediction[] => {
  const { label } = schema;
  const predictions = decode(schema, scores);
  if (label.kind === "number") return predictions.map((prediction) => ({ prediction }));
  const classes = outputsOf(schema);
  const isSvm = model === "svm";
  const values = isSvm ? scores : logSoftmax(tensor(scores, { shape: [predictions.length, classes] })).exp().dataSync();
  return predictions.map((prediction, row) => {
    const byClass = Object.fromEntries(label.classes.map((name, k) => [name, values[row * classes + k]!]));
    return isSvm ? { prediction, scores: byClass } : { prediction, probabilities: byClass };
  });
};
