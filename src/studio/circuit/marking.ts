/** A text cut at the place of its mistake, so that the piece in the middle can be underlined. */
import type { Place } from "../../ir/diagnostic.ts";

export interface Marked {
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

export const markedLines = (text: string, place: Place | undefined): Marked => {
  if (place === undefined) return { before: text, marked: "", after: "" };
  const lines = text.split("\n");
  const start = lines.slice(0, place.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const line = lines[place.line - 1] ?? "";
  const from = Math.min(place.column - 1, line.length);
  const to = Math.min(line.length, from + (place.length ?? 1));
  // Behind the end of a line there is no letter to mark: a space stands for it.
  const marked = line.slice(from, to) || " ";
  return { before: text.slice(0, start + from), marked, after: text.slice(start + to) };
};
