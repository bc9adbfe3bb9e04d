/** What a trained model says of rows whose labels nobody knows: scores, and what they mean in the words of the schema. */
import { compile } from "../api/compile.ts";
import { logSoftmax } from "../api/functions.ts";
import { decode, type EncodedRows } from "../data/encode.ts";
import { outputsOf, type Schema } from "../data/schema.ts";
import { tensor, type Tensor } from "../trace/tensor.ts";
import type { RunSettings } from "./run.ts";
import { hasLayers } from "./settings.ts";
import { fewRows, rowsAtOnce, type Task } from "./task.ts";

/** What is predicted for one row. */
export interface Prediction {
  /** The name of a class, the first of those with the highest score; or a number in the unit of the data. */
  readonly prediction: string | number;
  /** By class, adding up to 1; from a model that was trained with the softmax loss. */
  readonly probabilities?: Readonly<Record<string, number>>;
  /** By class; from an SVM or a model of one's own, whose scores are no probabilities. */
  readonly scores?: Readonly<Record<string, number>>;
}

/** A model with what it takes and what it means. */
export interface Predictor<M> {
  readonly settings: Pick<RunSettings, "settings">;
  readonly schema: Schema;
  readonly task: Task<M>;
  readonly model: M;
}

/** The scores of the rows [rows, outputs], some rows at a time. */
export function* scoreRows<M>({ task, model }: Predictor<M>, { x, columns, rowNumbers }: Pick<EncodedRows, "x" | "columns" | "rowNumbers">): Generator<Tensor, void> {
  const rows = rowNumbers.length;
  const scores = rows > fewRows ? (compile(task.scores) as unknown as Task<M>["scores"]) : task.scores;
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    yield scores(model, tensor(x.subarray(from * columns, to * columns), { shape: [to - from, columns], name: "x" })).realize();
  }
}

/** What some scores mean [rows, outputs]: a prediction for each row. */
const predictionsOf = <M>(scores: Tensor, { schema, settings }: Predictor<M>): readonly Prediction[] => {
  const { label } = schema;
  const predictions = decode(schema, scores.dataSync());
  if (label.kind === "number") return predictions.map((prediction) => ({ prediction }));
  const classes = outputsOf(schema);
  const { model } = settings.settings;
  const isSoftmax = model === "softmax" || hasLayers(model);
  const values = (isSoftmax ? logSoftmax(scores).exp() : scores).dataSync();
  return predictions.map((prediction, row) => {
    const byClass = Object.fromEntries(label.classes.map((name, k) => [name, values[row * classes + k]!]));
    return isSoftmax ? { prediction, probabilities: byClass } : { prediction, scores: byClass };
  });
};

/** A prediction for each row, in their order. */
export function* predictRows<M>(predictor: Predictor<M>, rows: Pick<EncodedRows, "x" | "columns" | "rowNumbers">): Generator<Prediction, void> {
  for (const scores of scoreRows(predictor, rows)) yield* predictionsOf(scores, predictor);
}
