/**
 * A text that somebody wrote, and the places in it. Nodes keep offsets only, because a million of them must stay
 * cheap; line and column are worked out here, when an error or a drawing asks for one.
 */
import type { Place } from "../../ir/diagnostic.ts";

const newline = 10;
const carriageReturn = 13;

// Control characters and marks that reorder text would let a downloaded program repaint the user's terminal.
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The given text as it may be shown: one character for each, none that moves the cursor or turns the direction. */
export const printable = (text: string): string => text.replace(unprintable, "\ufffd");

/** A text with an optional file name; places are computed lazily from offsets (UTF-16 units, from 0). */
export class Source {
  readonly text: string;
  readonly file: string | undefined;
  #lineStarts: Int32Array | undefined;

  constructor(text: string, file?: string) {
    this.text = text;
    this.file = file;
  }

  /** The line of an offset, from 1. */
  line(offset: number): number {
    this.#lineStarts ??= findLines(this.text);
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** The place of `length` characters at `offset`; what reaches beyond the line is left out. */
  place(offset: number, length = 1): Place {
    const line = this.line(offset);
    const lineStart = this.#lineStarts![line - 1]!;
    let lineEnd = this.#lineStarts![line] ?? this.text.length;
    while (lineEnd > lineStart && isBreak(this.text.charCodeAt(lineEnd - 1))) lineEnd--;
    const place: Place = {
      line,
      column: offset - lineStart + 1,
      text: printable(this.text.slice(lineStart, lineEnd)),
      length: Math.max(1, Math.min(length, lineEnd - offset)),
    };
    return this.file === undefined ? place : { file: this.file, ...place };
  }
}

const isBreak = (code: number): boolean => code === newline || code === carriageReturn;

const findLines = (text: string): Int32Array => {
  const starts = [0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // A carriage return followed by a newline is one break.
    if (code === newline || (code === carriageReturn && text.charCodeAt(at + 1) !== newline)) starts.push(at + 1);
  }
  return Int32Array.from(starts);
};
