/** What a page shows against what is printed. `...` stands for anything; spaces are not compared. */
import { formatWithOptions } from "node:util";

const squeeze = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/([[{(]) /g, "$1").replace(/ ([\]})])/g, "$1").replace(/, /g, ",").trim();

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const pattern = (shown: string): RegExp => new RegExp(`^${shown.split("...").map(escape).join("[^]*?")}$`);

/** Called by the line `expression; // => value` of an example. A text may be shown with its quotes or without. */
export const $expect = (place: string, shown: string, ...values: readonly unknown[]): void => {
  const actual = formatWithOptions({ breakLength: Infinity, depth: 10, maxArrayLength: 1000 }, ...values);
  const wanted = pattern(squeeze(shown));
  if (wanted.test(squeeze(actual)) || (typeof values[0] === "string" && wanted.test(JSON.stringify(actual)))) return;
  throw new Error(`${place}: the page shows ${shown}, but it is ${actual}`);
};

/** Whether a program printed what the block under it shows, line by line; trailing spaces are not compared. */
export const printsAsShown = (shown: string, printed: string): boolean => {
  const clean = (text: string) => text.replace(/[ \t\r]+$/gm, "").replace(/^\n+|\n+$/g, "");
  return pattern(clean(shown)).test(clean(printed));
};
