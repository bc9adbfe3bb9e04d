/**
 * What a run folder holds, as data: `settings.json` (this), `metrics.jsonl` (an event a line), `weights.safetensors`
 * and `checkpoint.safetensors`. Reading and writing files is the command's business; a page fetches the same bytes.
 */
import type { Schema } from "../data/schema.ts";
import { hex, sha256 } from "../ir/sha256.ts";
import type { Settings } from "./settings.ts";

/** The files of a run folder. */
export const runFiles = {
  settings: "settings.json",
  metrics: "metrics.jsonl",
  weights: "weights.safetensors",
  checkpoint: "checkpoint.safetensors",
} as const;

/** Something that a run reads again when it goes on. */
export interface Source {
  /** As it was asked for: a word such as `digits`, or the path of a file or folder. */
  readonly name: string;
  /** From the run folder to the file or folder, with forward slashes; absent for a word. */
  readonly path?: string;
  /** SHA-256, hexadecimal: of a file's bytes, or of the rows as they are trained on. */
  readonly digest: string;
}

/** Where the rows came from, so that they can be found again and known to be the same. */
export interface DataSource extends Source {
  /** The column that is learned, where one was named. */
  readonly label?: string;
  readonly as?: "class" | "number";
  /** Share of the rows kept for the test, where one was named. */
  readonly testShare?: number;
}

/** What bits depend on besides data and settings: a run that goes on under another arithmetic ends in other bits. */
export interface Arithmetic {
  /** What computes, such as `WebAssembly, fused multiply-add, float64`. */
  readonly runtime: string;
  /** The engine whose exp, log and sin are used, and the processor's kind, such as `v8 13.6, x64`. */
  readonly engine: string;
}

export interface RunSettings {
  readonly format: 1;
  /** The version of chainrule that wrote it. */
  readonly chainrule: string;
  readonly data: DataSource;
  readonly schema: Schema;
  readonly settings: Settings;
  /** A file of the user's own with a model and a loss; absent for a network that settings build. */
  readonly file?: Source;
  readonly arithmetic: Arithmetic;
}

/**
 * What a run is: data, model and settings in 64 characters. How many epochs it has counts only where the learning rate
 * depends on them, so that a run with a constant one can be made longer.
 */
export const identityOf = ({ data, file, settings: { epochs, ...settings } }: RunSettings): string => {
  const whole = settings.schedule === "constant" ? settings : { ...settings, epochs };
  // Runs of earlier versions did not say that they were float64.
  const said = Object.entries(whole).filter(([name, value]) => !(name === "dtype" && value === "float64"));
  const sorted = said.sort(([a], [b]) => (a < b ? -1 : 1));
  return hex(sha256(JSON.stringify([data.digest, file?.digest ?? null, sorted])));
};
