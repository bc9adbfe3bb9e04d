/** What the settings of optimisers and schedules may be, so that a misspelt or impossible one is said where it is written. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { describe } from "../ops/forms/entry.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { Tensor } from "../trace/tensor.ts";

/** What a setting takes, in words and as a test. */
export interface Limit {
  readonly wanted: string;
  readonly fits: (value: unknown) => boolean;
}

const number = (wanted: string, fits: (value: number) => boolean): Limit => ({
  wanted,
  fits: (value) => typeof value === "number" && Number.isFinite(value) && fits(value),
});

export const notNegative = number("a number, 0 or more", (value) => value >= 0);
export const positive = number("a number above 0", (value) => value > 0);
/** How much of the past is kept: with 1 nothing new would come in. */
export const share = number("a number from 0 to below 1", (value) => value >= 0 && value < 1);
export const count = number("a whole number, 1 or more", (value) => Number.isInteger(value) && value >= 1);
export const flag: Limit = { wanted: "true or false", fits: (value) => typeof value === "boolean" };
export const rate: Limit = {
  wanted: "a number (0 or more), a tensor of one number or a function of the step",
  fits: (value) =>
    typeof value === "function" || (value instanceof Tensor ? value.rank === 0 : notNegative.fits(value)),
};

const shown = (value: unknown): string =>
  value instanceof Tensor ? `a tensor [${value.shape.join(", ")}]` : typeof value === "number" ? String(value) : describe(value);

/** @throws Diagnostic `bad-options` for a setting that does not exist; `bad-setting` for a value that does not fit */
export const checkSettings = (word: string, options: object, limits: Readonly<Record<string, Limit>>): void => {
  checkOptions(word, options, Object.keys(limits));
  const given = new Map<string, unknown>(Object.entries(options));
  for (const [name, { wanted, fits }] of Object.entries(limits)) {
    const value = given.get(name);
    if (fits(value)) continue;
    throw new Diagnostic("bad-setting", `${word}: ${name}: ${shown(value)} is not ${wanted}`, { help: `${name} takes ${wanted}` });
  }
};

/** The settings with their defaults filled in, checked. */
export const withDefaults = <O extends object, D extends Partial<O>>(
  word: string,
  options: O,
  defaults: D,
  limits: Readonly<Record<string, Limit>>,
): O & D => {
  checkOptions(word, options, Object.keys(limits));
  const all = { ...defaults, ...options };
  checkSettings(word, all, limits);
  return all as O & D;
};
