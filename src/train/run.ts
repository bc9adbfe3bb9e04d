/**
 * What a run folder holds, as data: `settings.json` (this), `metrics.jsonl` (an event a line), `weights.safetensors`
 * and `checkpoint.safetensors`. Reading and writing files is the command's business; a page fetches the same bytes.
 */
import type { Schema } from "../data/schema.ts";
import type { Settings } from "./settings.ts";

/** Where the rows came from, so that they can be found again and known to be the same. */
export interface DataSource {
  /** As it was asked for: a word such as `digits`, or the path of a file or folder. */
  readonly name: string;
  /** The column that is learned, where one was named. */
  readonly label?: string;
  readonly as?: "class" | "number";
  readonly testShare: number;
  /** SHA-256 of the bytes, hexadecimal, for files. */
  readonly digest?: string;
}

/** What bits depend on besides data and settings: a run that goes on under another arithmetic ends in other bits. */
export interface Arithmetic {
  /** What computes, such as `reference interpreter, float64`. */
  readonly runtime: string;
  /** The engine whose exp, log and sin are used, such as `v8 13.6`. */
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
  readonly file?: string;
  readonly arithmetic: Arithmetic;
}
