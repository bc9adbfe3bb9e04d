/** A saved program: its text and its inputs in one JSON file, written by `explain --save` and read by `explain`. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { nearest } from "../../ir/nearest.ts";
import { checkFileSize } from "./too-large.ts";
import { type Inputs, readMembers } from "./inputs.ts";
import { Reader } from "./reader.ts";
import { Source } from "./source.ts";
import { quote } from "./quote.ts";
import { type GivenValue, jsonNumber } from "./values.ts";

/** The version of the format that is written, and the only one that is read. */
export const programFileSchema = 1;

export interface ProgramFile {
  /** The text of the program. */
  readonly program: string;
  readonly inputs: Inputs;
}

const keys = ["schema", "program", "inputs"] as const;
const form = '{"schema": 1, "program": "q = x + y; f = q * z", "inputs": {"x": 1}}';

/**
 * Reads a saved program.
 * @throws Diagnostic `bad-json`, `unknown-key`, `bad-program-file`, and those of `readInputs`
 */
export const readProgramFile = (text: string, file: string): ProgramFile => {
  checkFileSize(text.length, file);
  const reader = new Reader(new Source(text, file));
  const inputs: Inputs = new Map();
  const seen = new Set<string>();
  let program = "";
  if (reader.character !== "{") {
    const sentence = `Expected "{" to begin the saved program, ${reader.found()}.`;
    throw reader.failHere("bad-json", sentence, `write it as ${form}, or as plain text in a .txt file`);
  }
  reader.object("the saved program", (key, keyAt) => {
    if (seen.has(key)) throw failAtKey(reader, "bad-program-file", `The key ${quote(key)} stands twice.`, key, keyAt);
    seen.add(key);
    if (key === "schema") readSchema(reader);
    else if (key === "program") program = reader.string("the text of the program");
    else if (key === "inputs") readMembers(reader, inputs);
    else throw unknownKey(reader, key, keyAt);
  });
  reader.end("the saved program");
  for (const key of ["schema", "program"]) {
    if (!seen.has(key)) {
      const sentence = `The saved program has no key ${quote(key)}.`;
      const place = reader.source.place(0);
      throw new Diagnostic("bad-program-file", sentence, { place, help: `write it as ${form}` });
    }
  }
  return { program, inputs };
};

const readSchema = (reader: Reader): void => {
  const word = reader.word();
  if (word !== String(programFileSchema)) {
    const known = `only schema ${programFileSchema} can be read`;
    const sentence = `This saved program has schema ${word.slice(0, 20)}, but ${known}.`;
    throw reader.failHere("bad-program-file", sentence, "read it with the version of chainrule that wrote it");
  }
  reader.at += word.length;
  reader.skipSpaces();
};

const unknownKey = (reader: Reader, key: string, keyAt: number): Diagnostic => {
  const near = nearest(key, keys);
  const all = `its keys are ${keys.join(", ")}; the names of inputs stand within "inputs"`;
  const help = near === undefined ? all : `did you mean ${near}?`;
  return failAtKey(reader, "unknown-key", `A saved program has no key ${quote(key)}.`, key, keyAt, help);
};

const failAtKey = (
  reader: Reader,
  code: string,
  sentence: string,
  key: string,
  keyAt: number,
  help?: string,
): Diagnostic => reader.fail(code, sentence, keyAt, keyAt + key.length + '""'.length, help);

/** The text of a saved program, which `readProgramFile` reads back to the same program and the same bits. */
export const writeProgramFile = (program: string, inputs: Iterable<readonly [string, GivenValue]>): string => {
  const members = Array.from(inputs, ([name, value]) => `    ${JSON.stringify(name)}: ${valueText(value)}`);
  const object = members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n  }`;
  const text = JSON.stringify(program);
  return `{\n  "schema": ${programFileSchema},\n  "program": ${text},\n  "inputs": ${object}\n}\n`;
};

/** Brackets open where an index of an axis, and so of all behind it, is 0, and close where it is the last. */
const valueText = (value: GivenValue): string => {
  if (typeof value === "number") return jsonNumber(value);
  const { shape, data } = value;
  const parts: string[] = [];
  data.forEach((number, index) => {
    const opening = roundness(shape, index);
    const closing = roundness(shape, index + 1);
    const comma = index + 1 < data.length ? ", " : "";
    parts.push("[".repeat(opening), jsonNumber(number), "]".repeat(closing), comma);
  });
  return parts.join("");
};

/** How many rows, from the innermost, begin or end at an index into the data. */
const roundness = (shape: readonly number[], index: number): number => {
  let rows = 0;
  for (let rest = index; rows < shape.length; rows++) {
    const length = shape[shape.length - 1 - rows]!;
    if (rest % length !== 0) break;
    rest /= length;
  }
  return rows;
};
