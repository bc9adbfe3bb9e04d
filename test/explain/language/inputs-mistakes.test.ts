import assert from "node:assert/strict";
import { test } from "node:test";
import { type Inputs, readArgument, readInputs } from "../../../src/explain/language/inputs.ts";
import { readProgramFile } from "../../../src/explain/language/program-file.ts";
import { blockOf, readGolden } from "./golden.ts";

const readers = new Map<string, (text: string) => unknown>([
  ["argument", (text) => readArgument(text, new Map())],
  [
    "arguments",
    (text) => {
      const inputs: Inputs = new Map();
      for (const argument of text.split(" ")) readArgument(argument, inputs);
    },
  ],
  ["inputs", (text) => readInputs(text, "in.json", new Map())],
  ["saved", (text) => readProgramFile(text, "saved.json")],
]);

const golden = readGolden("inputs.golden.txt");

test("each wrong input, document of inputs and saved program has one diagnostic", () => {
  assert.ok(golden.length >= 70, `${golden.length} texts`);
  for (const block of golden) assert.deepEqual(blockOf(block.reader, block.text, readers.get(block.reader)!), block);
});

test("an input given on the command line and in the file is given twice", () => {
  const inputs: Inputs = new Map();
  readArgument("x=1", inputs);
  assert.throws(() => readInputs('{"w": 3,\n "x": 2}', "in.json", inputs), {
    code: "input-twice",
    notes: ['it was given before as "x=1"'],
    place: { file: "in.json", line: 2, column: 3, text: ' "x": 2}', length: 1 },
  });
});
