/** What must hold for any program and any garbage, not only for those that somebody thought of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Diagnostic } from "../../../src/ir/diagnostic.ts";
import { type Inputs, readArgument, readInputs } from "../../../src/explain/language/inputs.ts";
import { operators } from "../../../src/explain/language/tokens.ts";
import { createPrinter } from "../../../src/explain/language/print.ts";
import { readProgramFile } from "../../../src/explain/language/program-file.ts";
import { uniqueName } from "../../../src/explain/language/resolve.ts";
import { stageAt } from "../../../src/explain/language/syntax.ts";
import { type Tree, program, resolved, tree } from "./support.ts";

const atom = 6;
const sign = 4;
const power = 5;
const comparison = 1;
const bySign = new Map(operators.map((operator) => [operator.word, operator]));

/** How tightly what the tree is written as holds together. */
const strength = (of: Tree): number => {
  if (typeof of === "number") return of < 0 || Object.is(of, -0) ? sign : atom;
  if (typeof of === "string") return atom;
  return of[0] === "neg" ? sign : (bySign.get(of[0])?.binding ?? atom);
};

const grouped = (text: string, group: boolean): string => (group ? `( ${text} )` : text);

/** The tree with no more parentheses than the language needs; tokens with spaces between them. */
const minimal = (of: Tree): string => {
  if (typeof of === "number") return Object.is(of, -0) ? "-0" : String(of);
  if (typeof of === "string") return of;
  const [word, ...operands] = of;
  const texts = operands.map(minimal);
  if (word === "neg") {
    const [operand] = operands as [Tree];
    const folds = typeof operand === "number" && strength(operand) === atom;
    return `- ${grouped(texts[0]!, folds || strength(operand) < sign)}`;
  }
  const operator = bySign.get(word);
  if (operator === undefined) return `${word} ( ${texts.join(" , ")} )`;
  const [left, right] = operands as [Tree, Tree];
  const { binding } = operator;
  const toTheRight = binding === power || binding === comparison;
  const groupLeft = toTheRight ? strength(left) <= binding : strength(left) < binding;
  // A sign may follow any operator; whatever else binds less needs parentheses there.
  const groupRight = strength(right) !== sign && (binding === power ? strength(right) < power : strength(right) <= binding);
  return `${grouped(texts[0]!, groupLeft)} ${operator.text} ${grouped(texts[1]!, groupRight)}`;
};

const name = fc.constantFrom("x", "y", "w0", "größe", "__proto__", "constructor", "_", "exp");
const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const { any } = fc.letrec<{ any: Tree }>((tie) => ({
  any: fc.oneof(
    { depthSize: "medium", maxDepth: 8, withCrossShrink: true },
    name,
    number,
    fc.tuple(fc.constant("neg"), tie("any")),
    fc.tuple(fc.constantFrom(...operators.map(({ word }) => word)), tie("any"), tie("any")),
    fc.tuple(fc.constantFrom("exp", "sigmoid", "max"), tie("any")),
    fc.tuple(fc.constantFrom("max", "leaky_relu", "min"), tie("any"), tie("any")),
    fc.tuple(fc.constantFrom("where"), tie("any"), tie("any"), tie("any")),
  ),
}));

test("a tree printed with the fewest parentheses reads back as the same tree", () => {
  fc.assert(
    fc.property(any, (expected) => {
      assert.deepEqual(tree(program(minimal(expected))), expected);
    }),
    { numRuns: 1000 },
  );
});

test("spaces between tokens, or none, make no difference", () => {
  const gap = fc.constantFrom("", " ", "\t", "  ", "\u00a0");
  fc.assert(
    fc.property(any, fc.infiniteStream(gap), (expected, gaps) => {
      const text = minimal(expected)
        .split(" ")
        .reduce((before, token) => before + gaps.next().value + token);
      assert.deepEqual(tree(program(text)), expected);
    }),
    { numRuns: 500 },
  );
});

test("line breaks and comments within parentheses make no difference", () => {
  const gap = fc.constantFrom(" ", "\n", "\r\n", " # (note, 1.2.3\n", "\n\n");
  fc.assert(
    fc.property(any, fc.infiniteStream(gap), (expected, gaps) => {
      // A comment between a sign and its number would make a gate of the sign.
      const text = minimal(expected)
        .replace(/- (?=[0-9])/g, "-")
        .split(" ")
        .reduce((before, token) => before + gaps.next().value + token, "(");
      assert.deepEqual(tree(program(`${text})`)), expected);
    }),
    { numRuns: 500 },
  );
});

test("the text of a node in full parentheses reads back as the same tree", () => {
  fc.assert(
    fc.property(any, (expected) => {
      const read = resolved(minimal(expected));
      const text = createPrinter(read)(read.output);
      fc.pre(!text.includes("..."));
      assert.deepEqual(tree(program(text)), expected, text);
    }),
    { numRuns: 500 },
  );
});

test("an expression in stages is the same expression, and every stage has a name of its own", () => {
  const line = fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("+", "*", "-"), fc.constantFrom("a", "b", "x"));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
      const values = new Map<string, Tree>();
      for (const [target, operator, operand] of lines) {
        const word = operators.find(({ text }) => text === operator)!.word;
        values.set(target, [word, values.get(target) ?? target, values.get(operand) ?? operand]);
      }
      const text = lines.map(([target, operator, operand]) => `${target} = ${target} ${operator} ${operand}`);
      const read = resolved(text.join("\n"));
      assert.deepEqual(tree(read), values.get(lines.at(-1)![0]));
      const stages = lines.map((_, stage) => uniqueName(read, stageAt(read, stage).node));
      const names = [...stages, ...read.inputs.map((input) => input.uniqueName)];
      assert.equal(new Set(names).size, names.length, String(names));
    }),
  );
});

/** Runs it; what it throws must be a diagnostic that points into the text. */
const onlyDiagnostics = (text: string, read: (text: string) => unknown): void => {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof Diagnostic, `${JSON.stringify(text)}: ${(error as Error).stack}`);
    const { place } = error;
    assert.ok(place, error.message);
    const lines = text.split(/\r\n|\r|\n/);
    assert.ok(place.line >= 1 && place.line <= lines.length, error.message);
    assert.ok(place.column >= 1 && place.column <= lines[place.line - 1]!.length + 1, error.message);
    assert.ok(error.sentence.length < 1000 && /[.?]$/.test(error.sentence), error.sentence);
  }
};

const tokens = [..."+-*/^<>=!(),;#.{}[]?:&|%'\"\\ \n\r\t", "==", "**", "1", "2.5", "1e", "1e3", "0x1", "_", "x", "yy"];
const garbage = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.constantFrom(...tokens, "exp", "max", "where", "let", "é", "²", "\u200b", "\ud800"), { maxLength: 60 }).map((t) => t.join("")),
  fc.tuple(any.map(minimal), fc.nat(200), fc.constantFrom(...tokens)).map(([text, at, token]) => text.slice(0, at) + token + text.slice(at)),
  fc.tuple(any.map(minimal), fc.nat(200), fc.nat(5)).map(([text, at, cut]) => text.slice(0, at) + text.slice(at + cut)),
);

test("garbage in place of a program ends in a diagnostic or is a program", () => {
  fc.assert(fc.property(garbage, (text) => onlyDiagnostics(text, program)), { numRuns: 3000 });
});

const document = fc.oneof(
  garbage,
  fc.json().chain((text) => fc.tuple(fc.nat(text.length), fc.constantFrom(...tokens, "")).map(([at, token]) => text.slice(0, at) + token + text.slice(at))),
  fc.array(fc.constantFrom('"x"', ":", "{", "}", "[", "]", ",", "1", "-0", "NaN", '"NaN"', '"schema"', '"program"', '"inputs"', "\\", '"'), { maxLength: 30 }).map((t) => t.join("")),
);

test("garbage in place of inputs and saved programs ends in a diagnostic or is one", () => {
  const none = (): Inputs => new Map();
  fc.assert(
    fc.property(document, (text) => {
      for (const argument of [text, `w=${text}`]) onlyDiagnostics(argument, (each) => readArgument(each, none()));
      onlyDiagnostics(text, (each) => readInputs(each, "in.json", none()));
      onlyDiagnostics(text, (each) => readProgramFile(each, "saved.json"));
    }),
    { numRuns: 3000 },
  );
});
