/** What is trained, on what: from the words of a command, or from the settings of a run that goes on. */
import { createHash } from "node:crypto";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { DataSet } from "../data/data-set.ts";
import { dataSetOfArrays } from "../data/from-arrays.ts";
import type { TableOptions } from "../data/from-table.ts";
import { dataSets } from "../data/sets.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { arithmeticHere } from "../run/target.ts";
import { describe } from "../ops/forms/entry.ts";
import type { Arithmetic, DataSource, RunSettings, Source } from "../train/run.ts";
import { settingsFor, type Settings } from "../train/settings.ts";
import { planOf, type Plan } from "../train/train.ts";
import { openData } from "./data.ts";
import type { Io } from "./io.ts";
import type { OpenFolder } from "./run-folder.ts";
import { loadUserModel, type UserModel } from "./user-model.ts";

export interface Prepared {
  readonly plan: Plan<unknown>;
  /** Without what only the place of the run folder decides. */
  readonly run: RunSettings;
}

/** What was asked for on the command line. */
export interface Asked {
  /** A file with a model and a loss. */
  readonly file: string | undefined;
  /** Absent where the file says it. */
  readonly data: string | undefined;
  readonly options: TableOptions;
  readonly settings: Partial<Settings>;
}

/** What the bits of a run depend on here and now, besides data and settings. */
const arithmetic = ({ dtype }: Settings): Arithmetic => ({
  runtime: `${arithmeticHere()}, ${dtype}`,
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

/** The run, with the ways from its folder to the files that it reads: whoever goes on may stand elsewhere. */
export const placed = (run: RunSettings, folder: OpenFolder, io: Io): RunSettings => {
  const place = <S extends Source>(source: S): S => (dataSets.has(source.name) ? source : { ...source, path: pathFrom(folder, source.name, io) });
  return { ...run, data: place(run.data), ...(run.file === undefined ? {} : { file: place(run.file) }) };
};

/** The name of a source for somebody who stands here. */
const nameFrom = (folder: Pick<OpenFolder, "full">, { name, path }: Source, io: Io): string => (path === undefined ? name : relative(io.folder, resolve(folder.full, path)) || ".");

interface Opened {
  readonly data: DataSet;
  /** What the data are to whoever looks for them again. */
  readonly name: string;
}

/** The data that a file with a model is trained on: what was asked for, or what it exports. */
const openFor = async (user: UserModel, asked: string | undefined, options: TableOptions, io: Io): Promise<Opened> => {
  const { file } = user;
  const exported = await user.data;
  // Rows that stand in the file are named by the file.
  if (asked !== undefined && asked !== file) return { data: await openData(asked, options, io), name: asked };
  if (exported === undefined) {
    throw new Diagnostic("no-data-set", `${file} exports no data, and none are given.`, { help: `write chainrule train ${file} spiral, or in the file: export const data = "spiral"` });
  }
  if (typeof exported === "string") {
    // As in an import, a path in a file begins where the file is.
    const name = dataSets.has(exported) ? exported : join(dirname(file), exported);
    return { data: await openData(name, options, io), name };
  }
  const { x, y } = typeof exported === "object" && exported !== null ? (exported as { x?: unknown; y?: unknown }) : {};
  if (x === undefined || y === undefined) {
    throw new Diagnostic("bad-data", `data of ${file} are ${describe(exported)}, neither a name nor { x, y }.`, { place: user.dataPlace, help: 'write export const data = { x: [[0, 1], [1, 0]], y: [0, 1] }, or data = "rows.csv"' });
  }
  try {
    return { data: dataSetOfArrays({ x, y }, file, options), name: file };
  } catch (error) {
    throw error instanceof Diagnostic ? error.with({ place: user.dataPlace }) : error;
  }
};

const chosenFor = (settings: Partial<Settings>, file: string): Settings => {
  const other = (["model", "hidden", "activation", "dropout", "dtype"] as const).find((name) => settings[name] !== undefined);
  if (other !== undefined) {
    throw new Diagnostic("needless-option", `${file} builds its own model, so --${other} means nothing.`, { help: "leave it out, or write it into the file" });
  }
  return settingsFor("", { model: "file", l2: 0, ...settings });
};

const runOf = async (plan: Plan<unknown>, source: Omit<DataSource, "digest">, user?: UserModel): Promise<RunSettings> => ({
  format: 1,
  chainrule: await version(),
  data: { ...source, digest: digestOf(plan.data) },
  schema: plan.data.schema,
  settings: plan.settings,
  ...(user === undefined ? {} : { file: { name: user.file, digest: user.digest } }),
  arithmetic: arithmetic(plan.settings),
});

const sourceOf = (name: string, { label, as, testShare }: TableOptions): Omit<DataSource, "digest"> => ({
  name,
  ...(label === undefined ? {} : { label }),
  ...(as === undefined ? {} : { as }),
  ...(testShare === undefined ? {} : { testShare }),
});

/** @throws Diagnostic those of `openData`, `loadUserModel`; `no-data-set`, `bad-data`, `bad-setting`, `needless-option` */
export const prepare = async ({ file, data: asked, options, settings }: Asked, io: Io): Promise<Prepared> => {
  if (file !== undefined) {
    const chosen = chosenFor(settings, file);
    const user = await loadUserModel(file, io);
    const { data, name } = await openFor(user, asked, options, io);
    const plan = user.planOf(data, chosen);
    return { plan, run: await runOf(plan, sourceOf(name, options), user) };
  }
  if (asked === undefined) throw new Diagnostic("no-data-set", "chainrule train needs data.", { help: "write chainrule train digits, or the name of a CSV file" });
  const data = await openData(asked, options, io);
  const plan = planOf(data, settingsFor(asked, settings, data.schema)) as Plan<unknown>;
  return { plan, run: await runOf(plan, sourceOf(asked, options)) };
};

/** Where a run folder is: as it was written, and completely. */
type Place = Pick<OpenFolder, "path" | "full">;

/**
 * A file of one's own that must be the one that a run was trained with.
 * @throws Diagnostic `file-changed`, and those of `loadUserModel`
 */
export const userModelOf = async (file: string, { digest }: Source, path: string, io: Io): Promise<UserModel> => {
  const user = await loadUserModel(file, io);
  if (user.digest === digest) return user;
  throw new Diagnostic("file-changed", `${user.file} is not what ${path} was trained with: it, or a file that it imports, has changed since.`, {
    help: "put the old file back, or train anew with this one",
  });
};

/**
 * The data of a run again, which must be what they were; `user` is the file of one's own that it was trained from.
 * @throws Diagnostic `data-changed`; and those of `openData`
 */
export const dataAgain = async ({ data: source }: RunSettings, user: UserModel | undefined, folder: Place, io: Io): Promise<DataSet> => {
  const { name, digest, label, as, testShare } = source;
  const where = nameFrom(folder, source, io);
  const options = { label, as, testShare };
  const data = { ...(user ? (await openFor(user, where, options, io)).data : await openData(where, options, io)), name };
  if (digestOf(data) === digest) return data;
  throw new Diagnostic("data-changed", `${where} is not what ${folder.path} was trained on: the rows have changed since.`, {
    help: "put the old rows back to go on, or train anew on these",
  });
};

/**
 * The plan of a run again, from files that must be what they were.
 * @throws Diagnostic `file-changed`, `data-changed`; and those of `prepare`
 */
export const prepareAgain = async (run: RunSettings, folder: Place, io: Io): Promise<Prepared> => {
  const user = run.file && (await userModelOf(nameFrom(folder, run.file, io), run.file, folder.path, io));
  const data = await dataAgain(run, user, folder, io);
  const plan = user ? user.planOf(data, run.settings) : (planOf(data, run.settings) as Plan<unknown>);
  return { plan, run: { ...run, chainrule: await version(), arithmetic: arithmetic(run.settings) } };
};
