/** What a model is trained on, wherever it came from: rows in three parts, what they mean, and what was noticed. */
import type { Parts } from "./examples.ts";
import type { Schema } from "./schema.ts";

/** Something about the data that whoever trains on them should know. */
export interface Remark {
  /** Stable, as in a Diagnostic: `constant-column`. */
  readonly code: string;
  /** One sentence, with names and numbers. */
  readonly says: string;
  readonly help?: string;
}

export interface DataSet extends Parts {
  /** As it was asked for: `spiral`, `flowers.csv`. */
  readonly name: string;
  readonly schema: Schema;
  readonly remarks: readonly Remark[];
  /** Who made the data, and their licence. Show it where the data are shown. */
  readonly notice?: string;
}
