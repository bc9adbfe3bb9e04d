/**
 * A position of a training as the bytes of a file, and back: model, state of the optimiser, and how far the run is. The
 * schedule counts with the state, and keys follow from the seed and the position, so nothing else is needed.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { loadModel } from "../nn/saved-model.ts";
import type { Position } from "./fit.ts";
import { openSealed, sealTensors } from "./sealed.ts";

export interface Checkpoint<M> {
  readonly position: Position<M>;
  /** Which run it belongs to (`identityOf`): a position makes no sense under other settings or data. */
  readonly run: string;
  /** How many bytes of `metrics.jsonl` were written when it was made; what stands behind them belongs to steps that are lost. */
  readonly metricsBytes: number;
}

const counts = ["epoch", "batch", "step", "metricsBytes"] as const;

/** The bytes of `checkpoint.safetensors`. */
export const writeCheckpoint = <M>({ position: { model, state, epoch, batch, step }, run, metricsBytes }: Checkpoint<M>): Uint8Array =>
  sealTensors({ model, state }, { format: "1", run, ...Object.fromEntries(Object.entries({ epoch, batch, step, metricsBytes }).map(([name, n]) => [name, String(n)])) });

/**
 * The checkpoint of a file. Tensors must be those of `like`, the position before the first step of the same run; `name`
 * is the file's.
 * @throws Diagnostic `damaged-file`, `other-format`, `weights-do-not-fit`
 */
export const readCheckpoint = <M>(bytes: Uint8Array, like: Position<M>, name: string): Checkpoint<M> => {
  const { metadata } = openSealed(bytes, name);
  const numbers = counts.map((count) => Number(metadata[count]));
  if (metadata["format"] !== "1" || metadata["run"] === undefined || !numbers.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new Diagnostic("other-format", `${name} is no checkpoint that this version of chainrule reads.`, { help: "go on with the version that wrote it" });
  }
  const [epoch, batch, step, metricsBytes] = numbers as [number, number, number, number];
  const { model, state } = loadModel(bytes, { model: like.model, state: like.state });
  return { position: { model, state, epoch, batch, step }, run: metadata["run"], metricsBytes };
};

/** The bytes of `weights.safetensors`: the model alone, for whoever uses it. */
export const writeWeights = <M>({ model, epoch, step }: Position<M>): Uint8Array =>
  sealTensors(model, { format: "1", epoch: String(epoch), step: String(step) });
