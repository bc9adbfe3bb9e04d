/** What is trained, on what: from the words of a command, or from the settings of a run that goes on. */
import { createHash } from "node:crypto";
import { relative, resolve, sep } from "node:path";
import type { DataSet } from "../data/data-set.ts";
import type { TableOptions } from "../data/from-table.ts";
import { dataSets } from "../data/sets.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Arithmetic, DataSource, RunSettings, Source } from "../train/run.ts";
import { settingsFor, type Settings } from "../train/settings.ts";
import { planOf, type Plan } from "../train/train.ts";
import { openData } from "./data.ts";
import type { Io } from "./io.ts";
import type { OpenFolder } from "./run-folder.ts";

export interface Prepared {
  readonly plan: Plan<unknown>;
  /** Without what only the place of the run folder decides. */
  readonly run: RunSettings;
}

/** What was asked for on the command line. */
export interface Asked {
  readonly data: string;
  readonly options: TableOptions;
  readonly settings: Partial<Settings>;
}

/** What the bits of a run depend on here and now, besides data and settings. */
const arithmetic = (): Arithmetic => ({
  runtime: "reference interpreter, float64",
  engine: `v8 ${process.versions.v8.split(".", 2).join(".")}, ${process.arch}`,
});

const version = async (): Promise<string> => (await import("../../package.json", { with: { type: "json" } })).default.version;

/** The rows as they are trained on, in 64 characters. */
const digestOf = ({ schema, train, validation, test }: DataSet): string => {
  const hash = createHash("sha256").update(JSON.stringify(schema));
  for (const { x, y } of [train, validation, test]) {
    for (const { buffer, byteOffset, byteLength } of [x, y]) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
};

/** From the run folder to what was named, with forward slashes. */
const pathFrom = (folder: OpenFolder, name: string, io: Io): string => relative(folder.full, resolve(io.folder, name)).split(sep).join("/");

/** The run, with the way from its folder to the files that it reads: whoever goes on may stand elsewhere. */
export const placed = (run: RunSettings, folder: OpenFolder, io: Io): RunSettings => {
  const place = <S extends Source>(source: S): S => (dataSets.has(source.name) ? source : { ...source, path: pathFrom(folder, source.name, io) });
  return { ...run, data: place(run.data) };
};

const runOf = async (plan: Plan<unknown>, source: Omit<DataSource, "digest">): Promise<RunSettings> => ({
  format: 1,
  chainrule: await version(),
  data: { ...source, digest: digestOf(plan.data) },
  schema: plan.data.schema,
  settings: plan.settings,
  arithmetic: arithmetic(),
});

const sourceOf = (name: string, { label, as, testShare }: TableOptions): Omit<DataSource, "digest"> => ({
  name,
  ...(label === undefined ? {} : { label }),
  ...(as === undefined ? {} : { as }),
  ...(testShare === undefined ? {} : { testShare }),
});

/** @throws Diagnostic those of `openData`, `bad-setting` */
export const prepare = async ({ data: name, options, settings }: Asked, io: Io): Promise<Prepared> => {
  const data = await openData(name, options, io);
  const plan = planOf(data, settingsFor(name, settings)) as Plan<unknown>;
  return { plan, run: await runOf(plan, sourceOf(name, options)) };
};

/**
 * The plan of a run again, from data that must be what they were.
 * @throws Diagnostic `data-changed`; and those of `prepare`
 */
export const prepareAgain = async (run: RunSettings, folder: OpenFolder, io: Io): Promise<Prepared> => {
  const { name, path, digest, label, as, testShare } = run.data;
  const where = path === undefined ? name : relative(io.folder, resolve(folder.full, path)) || ".";
  const data = { ...(await openData(where, { label, as, testShare }, io)), name };
  if (digestOf(data) !== digest) {
    throw new Diagnostic("data-changed", `${where} is not what ${folder.path} was trained on: the rows have changed since.`, {
      help: "put the old rows back to go on, or train anew on these",
    });
  }
  return { plan: planOf(data, run.settings) as Plan<unknown>, run: { ...run, chainrule: await version(), arithmetic: arithmetic() } };
};
