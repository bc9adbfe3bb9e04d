/** Pieces of a text in sentences about it. */
import { printable } from "./source.ts";

/** The user's text in quotes, for a sentence: on one line, and cut when it is long. */
export const quote = (text: string): string => {
  const shown = printable(text.length > 60 ? `${text.slice(0, 57)}...` : text).replace(/[\n\t]/g, " ");
  return shown.startsWith('"') ? shown : `"${shown}"`;
};
