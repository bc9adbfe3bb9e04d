/**
 * The values that a user gives a program: `x=1` and `w=[[1, 2], [3, 4]]` as arguments, or a JSON document. They are
 * kept with the place they come from, so that whatever is wrong with one later can point at it.
 */
import { Diagnostic, type Place } from "../../ir/diagnostic.ts";
import { isName, normalName } from "./characters.ts";
import { checkFileSize } from "./too-large.ts";
import { Reader } from "./reader.ts";
import { Source } from "./source.ts";
import { quote } from "./quote.ts";
import { type GivenValue, readValue } from "./values.ts";

/** One input: its value, and where it was given. */
export interface GivenInput {
  readonly value: GivenValue;
  readonly place: Place;
}

/** What was given, by name, in order. */
export type Inputs = Map<string, GivenInput>;

/**
 * Reads `name=value` and adds it to what was given before.
 * @throws Diagnostic `missing-equals`, `bad-input-name`, `input-twice`, and those of `readValue`
 */
export const readArgument = (argument: string, into: Inputs): void => {
  const source = new Source(argument);
  const equals = argument.indexOf("=");
  if (equals < 0) throw missingEquals(source);
  const name = argument.slice(0, equals).trim();
  const reader = new Reader(source, equals + 1);
  if (reader.character === "=") {
    const sentence = `Expected a number for ${quote(name)}, but found another "=".`;
    throw reader.failHere("not-a-number", sentence, `write ${name}=1`);
  }
  const from = argument.indexOf(name);
  if (name === "") throw badName(source, 0, 1, name);
  add(into, source, name, from, () => {
    const value = readValue(reader, name);
    if (!reader.ended) throw afterValue(reader, name);
    return value;
  });
};

const missingEquals = (source: Source): Diagnostic => {
  const text = source.text.trim();
  const colon = /^([^:\s]+):\s*(\S+)$/.exec(text.slice(0, 100));
  let help = "write an input as name=value, without spaces around the equals sign, e.g. x=1";
  if (isName(text) && text.length <= 60) help = `write ${text}=1, without spaces around the equals sign`;
  if (colon) help = `write ${colon[1]}=${colon[2]}`;
  return new Diagnostic("missing-equals", `The argument ${quote(text)} gives no input a value: it has no "=".`, {
    place: source.place(0, source.text.length),
    help,
  });
};

const afterValue = (reader: Reader, name: string): Diagnostic => {
  let help: string | undefined;
  if (reader.character === ",") help = `write an array as ${name}=[1, 2], and a decimal number with a point`;
  else if (reader.word().includes("=")) help = "write each input as an argument of its own";
  const sentence = `Expected nothing after the value of ${quote(name)}, ${reader.found()}.`;
  return reader.failHere("not-a-number", sentence, help);
};

/** Checks the name, reads the value, and keeps both. */
const add = (into: Inputs, source: Source, written: string, from: number, read: () => GivenValue): void => {
  const length = Math.max(1, written.length);
  if (!isName(written)) throw badName(source, from, length, written);
  const name = normalName(written);
  const earlier = into.get(name);
  const place = source.place(from, length);
  if (earlier) throw twice(name, place, earlier.place);
  into.set(name, { value: read(), place });
};

const badName = (source: Source, from: number, length: number, name: string): Diagnostic => {
  const given = name === "" ? "An input is given without a name." : `${quote(name)} is not a name.`;
  return new Diagnostic("bad-input-name", given, {
    place: source.place(from, length),
    help: "a name has letters, digits and _, and does not begin with a digit, e.g. x=1",
  });
};

const twice = (name: string, place: Place, earlier: Place): Diagnostic => {
  const { file, line, text = name } = earlier;
  const where = file === undefined ? `as ${quote(text)}` : `on line ${line} of ${file}`;
  return new Diagnostic("input-twice", `The input ${quote(name)} is given twice.`, {
    place,
    notes: [`it was given before ${where}`],
    help: "leave one of the two out",
  });
};

/** Reads the object of inputs at the reader's position. */
export const readMembers = (reader: Reader, into: Inputs): void => {
  reader.object("the inputs", (key, keyAt) => {
    const nameAt = keyAt + '"'.length;
    add(into, reader.source, key, nameAt, () => readValue(reader, key));
  });
};

/**
 * Reads a document of inputs, `{"x": 1, "W": [[1, 2], [3, 4]], "b": "-Infinity"}`, and adds them to what was given
 * before.
 * @throws Diagnostic `bad-json`, `bad-input-name`, `input-twice`, and those of `readValue`
 */
export const readInputs = (text: string, file: string, into: Inputs): void => {
  checkFileSize(text.length, file);
  const reader = new Reader(new Source(text, file));
  if (reader.character !== "{") {
    const help = 'write the inputs as {"x": 1, "w": [1, 2]}';
    throw reader.failHere("bad-json", `Expected "{" to begin the inputs, ${reader.found()}.`, help);
  }
  readMembers(reader, into);
  reader.end("the inputs");
};
