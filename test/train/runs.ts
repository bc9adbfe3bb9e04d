/** Runs for tests: small data of any schema, trained for a moment, and the two files that a run folder holds of them. */
import { key as keyOf, normal, uniform } from "../../src/api/random.ts";
import type { DataSet } from "../../src/data/data-set.ts";
import type { Examples } from "../../src/data/examples.ts";
import { inputsOf, type Schema } from "../../src/data/schema.ts";
import { writeWeights } from "../../src/train/checkpoint.ts";
import type { RunFiles } from "../../src/train/load-run.ts";
import type { RunSettings } from "../../src/train/run.ts";
import { settingsFor, type Settings } from "../../src/train/settings.ts";
import { planOf, train } from "../../src/train/train.ts";

/** Rows of random numbers with random labels, as the schema has them. */
const randomRows = (schema: Schema, rows: number, seed: number): Examples => {
  const columns = inputsOf(schema);
  const x = Float64Array.from(normal(keyOf(seed), [rows, columns]).dataSync());
  const { label } = schema;
  if (label.kind === "number") return { x, y: Float64Array.from(normal(keyOf(seed + 1), [rows]).dataSync()), columns };
  return { x, y: Int32Array.from(uniform(keyOf(seed + 1), [rows]).dataSync(), (u) => Math.floor(u * label.classes.length)), columns };
};

export const randomData = (schema: Schema, name = "random.csv"): DataSet => ({
  name,
  schema,
  remarks: [],
  train: randomRows(schema, 24, 1),
  validation: randomRows(schema, 6, 3),
  test: randomRows(schema, 6, 5),
});

/** The two files of a run that was trained on a data set. */
export const trainedFiles = async (data: DataSet, chosen: Partial<Settings> = {}): Promise<{ readonly settings: string; readonly weights: Uint8Array }> => {
  const plan = planOf(data, settingsFor("random", chosen));
  const events = train(plan);
  for (let next = await events.next(); ; next = await events.next()) {
    if (!next.done) continue;
    const settings: RunSettings = {
      format: 1,
      chainrule: "0.1.0",
      data: { name: data.name, testShare: 0.2, digest: "0".repeat(64) },
      schema: data.schema,
      settings: plan.settings,
      arithmetic: { runtime: "reference interpreter, float64", engine: "v8" },
    };
    return { settings: JSON.stringify(settings, null, 2), weights: writeWeights(next.value.position) } satisfies RunFiles;
  }
};
