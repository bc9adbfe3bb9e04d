/**
 * Golden tables of errors: a text file of blocks, each with what was written, as JSON, behind the name of what reads
 * it, the code of the error, and the whole message, indented. Made to be read aloud from top to bottom.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Diagnostic } from "../../../src/ir/diagnostic.ts";

export interface Block {
  readonly reader: string;
  readonly text: string;
  readonly code: string;
  readonly message: string;
}

export const readGolden = (name: string): readonly Block[] =>
  readFileSync(new URL(name, import.meta.url), "utf8")
    .trimEnd()
    .split("\n\n")
    .map((block) => {
      const [first = "", code = "", ...message] = block.split("\n");
      const space = first.indexOf(" ");
      return {
        reader: first.slice(0, space),
        text: JSON.parse(first.slice(space + 1)) as string,
        code: code.trim(),
        message: message.map((line) => line.replace(/^ {4}/, "")).join("\n"),
      };
    });

/** What reading the text says, as a block of a golden file. */
export const blockOf = (reader: string, text: string, read: (text: string) => unknown): Block => {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof Diagnostic, `${text}: ${String(error)}`);
    const message = error.message.split("\n").map((line) => line.trimEnd());
    return { reader, text, code: error.code, message: message.join("\n") };
  }
  return { reader, text, code: "no error", message: "" };
};
