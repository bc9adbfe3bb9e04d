/** What is searched, as options: each setting takes a value, a range or alternatives. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import type { Dimension, Space } from "../../train/search/space.ts";
import { settingsFor, type Settings } from "../../train/settings.ts";
import { badValue, type Option, type Values } from "../option.ts";
import { settingOptions } from "../setting-options.ts";

/** Settings whose values lie between others. */
const numbers: { readonly [K in keyof Settings]?: "real" | "whole" } = {
  epochs: "whole",
  batch: "whole",
  lr: "real",
  momentum: "real",
  l2: "real",
  dropout: "real",
};

/** Between alternatives; the bar, which shells want quoted, does as well. */
const separator = /[/|]/;

const readRange = (option: Option<unknown>, whole: boolean, text: string, name: string): Dimension => {
  const [low, high, ...more] = text.split("..").map((end) => option.read(end.trim(), name) as number);
  if (more.length > 0 || high === undefined || !(low! < high)) throw badValue(name, "a range from a smaller number to a larger one, such as 1e-4..1", text);
  return { kind: "range", low: low!, high, whole };
};

/** A mistake in one value may be a mistake about how several are written. */
const readOne = (option: Option<unknown>, text: string, name: string, isNumber: boolean): unknown => {
  try {
    return option.read(text, name);
  } catch (error) {
    throw !(error instanceof Diagnostic) ? error : error.with({ help: isNumber ? "a range is written 1e-4..1, and alternatives 0.01/0.1" : "alternatives are written with a slash, as in 16/32/64,32" });
  }
};

/** The option of a setting, read as a value, a range or alternatives. A single value is the only alternative. */
const searched = (setting: keyof Settings, option: Option<unknown>): Option<Dimension> => ({
  takes: "value",
  placeholder: numbers[setting] === undefined ? "a/b/c" : "a..b",
  // Words that a setting can have stand in the placeholder of its option.
  help: option.placeholder.includes("|") ? `${option.help}: ${option.placeholder.replaceAll("|", ", ")}` : option.help,
  read: (text, name) => {
    const kind = numbers[setting];
    const parts = text.split(separator).map((part) => part.trim());
    if (kind !== undefined && parts.length === 1 && text.includes("..")) return readRange(option, kind === "whole", text, name);
    const values = parts.map((part) => readOne(option, part, name, kind !== undefined));
    return { kind: "choices", values: [...new Map(values.map((value) => [JSON.stringify(value), value])).values()] };
  },
});

/** All but the seed: that of the search is that of every training in it. */
export const searchedSettings = (Object.keys(settingOptions) as (keyof Settings)[]).filter((name) => name !== "seed");

export const spaceOptions = Object.fromEntries(
  searchedSettings.map((name) => [name, searched(name, settingOptions[name])]),
) as { readonly [K in Exclude<keyof Settings, "seed">]: Option<Dimension> };

/** Where a search looks that was given nothing to search. */
const standard: Space = {
  lr: { kind: "range", low: 1e-4, high: 1, whole: false },
  l2: { kind: "range", low: 1e-6, high: 1e-1, whole: false },
};

export interface Asked {
  /** Settings with one value. */
  readonly fixed: Partial<Settings>;
  /** Those with more. */
  readonly space: Space;
}

const isFixed = (dimension: Dimension): dimension is Dimension & { readonly kind: "choices" } => dimension.kind === "choices" && dimension.values.length === 1;

/**
 * What was asked for. With nothing to search the learning rate and the penalty are.
 * @throws Diagnostic `nothing-to-search`
 */
export const readSpace = (given: Values<typeof spaceOptions>): Asked => {
  const asked = searchedSettings.flatMap((name): (readonly [string, Dimension])[] => {
    const dimension = given[name as keyof typeof given];
    return dimension === undefined ? [] : [[name, dimension]];
  });
  const fixed = Object.fromEntries(asked.flatMap(([name, dimension]) => (isFixed(dimension) ? [[name, dimension.values[0]]] : [])));
  const space = Object.fromEntries(asked.filter(([, dimension]) => !isFixed(dimension))) as Space;
  if (Object.keys(space).length > 0) return { fixed, space };
  const left = Object.fromEntries(Object.entries(standard).filter(([name]) => !(name in fixed))) as Space;
  if (Object.keys(left).length > 0) return { fixed, space: left };
  throw new Diagnostic("nothing-to-search", "Every setting that would be searched has one value.", { help: "give a range, as in --lr 1e-4..1, or alternatives, as in --optimizer adam/momentum" });
};

/**
 * The ends of ranges and all alternatives make sense, each with what is fixed.
 * @throws Diagnostic `bad-setting`
 */
export const checkSpace = (data: string, { fixed, space }: Asked): void => {
  for (const [name, dimension] of Object.entries(space) as [string, Dimension][]) {
    const values = dimension.kind === "range" ? [dimension.low, dimension.high] : dimension.values;
    for (const value of values) settingsFor(data, { ...fixed, [name]: value });
  }
};

export const dimensionText = (dimension: Dimension): string =>
  dimension.kind === "range" ? `${numberText(dimension.low)}..${numberText(dimension.high)}` : dimension.values.map(valueText).join("/");

/** As short as it can be typed. */
const numberText = (value: number): string => {
  const [plain, power] = [String(value), value.toExponential().replace("e+", "e")];
  return power.length < plain.length ? power : plain;
};

/** A value as one would type it. */
export const valueText = (value: unknown): string => {
  if (typeof value === "number") return numberText(value);
  return Array.isArray(value) ? value.join(",") || "0" : String(value);
};
