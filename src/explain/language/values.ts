/** The value of an input, as it is written: a number, or an array of arrays of numbers, which is a tensor. */
import { numberSpelling } from "../../ir/dtype.ts";
import { bounds } from "./bounds.ts";
import { counted } from "./too-large.ts";
import { growingFloats } from "./columns.ts";
import { explained } from "./explained.ts";
import { beginsNumber, scanNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";
import { quote } from "./quote.ts";

/** An array of numbers, row by row; `shape` has at least one axis and no axis is empty. */
export interface TensorValue {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A scalar or a tensor. */
export type GivenValue = number | TensorValue;

const special = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["-0", -0],
]);

/** A number within JSON, as `readValue` reads it back: `"NaN"`, `"Infinity"`, `"-Infinity"` and `"-0"` are strings. */
export const jsonNumber = (value: number): string => {
  const text = numberSpelling(value);
  return special.has(text) ? `"${text}"` : text;
};

/**
 * The value at the reader's position, which then stands behind it. `name` is the input it belongs to.
 * @throws Diagnostic `not-a-number`, `bad-number`, `ragged-array`, `empty-array`
 */
export const readValue = (reader: Reader, name: string): GivenValue =>
  reader.character === "[" ? new ArrayReader(reader, name).read() : readNumber(reader, () => name);

/** `name` is what an error calls the number. */
const readNumber = (reader: Reader, name: () => string): number => {
  const { source } = reader;
  const from = reader.at;
  if (reader.character === '"') return readQuoted(reader, name);
  const negative = reader.character === "-";
  if (negative || reader.character === "+") reader.at++;
  if (beginsNumber(source.text, reader.at)) {
    const end = explained(() => scanNumber(source, reader.at));
    const value = Number(source.text.slice(reader.at, end));
    reader.at = end;
    // What follows a number directly belongs to it in the user's eyes: `2x`, `1/2`.
    if (!reader.ended && /[^\s,\]}]/.test(reader.character)) throw notANumber(reader, name, from);
    reader.skipSpaces();
    return negative ? -value : value;
  }
  const word = reader.ended ? "" : reader.word();
  if (word !== "Infinity" && word !== "NaN") throw notANumber(reader, name, from);
  reader.at += word.length;
  reader.skipSpaces();
  const value = special.get(word)!;
  return negative ? -value : value;
};

const readQuoted = (reader: Reader, name: () => string): number => {
  const from = reader.at;
  const text = reader.string("a number");
  const value = special.get(text);
  if (value !== undefined) return value;
  const plain = text.trim() !== "" && Number.isFinite(Number(text));
  const sentence = `The value of ${quote(name())} is the text ${quote(text)}, not a number.`;
  const inQuotes = 'only "NaN", "Infinity", "-Infinity" and "-0" stand in quotes';
  const help = plain ? `write ${Number(text)} without quotes` : inQuotes;
  throw reader.fail("not-a-number", sentence, from, reader.at, help);
};

const words = new Map([
  ["nan", "write NaN"],
  ["pi", `write ${Math.PI}`],
  ["e", `write ${Math.E}`],
  ["true", "write 1"],
  ["false", "write 0"],
  ["null", "leave the input out, or write NaN"],
  ["none", "leave the input out, or write NaN"],
]);

const notANumber = (reader: Reader, name: () => string, from: number): Error => {
  reader.at = from;
  const { text } = reader.source;
  if (reader.ended || /^[,\]}]$/.test(reader.character)) {
    const sentence = `Expected a number for ${quote(name())}, ${reader.found()}.`;
    return reader.failHere("not-a-number", sentence, "write a number, e.g. 1, or an array, e.g. [1, 2]");
  }
  const word = reader.word();
  let help = words.get(word.toLowerCase()) ?? "write the number itself, e.g. 0.5; only the program may compute";
  const infinite = /^(-?)\+?(?:inf|infinity|∞)$/i.exec(word);
  if (infinite) help = `write ${infinite[1]}Infinity`;
  if (/[({]/.test(text.charAt(from))) help = "write a number, e.g. 1, or an array in brackets, e.g. [1, 2]";
  const written = text.charAt(from) === "{" ? "an object" : quote(word);
  return reader.failHere("not-a-number", `The value of ${quote(name())} is ${written}, not a number.`, help);
};

/** An array while it is read: every array of the same depth must have the length of the first. */
class ArrayReader {
  readonly #reader: Reader;
  readonly #name: string;
  readonly #data = growingFloats();
  /** For each open array, from the outermost: where it begins, and how many entries of it are complete. */
  readonly #starts: number[] = [];
  readonly #counts: number[] = [];
  /** The length of arrays by depth, and how deep the numbers lie; unknown before the first. */
  readonly #lengths: number[] = [];
  #leaf: number | undefined;

  constructor(reader: Reader, name: string) {
    this.#reader = reader;
    this.#name = name;
  }

  read(): TensorValue {
    const reader = this.#reader;
    do {
      while (reader.character === "[") this.#begin();
      if (reader.character === "]" && this.#counts.at(-1) === 0) throw this.#empty();
      this.#number();
      while (this.#counts.length > 0 && reader.character === "]") this.#end();
      if (this.#counts.length > 0 && !reader.take(",")) {
        const sentence = `Expected "," or "]" in the array ${quote(this.#name)}, ${reader.found()}.`;
        throw reader.failHere("bad-array", sentence);
      }
    } while (this.#counts.length > 0);
    return { shape: this.#lengths, data: this.#data.done() };
  }

  #begin(): void {
    const depth = this.#counts.length;
    const { at } = this.#reader;
    if (depth === bounds.depth) throw this.#tooDeep();
    if (depth === this.#leaf) throw this.#ragged(at, "is an array, but those before it are numbers");
    this.#starts.push(at);
    this.#counts.push(0);
    this.#reader.take("[");
  }

  #number(): void {
    const depth = this.#counts.length;
    this.#leaf ??= depth;
    if (depth < this.#leaf) throw this.#ragged(this.#reader.at, "is a number, but those before it are arrays");
    this.#data.push(readNumber(this.#reader, () => this.#path(depth)));
    this.#counts[depth - 1]!++;
  }

  #end(): void {
    const depth = this.#counts.length - 1;
    const count = this.#counts[depth]!;
    const start = this.#starts.pop()!;
    this.#reader.take("]");
    const expected = (this.#lengths[depth] ??= count);
    this.#counts.pop();
    if (count !== expected) {
      const first = this.#name + "[0]".repeat(depth);
      throw this.#ragged(start, `has ${entries(count)}, but row ${first} has ${expected}`);
    }
    if (depth > 0) this.#counts[depth - 1]!++;
  }

  /** The entry that is being read, `depth` levels down: `w[1][0]`. */
  #path(depth: number): string {
    return this.#name + this.#counts.slice(0, depth).map((count) => `[${count}]`).join("");
  }

  #ragged(from: number, what: string): Error {
    const { at } = this.#reader;
    const sentence = `Row ${this.#path(this.#counts.length)} ${what}.`;
    const help = "all rows of an array have the same length and nest equally deep";
    return this.#reader.fail("ragged-array", sentence, from, Math.max(from + 1, at), help);
  }

  #tooDeep(): Error {
    const { at } = this.#reader;
    const sentence = `The array ${quote(this.#name)} nests more than ${counted(bounds.depth)} levels deep.`;
    return this.#reader.fail("array-too-deep", sentence, at, at + 1);
  }

  #empty(): Error {
    const path = this.#path(this.#counts.length - 1);
    const [from, to] = [this.#starts.at(-1)!, this.#reader.at + 1];
    const help = "write at least one number between the brackets";
    return this.#reader.fail("empty-array", `${path} is an array without numbers.`, from, to, help);
  }
}

const entries = (count: number): string => (count === 1 ? "1 entry" : `${count} entries`);
