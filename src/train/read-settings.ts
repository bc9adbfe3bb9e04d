/** `settings.json` of a run folder, which may come from anywhere: every field is checked before anything is made of it. */
import type { InputColumn, Label, Schema } from "../data/schema.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Arithmetic, DataSource, RunSettings, Source } from "./run.ts";
import { checkSettings, type Settings } from "./settings.ts";

/** The format that is written and read. */
const format: RunSettings["format"] = 1;

/** The value, if it is what belongs at this place of the file. */
type Check<T> = (value: unknown, at: string) => T;

const longest = 60;
const shown = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
};

/** The sentence for settings that no training writes. */
export const badRun = (sentence: string, cause?: unknown): Diagnostic =>
  new Diagnostic("bad-run", `settings.json: ${sentence}`, {
    help: "chainrule train writes this file; put it back as it was, or train again",
    cause,
  });

const checked = <T>(wanted: string, fits: (value: unknown) => boolean): Check<T> => (value, at) => {
  if (!fits(value)) throw badRun(value === undefined ? `${at} is missing` : `${at} is ${shown(value)}, not ${wanted}`);
  return value as T;
};

const text = checked<string>("a text", (v) => typeof v === "string");
const name = checked<string>("a name", (v) => typeof v === "string" && v !== "");
const number = checked<number>("a finite number", Number.isFinite);
const positive = checked<number>("a number above 0", (v) => Number.isFinite(v) && (v as number) > 0);
const size = checked<number>("a whole number, 1 or more", (v) => Number.isSafeInteger(v) && (v as number) > 0);
const share = checked<number>("a number from 0 to below 1", (v) => typeof v === "number" && v >= 0 && v < 1);
const digest = checked<string>("64 hexadecimal digits", (v) => typeof v === "string" && /^[\da-f]{64}$/.test(v));
const object = checked<object>("an object", (v) => typeof v === "object" && v !== null && !Array.isArray(v));
const oneOf = <T extends string>(...words: readonly T[]): Check<T> =>
  checked(words.length === 1 ? JSON.stringify(words[0]) : `one of ${words.join(", ")}`, (v) => words.includes(v as T));

const array = checked<readonly unknown[]>("a list", Array.isArray);
const list = <T>(each: Check<T>): Check<readonly T[]> => (value, at) => array(value, at).map((item, i) => each(item, `${at}[${i}]`));

/** Names that stand for different things. */
const distinct = <T>(items: Check<readonly T[]>, nameOf: (item: T) => string): Check<readonly T[]> => (value, at) => {
  const all = items(value, at);
  const seen = new Set<string>();
  for (const item of all) {
    if (seen.has(nameOf(item))) throw badRun(`${at} has ${shown(nameOf(item))} twice`);
    seen.add(nameOf(item));
  }
  return all;
};
const words = distinct(list(text), (word) => word);

/** For every field of T its check; a field that may be left out has `undefined` among its values. */
type Fields<T> = { readonly [K in keyof T]-?: Check<T[K]> };

const optional = <T>(check: Check<T>): Check<T | undefined> => (value, at) => (value === undefined ? undefined : check(value, at));

/** An object with these fields. Others are passed over: nothing of the file is used that is not looked at here. */
const record = <T>(fields: { readonly [K in keyof T]-?: Check<T[K] | undefined> }): Check<T> => (value, at) => {
  const given = object(value, at) as Record<string, unknown>;
  const within = at === "" ? "" : `${at}.`;
  const read = Object.entries<Check<unknown>>(fields).map(([field, check]) => [field, check(Object.hasOwn(given, field) ? given[field] : undefined, within + field)] as const);
  return Object.fromEntries(read.filter(([, field]) => field !== undefined)) as T;
};

/** One of several records, told apart by their `kind`. */
const byKind = <T extends { readonly kind: string }>(kinds: { readonly [K in T["kind"]]: Check<T> }): Check<T> => (value, at) => {
  const { kind } = object(value, at) as { readonly kind?: unknown };
  return kinds[oneOf(...(Object.keys(kinds) as T["kind"][]))(kind, `${at}.kind`)](value, at);
};

const pixelFields: Fields<Extract<InputColumn, { kind: "pixels" }>> = {
  kind: oneOf("pixels"),
  name,
  shape: (value, at) => {
    const sizes = list(size)(value, at);
    if (sizes.length !== 3) throw badRun(`${at} is ${shown(value)}, not the three sizes of an image: channels, height, width`);
    return sizes as readonly number[] as readonly [number, number, number];
  },
  shift: list(number),
  scale: number,
};

const pixels: Check<InputColumn> = (value, at) => {
  const column = record(pixelFields)(value, at);
  const [channels, height, width] = column.shape;
  const count = channels * height * width;
  if (column.shift.length !== count) throw badRun(`${at}.shift has ${column.shift.length} numbers, and the shape ${shown(column.shape)} has ${count} pixels`);
  return column;
};

const input = byKind<InputColumn>({
  number: record({ kind: oneOf("number"), name, mean: number, deviation: positive }),
  category: record({ kind: oneOf("category"), name, values: words }),
  pixels,
  "left-out": record({ kind: oneOf("left-out"), name, why: text }),
});

const label = byKind<Label>({
  class: record({ kind: oneOf("class"), name, classes: words }),
  number: record({ kind: oneOf("number"), name, mean: number, deviation: positive }),
});

const schema = record<Schema>({ inputs: distinct(list(input), ({ name: column }) => column), label });

const source = { name, path: optional(name), digest };

const data = record<DataSource>({ ...source, label: optional(name), as: optional(oneOf("class", "number")), testShare: optional(share) });

const settings: Check<Settings> = (value, at) => {
  try {
    // Runs of earlier versions knew only one.
    return checkSettings({ dtype: "float64", ...object(value, at) } as Settings);
  } catch (error) {
    throw error instanceof Diagnostic && error.code !== "bad-run" ? badRun(`${at}: ${error.sentence}`, error) : error;
  }
};

const runSettings = record<RunSettings>({
  format: () => format,
  chainrule: name,
  data,
  schema,
  settings,
  file: optional(record<Source>(source)),
  arithmetic: record<Arithmetic>({ runtime: text, engine: text }),
});

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw badRun(`this is no JSON: ${(error as Error).message}`, error);
  }
};

/**
 * The settings of a run, from the text of its `settings.json` or the value that the text stands for.
 * @throws Diagnostic `bad-run`, `unknown-format`
 */
export const readSettings = (given: unknown): RunSettings => {
  const value = object(typeof given === "string" ? parsed(given) : given, "the file") as { readonly format?: unknown; readonly chainrule?: unknown };
  if (value.format !== format) {
    checked<number>(String(format), (v) => typeof v === "number")(value.format, "format");
    throw new Diagnostic("unknown-format", `settings.json has format ${value.format}, and this version of chainrule reads format ${format}`, {
      help: `the run was written by chainrule ${typeof value.chainrule === "string" ? value.chainrule.slice(0, longest) : "of another version"}: use that version, or train again`,
    });
  }
  return runSettings(value, "");
};
