/** Reads a run back: from the two files of its folder to a model that takes rows and gives predictions. */
import { key } from "../api/random.ts";
import { encode } from "../data/encode.ts";
import { outputsOf, type Schema } from "../data/schema.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { indexAt } from "../ir/shape.ts";
import { namedTensors } from "../nn/named.ts";
import { loadModel } from "../nn/saved-model.ts";
import { network, type Network } from "./network.ts";
import { predictionsOf, scoresOf, type Prediction } from "./predict.ts";
import { readSettings } from "./read-settings.ts";
import { tableOfRows, type Row } from "./rows.ts";
import type { RunSettings } from "./run.ts";
import { sizesOf, taskOf, type Task } from "./task.ts";

/** The bytes of a run folder that a prediction needs. */
export interface RunFiles {
  /** `settings.json`: its text, or the value that it stands for. */
  readonly settings: unknown;
  /** The bytes of `weights.safetensors`. */
  readonly weights: Uint8Array;
}

/** A trained model with what its numbers mean. */
export interface Run {
  readonly settings: RunSettings;
  /** How cells become numbers, and what scores mean. */
  readonly schema: Schema;
  readonly task: Task<Network>;
  readonly model: Network;
  /** One score for each class, or a standardised number, for each row. */
  readonly scores: (rows: readonly Row[]) => number[][];
  /** In the order of the rows, one for each. */
  readonly predict: (rows: readonly Row[]) => readonly Prediction[];
}

/** A mistake in the weights, said of the file that holds them. */
const ofWeights = (error: unknown): unknown => {
  if (!(error instanceof Diagnostic)) return error;
  const { code, sentence, notes, cause } = error;
  const help = "settings.json and weights.safetensors are written by one training: put the file back that belongs here, or train again";
  return new Diagnostic(code, `weights.safetensors: ${sentence.replace(/^\w+: /, "")}`, { notes, help, cause });
};

const readWeights = (weights: Uint8Array, { schema, settings }: RunSettings): Network => {
  // The structure alone counts, and with no spread nothing is drawn: sizes that a file claims cost nothing.
  const like = network(key(0), sizesOf(settings, schema), settings.activation, { spread: () => 0 });
  const model = loadModel(weights, like);
  for (const { name, tensor } of namedTensors(model)) {
    const values = tensor.dataSync();
    const at = values.findIndex((value: number) => !Number.isFinite(value));
    if (at >= 0) throw new Diagnostic("not-finite", `"${name}" holds ${values[at]} at [${indexAt(at, tensor.shape).join(", ")}]`);
  }
  return model;
};

/**
 * A trained run, in Node or in a page: from the text (or JSON value) of its `settings.json` and the bytes of its
 * `weights.safetensors`. Both may come from anywhere: every field and every range is checked, and the weights must have
 * the shapes that the settings ask for.
 *
 * A row is an object of cells by column name, or a list of cells in the order of the columns: numbers, words, and null
 * for what is not known. Columns that the model does not know are passed over. An image is the list of its pixels.
 * @throws Diagnostic `bad-run`, `unknown-format`, `own-file`, `weights-do-not-fit`, `not-finite`, and those of `readSafetensors`
 */
export const loadRun = ({ settings: given, weights }: RunFiles): Run => {
  const settings = readSettings(given);
  const { schema, file } = settings;
  if (file !== undefined) {
    throw new Diagnostic("own-file", `this run was trained from ${file.name}, so settings.json does not say what its model computes`, {
      help: `import the model from ${file.name}, and give its weights back with loadModel(bytes, model) of chainrule/nn`,
    });
  }
  const task = taskOf(settings.settings, schema);
  let model: Network;
  try {
    model = readWeights(weights, settings);
  } catch (error) {
    throw ofWeights(error);
  }
  const outputs = outputsOf(schema);
  const flat = (rows: readonly Row[]): Float64Array => scoresOf(task, model, encode(schema, tableOfRows(schema, rows)), rows.length, outputs);
  return {
    settings,
    schema,
    task,
    model,
    scores: (rows) => {
      const all = Array.from(flat(rows));
      return rows.map((_, row) => all.slice(row * outputs, (row + 1) * outputs));
    },
    predict: (rows) => predictionsOf(flat(rows), schema, settings.settings),
  };
};
