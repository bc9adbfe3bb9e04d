/** What a page shows against what is printed. `...` stands for anything; spaces are not compared. */
import { formatWithOptions } from "node:util";

const squeeze = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/([[{(]) /g, "$1").replace(/ ([\]})])/g, "$1").trim();

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const pattern = (shown: string): RegExp => new RegExp(`^${shown.split("...").map(escape).join("[^]*?")}$`);

/** Called by the line `expression; // => value` of an example. */
export const $expect = (place: string, shown: string, ...values: readonly unknown[]): void => {
  const actual = squeeze(formatWithOptions({ breakLength: Infinity, depth: 10, maxArrayLength: 1000 }, ...values));
  if (!pattern(squeeze(shown)).test(actual)) throw new Error(`${place}: the page shows ${shown}, but it is ${actual}`);
};

/** Whether a program printed what the block under it shows, line by line; trailing spaces are not compared. */
export const printsAsShown = (shown: string, printed: string): boolean => {
  const clean = (text: string) => text.replace(/[ \t\r]+$/gm, "").replace(/^\n+|\n+$/g, "");
  return pattern(clean(shown)).test(clean(printed));
};
