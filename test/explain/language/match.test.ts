import assert from "node:assert/strict";
import { test } from "node:test";
import { type Inputs, readArgument } from "../../../src/explain/language/inputs.ts";
import { matchInputs, missingInputs, unusedInputs } from "../../../src/explain/language/match.ts";
import { resolve } from "../../../src/explain/language/resolve.ts";
import { program } from "./support.ts";

const match = (text: string, ...given: string[]) => {
  const inputs: Inputs = new Map();
  for (const argument of given) readArgument(argument, inputs);
  const read = resolve(program(text), inputs.keys());
  const found = matchInputs(read, inputs);
  return {
    missing: found.missing.map(({ name }) => name),
    unused: found.unused.map(({ name }) => name),
    error: missingInputs(read, found),
    warnings: unusedInputs(found, inputs),
  };
};

test("all is given and read", () => {
  const { missing, unused, error, warnings } = match("pi * x + y", "x=1", "y=2");
  assert.deepEqual([missing, unused, error, warnings], [[], [], undefined, []]);
});

test("missing inputs are one error that names them all and shows what to add", () => {
  const { missing, error } = match("q = x + y\nf = q * z", "y=5");
  assert.deepEqual(missing, ["x", "z"]);
  assert.equal(error?.code, "missing-input");
  assert.equal(
    error.message,
    [
      "The program reads 2 inputs that have no value: x, z.",
      "  --> 1:5",
      "   | q = x + y",
      "   |     ^",
      "  help: add x=1 z=1, with your own numbers",
    ].join("\n"),
  );
  assert.equal(match("x + 1").error?.sentence, "The program reads an input that has no value: x.");
});

test("a missing input that was meant otherwise is told so", () => {
  assert.deepEqual(match("sigy = x; num = x + sgy", "x=1").error?.notes, [
    "the program has a stage sigy: did you mean sigy instead of sgy?",
  ]);
  assert.deepEqual(match("weight * 2", "wieght=1").error?.notes, [
    "wieght is given, but the program does not read it: did you mean weight=...?",
  ]);
  assert.deepEqual(match("exp * 2").error?.notes, ["exp is a function: write exp(...) to call it"]);
  assert.deepEqual(match("a = 1; b + a").error?.notes, []);
});

test("very many missing inputs do not make a very long error", () => {
  const names = Array.from({ length: 5000 }, (_, i) => `v${i}`);
  const { missing, error } = match(names.join("+"));
  assert.equal(missing.length, 5000);
  assert.match(error!.sentence, /^The program reads 5000 inputs that have no value: v0, v1, .*v49, and 4950 more\.$/);
  assert.ok(error!.help!.length < 500);
});

test("an input that is never read is a warning, with its place and what was meant", () => {
  const { unused, warnings, error } = match("x * y", "x=1", "y=2", "z=3");
  assert.deepEqual(unused, ["z"]);
  assert.equal(error, undefined);
  assert.deepEqual(
    warnings.map(({ code, sentence, place }) => [code, sentence, place?.text]),
    [["unused-input", 'The input "z" is given, but the program does not read it: its gradient is 0.', "z=3"]],
  );
  assert.equal(warnings[0]!.help, undefined, "what is given already was not meant");
  assert.equal(match("weight * 2", "wieght=1").warnings[0]?.help, "did you mean weight?");
  assert.deepEqual(match("3 + 4", "x=1").unused, ["x"]);
});
