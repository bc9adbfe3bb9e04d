/**
 * The kinds of options that a command can have. A command's table of them is the one place that says what it takes:
 * its arguments are read by it, its `--help` is printed from it, and its code gets the values with their types.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";

/** One option; `V` is what its value becomes. */
export interface Option<V> {
  /** Whether a value follows: never, always, or only as `--name=value` (or a file name right behind it). */
  readonly takes: "nothing" | "value" | "optional";
  /** What stands for the value in help: `n`, `file`. */
  readonly placeholder: string;
  readonly help: string;
  /** What holds when it is not given, in words. */
  readonly standard?: string;
  /** It may be given more than once. */
  readonly many?: true;
  /** With an optional value: whether the next argument is meant as it. */
  claims?(next: string): boolean;
  /** The value that `text` means; `name` is `--name`, for the sentence. */
  read(text: string, name: string): V;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

/** What was given: for each option its value, or undefined; an option with `many` has an array, maybe empty. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer V>
    ? O[K] extends { readonly many: true }
      ? readonly V[]
      : V | undefined
    : never;
};

interface About {
  readonly help: string;
  readonly placeholder?: string;
  readonly standard?: string;
}

/** The sentence for a value that cannot be read. */
export const badValue = (name: string, wanted: string, text: string, help?: string): Diagnostic =>
  new Diagnostic("bad-option-value", `The option ${name} takes ${wanted}, but it was given "${text}".`, { help });

/** Present or not: `--json`. */
export const flag = (help: string): Option<true> => ({ takes: "nothing", placeholder: "", help, read: () => true });

export const text = (about: About): Option<string> => ({
  takes: "value",
  placeholder: "text",
  ...about,
  read: (value, name) => {
    if (value === "") throw badValue(name, "a text", value);
    return value;
  },
});

/** Bounds of a number, both inclusive unless said. */
interface Range {
  readonly least?: number;
  readonly most?: number;
  /** It must be greater than 0. */
  readonly positive?: true;
}

const plainNumber = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

const numberFrom = (name: string, wanted: string, value: string, range: Range): number => {
  const number = Number(value);
  const { least = -Infinity, most = Infinity, positive } = range;
  const inRange = number >= least && number <= most && (!positive || number > 0);
  if (!plainNumber.test(value.trim()) || !Number.isFinite(number) || !inRange) throw badValue(name, wanted, value);
  return number;
};

const rangeText = ({ least, most, positive }: Range): string => {
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (positive) return " greater than 0";
  return least === undefined ? "" : ` of at least ${least}`;
};

export const number = (about: About & Range): Option<number> => ({
  takes: "value",
  placeholder: "number",
  ...about,
  read: (value, name) => numberFrom(name, `a number${rangeText(about)}`, value, about),
});

export const whole = (about: About & Range): Option<number> => ({
  takes: "value",
  placeholder: "n",
  ...about,
  read: (value, name) => {
    const wanted = `a whole number${rangeText(about)}`;
    const result = numberFrom(name, wanted, value, about);
    if (!Number.isSafeInteger(result)) throw badValue(name, wanted, value);
    return result;
  },
});

/** One of a few words. */
export const choice = <const C extends readonly string[]>(choices: C, about: About): Option<C[number]> => ({
  takes: "value",
  placeholder: choices.join("|"),
  ...about,
  read: (value, name) => {
    const found = choices.find((word) => word === value);
    if (found !== undefined) return found;
    const near = nearest(value, choices);
    throw badValue(name, `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`, value, near === undefined ? undefined : `did you mean ${near}?`);
  },
});

/** A file to write to: given as `--svg=name`, or as the next argument if that ends like such a file. */
export const optionalFile = (endings: readonly string[], about: About): Option<string> => ({
  takes: "optional",
  placeholder: "file",
  ...about,
  claims: (next) => endings.some((ending) => next.toLowerCase().endsWith(ending)),
  read: (value) => value,
});

/** The same option, which may be given more than once. */
export const many = <V>(option: Option<V>): Option<V> & { readonly many: true } => ({ ...option, many: true });
