import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Inputs, readArgument, readInputs } from "../../../src/explain/language/inputs.ts";
import { readProgramFile, writeProgramFile } from "../../../src/explain/language/program-file.ts";
import type { GivenValue } from "../../../src/explain/language/values.ts";

const given = (...args: string[]): Inputs => {
  const inputs: Inputs = new Map();
  for (const argument of args) readArgument(argument, inputs);
  return inputs;
};

const value = (argument: string): GivenValue => [...given(argument).values()][0]!.value;
const values = (inputs: Inputs): readonly (readonly [string, GivenValue])[] =>
  [...inputs].map(([name, input]) => [name, input.value]);

test("numbers, in arguments", () => {
  const table: readonly (readonly [string, number])[] = [
    ["1", 1],
    ["-2", -2],
    ["+3", 3],
    ["1e-3", 1e-3],
    [".5", 0.5],
    ["-.5", -0.5],
    ["1.", 1],
    ["0", 0],
    ["-0", -0],
    ["Infinity", Infinity],
    ["-Infinity", -Infinity],
    ["+Infinity", Infinity],
    ["NaN", NaN],
    ['"-Infinity"', -Infinity],
    ["  7  ", 7],
  ];
  for (const [text, number] of table) assert.ok(Object.is(value(`x=${text}`), number), text);
});

test("arrays are tensors, row by row", () => {
  const table: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ["[1]", [1], [1]],
    ["[1,2,3]", [3], [1, 2, 3]],
    ["[ [1, 2] , [3, 4] , [5, 6] ]", [3, 2], [1, 2, 3, 4, 5, 6]],
    ["[[[1],[2]]]", [1, 2, 1], [1, 2]],
    ['[NaN, "Infinity", -0]', [3], [NaN, Infinity, -0]],
  ];
  for (const [text, shape, data] of table) {
    assert.deepEqual(value(`w=${text}`), { shape, data: Float64Array.from(data) }, text);
  }
});

test("names of objects and of other languages are names", () => {
  const inputs = given("__proto__=1", "constructor=2", "größe=3", "e\u0301=4");
  assert.deepEqual([...inputs.keys()], ["__proto__", "constructor", "größe", "\u00e9"]);
});

test("a document of inputs adds to what was given, in order, with places", () => {
  const inputs = given("x=1");
  readInputs('{"W": [[1,2],[3,4]],\n "b": "-Infinity", "__proto__": "-0"}\n', "in.json", inputs);
  assert.deepEqual(values(inputs), [
    ["x", 1],
    ["W", { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) }],
    ["b", -Infinity],
    ["__proto__", -0],
  ]);
  const { text, ...place } = inputs.get("b")!.place;
  assert.deepEqual(place, { file: "in.json", line: 2, column: 3, length: 1 });
});

test("an empty document and one with a byte order mark", () => {
  for (const text of ["{}", " { } ", '\ufeff{"x": 1}']) {
    const inputs: Inputs = new Map();
    readInputs(text, "in.json", inputs);
    assert.equal(inputs.size, text.includes("x") ? 1 : 0);
  }
});

test("what JSON.stringify writes is read to the same bits", () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z_0-9]*$/);
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0));
  const matrix = fc
    .tuple(fc.nat(4), fc.nat(4))
    .chain(([r, c]) => fc.array(fc.array(number, { minLength: c + 1, maxLength: c + 1 }), { minLength: r + 1, maxLength: r + 1 }));
  fc.assert(
    fc.property(fc.dictionary(name, fc.oneof(number, matrix)), fc.constantFrom(0, 2), (object, indent) => {
      const inputs: Inputs = new Map();
      readInputs(JSON.stringify(object, undefined, indent), "in.json", inputs);
      assert.deepEqual([...inputs.keys()], Object.keys(object));
      for (const [key, { value: read }] of inputs) {
        const wrote = object[key]!;
        if (typeof wrote === "number") assert.equal(read, wrote);
        else assert.deepEqual(read, { shape: [wrote.length, wrote[0]!.length], data: Float64Array.from(wrote.flat()) });
      }
    }),
  );
});

test("a saved program reads back to the same text and the same bits", () => {
  const number = fc.double();
  const tensor = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }).chain((shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = fc.array(number, { minLength: size, maxLength: size });
    return data.map((numbers) => ({ shape, data: Float64Array.from(numbers) }));
  });
  const name = fc.stringMatching(/^[a-z_][a-z_0-9]*$/);
  const inputs = fc.uniqueArray(fc.tuple(name, fc.oneof(number, tensor)), { selector: ([key]) => key });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), inputs, (text, members) => {
      const written = writeProgramFile(text, members);
      const read = readProgramFile(written, "saved.json");
      assert.equal(read.program, text);
      assert.deepEqual(values(read.inputs), members);
      const json = JSON.parse(written);
      assert.deepEqual([json.schema, json.program], [1, text], "it is JSON for others as well");
    }),
  );
});

test("a saved program is made to be read", () => {
  const W = { shape: [2, 2], data: Float64Array.of(1, -0, NaN, 4) };
  assert.equal(
    writeProgramFile("q = x + y\nf = q * W", [
      ["x", 1],
      ["W", W],
    ]),
    [
      "{",
      '  "schema": 1,',
      '  "program": "q = x + y\\nf = q * W",',
      '  "inputs": {',
      '    "x": 1,',
      '    "W": [[1, "-0"], ["NaN", 4]]',
      "  }",
      "}",
      "",
    ].join("\n"),
  );
  assert.equal(readProgramFile('{"inputs": {}, "program": "x", "schema": 1}', "saved.json").inputs.size, 0);
});
