/**
 * A model and a loss out of the user's own file, as a task like any other. The file exports `model` (a tree of tensors,
 * or a function of a key that makes one) and `loss(model, { x, y }, key)`; `scores(model, x)` and `data` if it likes. The key
 * is there while training, for dropout, and not where the model is measured.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { key as keyOf } from "../api/random.ts";
import { valueAndGrad } from "../api/transforms.ts";
import type { DataSet } from "../data/data-set.ts";
import { batchOver, inType, takeRows, type Batch } from "../data/examples.ts";
import { outputsOf } from "../data/schema.ts";
import { Diagnostic, shapeText, type Place } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { isFloat } from "../ir/dtype.ts";
import { penalty } from "../nn/penalties.ts";
import { describe } from "../ops/forms/entry.ts";
import { Tensor } from "../trace/tensor.ts";
import { leavesOf } from "../trace/tree.ts";
import { floatsOf } from "../train/floats.ts";
import type { Settings } from "../train/settings.ts";
import { measure, objective, streamsOf, type Task } from "../train/task.ts";
import type { Plan } from "../train/train.ts";
import type { Io } from "./io.ts";
import { placeAt } from "./model-errors.ts";
import { declarationOf, inUsersCode, loadModule, localFiles, withUsersLine } from "./model.ts";

type Model = unknown;

export interface UserModel {
  readonly file: string;
  /** SHA-256 of the file and of the user's other files that it imports. */
  readonly digest: string;
  /** What it says it is trained on: a word, a path, or arrays. */
  readonly data: unknown;
  /** Where it says that. */
  readonly dataPlace: Place | undefined;
  /** @throws Diagnostic for whatever is wrong with model, loss or scores on these data, at its line */
  readonly planOf: (data: DataSet, settings: Settings) => Plan<Model>;
}

const roles = {
  model: "export const model = (key: Tensor) => ({ w: normal(key, [2, 1]) })",
  loss: "export const loss = (model, { x, y }) => x.matmul(model.w).sub(y).sq().mean()",
  scores: "export const scores = (model, x) => x.matmul(model.w)",
} as const;

/** Loads a file with a model. @throws Diagnostic `no-model`, `no-loss`, `not-a-function`, and those of `loadModule` */
export const loadUserModel = async (file: string, io: Io): Promise<UserModel> => {
  const { text, exported } = await loadModule(file, io);
  const placeOf = (name: string): Place | undefined => {
    const found = declarationOf(name, text);
    return found && { ...placeAt(resolve(io.folder, file), found.line, found.column, text, io), length: name.length };
  };
  const wrong = (code: string, sentence: string, name: string, help: string): Diagnostic => new Diagnostic(code, sentence, { place: placeOf(name), help });
  const missing = (name: "model" | "loss"): Diagnostic => {
    const near = nearest(name, Object.keys(exported));
    const help = placeOf(name) ? `write "export" before it` : near === undefined ? `for example: ${roles[name]}` : `it exports ${near}; did you mean ${name}?`;
    return wrong(`no-${name}`, `${file} exports no ${name}.`, name, help);
  };
  const { model, loss, scores, data } = exported;
  if (model === undefined) throw missing("model");
  if (loss === undefined) throw missing("loss");
  for (const [name, value] of Object.entries({ loss, scores })) {
    if (typeof value === "function" || (name === "scores" && value === undefined)) continue;
    throw wrong("not-a-function", `${name} of ${file} is ${describe(value)}, not a function.`, name, `for example: ${roles[name as "loss"]}`);
  }
  const call = <T>(name: string, run: () => T): T => inUsersCode(run, name, io);

  const made = (key: Tensor): Model => {
    const tree = typeof model === "function" ? call("model", () => (model as (key: Tensor) => unknown)(key)) : model;
    const leaves = call("model", () => leavesOf(tree));
    if (!leaves.some(({ tensor }) => isFloat(tensor.dtype))) {
      const found = leaves.length === 0 ? `is ${describe(tree)}, without a tensor in it` : `has no tensor of float64 or float32`;
      throw wrong("no-parameters", `The model of ${file} ${found}, so there is nothing to train.`, "model", `for example: ${roles.model}`);
    }
    return tree;
  };
  const lossOfModel = (at: Model, batch: Batch, key?: Tensor): Tensor => {
    const out = call("loss", () => (loss as (model: Model, batch: Batch, key?: Tensor) => unknown)(at, batch, key));
    if (out instanceof Tensor && out.rank === 0 && isFloat(out.dtype)) return out;
    if (!(out instanceof Tensor)) throw wrong("bad-loss", `The loss is ${describe(out)}, not a tensor of one number.`, "loss", "compute it with the library's operations, and return the result");
    const what = out.rank === 0 ? `of type ${out.dtype}` : `a tensor ${shapeText(out.shape)}`;
    throw withUsersLine(new Diagnostic("bad-loss", `The loss is ${what}, not one number that has a gradient.`, { place: out.node.site?.place ?? placeOf("loss"), help: "end it with .mean() or .sum()" }), io);
  };
  const scoresOf = (at: Model, x: Tensor, outputs: number): Tensor => {
    if (scores === undefined) {
      throw new Diagnostic("no-scores", `${file} exports no scores, so its model predicts nothing.`, { help: `for example: ${roles.scores}` });
    }
    const out = call("scores", () => (scores as (model: Model, x: Tensor) => unknown)(at, x));
    const rows = x.shape[0] as number;
    const fits = out instanceof Tensor && out.shape[0] === rows && (out.rank === 2 ? out.shape[1] === outputs : out.rank === 1 && outputs === 1);
    if (fits) return out;
    const found = out instanceof Tensor ? `give a tensor ${shapeText(out.shape)}` : `give ${describe(out)}`;
    const place = (out instanceof Tensor ? out.node.site?.place : undefined) ?? placeOf("scores");
    const wanted = outputs === 1 ? "a number for each row" : `a score for each of the ${outputs} classes`;
    throw withUsersLine(new Diagnostic("bad-scores", `The scores ${found} for ${rows} rows, not ${shapeText([rows, outputs])}: ${wanted}.`, { place, help: `for example: ${roles.scores}` }), io);
  };

  const planOf = (rows: DataSet, settings: Settings): Plan<Model> => {
    const outputs = outputsOf(rows.schema);
    const task: Task<Model> = {
      kind: scores === undefined ? "loss" : rows.schema.label.kind,
      scores: (at, x) => scoresOf(at, x, outputs),
      lossOfModel,
      loss: () => {
        throw new Diagnostic("no-loss-of-scores", `The loss of ${file} is a function of the model, not of scores.`);
      },
      penalty: (at) => penalty(at, { halfL2: settings.l2 }),
    };
    const start = made(streamsOf(keyOf(settings.seed)).weights);
    const plan = { data: rows, settings: { ...settings, dtype: floatsOf(start) }, task, start };
    tryOut(plan, io);
    return plan;
  };
  return { file, digest: digestOf(resolve(io.folder, file)), data, dataPlace: placeOf("data"), planOf };
};

/** Runs everything once, so that what does not fit is said before anything is written. */
const tryOut = ({ task, data: { train }, start, settings: { batch } }: Plan<Model>, io: Io): void => {
  const rows = train.y.length;
  try {
    // The last batch of an epoch is often a smaller one.
    for (const size of new Set([Math.min(batch, rows), rows % batch || Math.min(batch, rows)])) {
      const some = takeRows(train, Array.from({ length: size }, (_, i) => i));
      valueAndGrad((model: Model) => objective(task, model, batchOver(inType(some, floatsOf(start))), keyOf(0)))(start as never);
      measure(task, start, some);
    }
  } catch (error) {
    throw withUsersLine(error, io);
  }
};

const digestOf = (file: string): string => {
  const hash = createHash("sha256");
  for (const each of localFiles(file)) hash.update(readFileSync(each)).update("\0");
  return hash.digest("hex");
};
