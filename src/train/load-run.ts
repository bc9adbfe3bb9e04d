/** Reads a run back: from the two files of its folder to a model that takes rows and gives predictions. */
import { key } from "../api/random.ts";
import { encode } from "../data/encode.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { indexAt } from "../ir/shape.ts";
import { namedTensors } from "../nn/named.ts";
import { loadModel } from "../nn/saved-model.ts";
import { network, type Network } from "./network.ts";
import { predictRows, scoreRows, type Prediction, type Predictor } from "./predict.ts";
import { badRun, readSettings } from "./read-settings.ts";
import { tableOfRows, type Row } from "./rows.ts";
import { runFiles, type RunSettings } from "./run.ts";
import { openSealed } from "./sealed.ts";
import { sizesOf, taskOf } from "./task.ts";

/** The bytes of a run folder that a prediction needs. */
export interface RunFiles {
  /** `settings.json`: its text, or the value that it stands for. */
  readonly settings: unknown;
  /** The bytes of `weights.safetensors`. */
  readonly weights: Uint8Array;
}

/** A trained model with what its numbers mean. */
export interface Run extends Predictor<Network> {
  readonly settings: RunSettings;
  /** Passes through the training rows that the weights have behind them; fewer than the settings ask for while it trains. */
  readonly epoch: number;
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
  return new Diagnostic(code, `${runFiles.weights}: ${sentence.replace(/^\w+: /, "")}`, { notes, help, cause });
};

/** A model of the structure that settings ask for; with no spread nothing is drawn, so sizes that are only claimed cost nothing. */
const structureOf = ({ schema, settings }: RunSettings): Network => {
  try {
    return network(key(0), sizesOf(settings, schema), settings.activation, { spread: () => 0 });
  } catch (error) {
    throw error instanceof Diagnostic ? badRun(`settings.hidden asks for too large a layer: ${error.sentence.replace(/^\w+: /, "")}`, error) : error;
  }
};

const readWeights = (weights: Uint8Array, like: Network): Network => {
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
 * the shapes that the settings ask for and the bytes that were written.
 *
 * A row is an object of cells by column name, or a list of cells in the order of the columns: numbers, words, and null
 * for what is not known. Columns that the model does not know are passed over. An image is the list of its pixels.
 * @throws Diagnostic `bad-run`, `unknown-format`, `own-file`, `weights-do-not-fit`, `not-finite`, `damaged-file`, and those of `readSafetensors`
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
  const like = structureOf(settings);
  let model: Network;
  try {
    model = readWeights(weights, like);
  } catch (error) {
    throw ofWeights(error);
  }
  const { metadata } = openSealed(weights, runFiles.weights);
  const parts = { settings, schema, task, model };
  const encoded = (rows: readonly Row[]) => encode(schema, tableOfRows(schema, rows));
  return {
    ...parts,
    epoch: Number(metadata["epoch"]),
    scores: (rows) => [...scoreRows(parts, encoded(rows))].flatMap((scores) => scores.toArraySync() as number[][]),
    predict: (rows) => [...predictRows(parts, encoded(rows))],
  };
};
