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
import { structureOf, taskOf } from "./task.ts";

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
  /**
   * One score for each class, or a standardised number, for each row. Many rows are run by a program of the engine and a
   * few by the interpreter, so the last digits of a row's scores may depend on how many there are.
   */
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
const blankOf = ({ schema, settings }: RunSettings): Network => {
  try {
    return network(key(0), structureOf(settings, schema), { spread: () => 0, dtype: settings.dtype });
  } catch (error) {
    throw error instanceof Diagnostic ? badRun(`settings.hidden asks for too large a layer: ${error.sentence.replace(/^\w+: /, "")}`, error) : error;
  }
};

/** Weights with what their file says of them. */
interface Weights<M> {
  readonly model: M;
  readonly epoch: number;
}

/**
 * The model of `weights.safetensors`, of the structure of `like`: whole, finite, and as it was written.
 * @throws Diagnostic `weights-do-not-fit`, `not-finite`, `damaged-file`, and those of `readSafetensors`
 */
export const readWeights = <M>(weights: Uint8Array, like: M): Weights<M> => {
  let model: M;
  try {
    model = loadModel(weights, like);
  } catch (error) {
    throw ofWeights(error);
  }
  const { metadata } = openSealed(weights, runFiles.weights);
  for (const { name, tensor } of namedTensors(model)) {
    const values = tensor.dataSync();
    const at = values.findIndex((value: number) => !Number.isFinite(value));
    if (at >= 0) throw ofWeights(new Diagnostic("not-finite", `"${name}" holds ${values[at]} at [${indexAt(at, tensor.shape).join(", ")}]`));
  }
  return { model, epoch: Number(metadata["epoch"]) };
};

/**
 * A trained run, in Node or in a page: from the text (or JSON value) of its `settings.json` and the bytes of its
 * `weights.safetensors`. Both may come from anywhere: every field and every range is checked, and the weights must have
 * the shapes that the settings ask for and the bytes that were written.
 *
 * A row is an object of cells by column name, or a list of cells in the order of the columns: numbers, words, and null
 * for what is not known. Columns that the model does not know are passed over. An image is the list of its pixels.
 * @throws Diagnostic `bad-run`, `unknown-format`, `own-file`, `weights-do-not-fit`, `not-finite`, `damaged-file`, and those of `readSafetensors`
 * @example
 * const inputs = [{ kind: "number", name: "x", mean: 0, deviation: 1 }];
 * const label = { kind: "class", name: "side", classes: ["left", "right"] };
 * const settings = {
 *   format: 1,
 *   chainrule: "0.1.0",
 *   data: { name: "points.csv", digest: "0".repeat(64) },
 *   schema: { inputs, label },
 *   settings: settingsFor("points.csv", { model: "softmax", dtype: "float64" }),
 *   arithmetic: { runtime: "reference interpreter, float64", engine: "v8 13.6, x64" },
 * };
 * const weights = sealTensors([{ w: tensor([[-1, 1]]), b: tensor([0, 0]) }], { epoch: "50" });
 * loadRun({ settings, weights }).predict([{ x: 3 }])[0]!.prediction; // "right"
 */
export const loadRun = ({ settings: given, weights }: RunFiles): Run => {
  const settings = readSettings(given);
  const { schema, file } = settings;
  if (file !== undefined) {
    throw new Diagnostic("own-file", `this run was trained from ${file.name}, so settings.json does not say what its model computes`, {
      help: `import the model from ${file.name}, and give its weights back with loadModel(bytes, model) of chainrule/nn`,
    });
  }
  const { model, epoch } = readWeights(weights, blankOf(settings));
  const parts = { settings, schema, task: taskOf(settings.settings, schema), model };
  const encoded = (rows: readonly Row[]) => encode(schema, tableOfRows(schema, rows));
  return {
    ...parts,
    epoch,
    scores: (rows) => [...scoreRows(parts, encoded(rows))].flatMap((scores) => scores.toArraySync() as number[][]),
    predict: (rows) => [...predictRows(parts, encoded(rows))],
  };
};
