import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nodeAt, placeOf, stageAt, stageCount } from "../../../src/explain/language/syntax.ts";
import { type Tree, filed, functions, program, tree } from "./support.ts";

interface Case {
  readonly id: string;
  readonly expr?: string;
  readonly stages?: readonly string[];
  readonly inputs?: Record<string, unknown>;
  readonly output?: string;
  readonly generator?: { init: string; repeat: number; index?: string; body: string };
}

const cases = (name: string): readonly Case[] =>
  JSON.parse(readFileSync(new URL(`../../cases/${name}.json`, import.meta.url), "utf8")).cases;

const trees = (table: readonly (readonly [text: string, tree: Tree])[]): void => {
  for (const [text, expected] of table) assert.deepEqual(tree(program(text)), expected, text);
};

test("every expression and every stage of the cases is read", () => {
  let expressions = 0;
  let stages = 0;
  for (const each of [...cases("circuits"), ...cases("edge")]) {
    if (each.expr !== undefined) {
      expressions++;
      assert.equal(stageCount(program(each.expr)), 0, each.id);
    }
    if (each.stages !== undefined) {
      for (const separator of ["\n", ";", " ;\r\n\t"]) {
        const read = program(each.stages.join(separator));
        const names = Array.from({ length: stageCount(read) }, (_, i) => stageAt(read, i).name);
        assert.deepEqual(names, each.stages.map((stage) => stage.split("=")[0]!.trim()), each.id);
        assert.equal(stageAt(read, names.length - 1).node, read.output);
        assert.equal(each.output, names.at(-1));
        const inputs = [...read.inputNodes].map((node) => nodeAt(read, node));
        const named = inputs.map((node) => (node.kind === "input" ? node.name : node));
        assert.deepEqual(named.toSorted(), Object.keys(each.inputs ?? {}).toSorted(), each.id);
      }
      stages += each.stages.length;
    }
    if (each.generator !== undefined) {
      const { init, repeat, index, body } = each.generator;
      const lines = Array.from({ length: repeat }, (_, k) =>
        index === undefined ? body : body.replaceAll(new RegExp(`\\b${index}\\b`, "g"), `${k + 1}`),
      );
      assert.equal(stageCount(filed([init, ...lines].join("\n"))), repeat + 1, each.id);
    }
  }
  assert.ok(expressions >= 30 && stages >= 80, `${expressions} expressions, ${stages} stages`);
});

test("operators bind as in mathematics, powers to the right and tighter than a sign", () => {
  trees([
    ["a - b - c", ["sub", ["sub", "a", "b"], "c"]],
    ["a / b / c", ["div", ["div", "a", "b"], "c"]],
    ["a / b * c", ["mul", ["div", "a", "b"], "c"]],
    ["a + b * c", ["add", "a", ["mul", "b", "c"]]],
    ["a * b + c", ["add", ["mul", "a", "b"], "c"]],
    ["(a + b) * c", ["mul", ["add", "a", "b"], "c"]],
    ["a ^ b ^ c", ["pow", "a", ["pow", "b", "c"]]],
    ["(a ^ b) ^ c", ["pow", ["pow", "a", "b"], "c"]],
    ["a * b ^ c", ["mul", "a", ["pow", "b", "c"]]],
    ["-x^2", ["neg", ["pow", "x", 2]]],
    ["-x * y", ["mul", ["neg", "x"], "y"]],
    ["2^-x", ["pow", 2, ["neg", "x"]]],
    ["2^-x^y", ["pow", 2, ["neg", ["pow", "x", "y"]]]],
    ["2^-x * y", ["mul", ["pow", 2, ["neg", "x"]], "y"]],
    ["a * -b ^ c", ["mul", "a", ["neg", ["pow", "b", "c"]]]],
    ["a - -b", ["sub", "a", ["neg", "b"]]],
    ["--x", ["neg", ["neg", "x"]]],
    ["+x", "x"],
    ["a + +b", ["add", "a", "b"]],
    ["-+x", ["neg", "x"]],
  ]);
});

test("comparisons bind least", () => {
  trees([
    ["a + b < c * d", ["lt", ["add", "a", "b"], ["mul", "c", "d"]]],
    ["a <= -b", ["le", "a", ["neg", "b"]]],
    ["a<-b", ["lt", "a", ["neg", "b"]]],
    ["(a > b) * (b >= c)", ["mul", ["gt", "a", "b"], ["ge", "b", "c"]]],
    ["(a == b) != c", ["ne", ["eq", "a", "b"], "c"]],
    ["where(x > 0, x, 0)", ["where", ["gt", "x", 0], "x", 0]],
  ]);
});

test("a minus directly before a number makes a negative number, before anything else a gate", () => {
  trees([
    ["dot * -1", ["mul", "dot", -1]],
    ["x - -1", ["sub", "x", -1]],
    ["x - 1", ["sub", "x", 1]],
    ["x -1", ["sub", "x", 1]],
    ["- 1.5e3", -1500],
    ["2^-1", ["pow", 2, -1]],
    ["(-2)^2", ["pow", -2, 2]],
    ["-2^2", ["neg", ["pow", 2, 2]]],
    ["-(1)", ["neg", 1]],
    ["-+1", ["neg", 1]],
    ["--1", ["neg", -1]],
    ["-1 * x", ["mul", -1, "x"]],
    ["(-\n 1)", -1],
    ["(- # one\n 1)", ["neg", 1]],
  ]);
  assert.ok(Object.is(tree(program("-0")), -0));
});

test("numbers", () => {
  for (const text of ["0", "1", "1.0", "1.", ".5", "1e3", "1E-3", "1.5e+3", "1.e2", "007", "5e-324", "0e-999"]) {
    assert.equal(tree(program(text)), Number(text), text);
  }
  const literal = nodeAt(program("1.0 / x"), 0);
  assert.deepEqual(literal, { kind: "number", value: 1, text: "1.0" });
});

test("calls take any number of arguments that the function takes", () => {
  trees([
    ["max(a)", ["max", "a"]],
    ["max(a, b, c + d)", ["max", "a", "b", ["add", "c", "d"]]],
    ["max(max(a, b), -c)", ["max", ["max", "a", "b"], ["neg", "c"]]],
    ["nothing()", ["nothing"]],
    ["exp (x)", ["exp", "x"]],
    ["exp(((x)))", ["exp", "x"]],
  ]);
});

test("lines: blank lines, comments, semicolons, and parentheses that go on over a line break", () => {
  trees([
    ["\n\n# nothing yet\nx # and more\n\n", "x"],
    ["f = max(a, # first\n b,\n\n c)\nf * 2", ["mul", ["max", "a", "b", "c"], 2]],
    ["a = 1; b = 2;; a + b ;", ["add", 1, 2]],
    ["a = x\r\nb = a\rb * 2", ["mul", ["copy", ["copy", "x"]], 2]],
    ["f = 3; -f", ["neg", 3]],
    ["f = 3;\n-f", ["neg", 3]],
    ["\ufeffx\u00a0+\u2003y", ["add", "x", "y"]],
  ]);
});

test("names are any letters, and names of objects are names like any other", () => {
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "α_1", "größe", "変数", "_"]) {
    assert.deepEqual(tree(program(`${name} * 2`)), ["mul", name, 2]);
    assert.deepEqual(tree(program(`${name} = 3; ${name} + ${name}`)), ["add", 3, 3]);
  }
  // The same accent as one character and as two is one name.
  assert.equal(program("e\u0301 = 2; \u00e9 * x").inputNodes.length, 1);
  assert.deepEqual(tree(program("exp = 2; exp(exp)")), ["exp", 2]);
});

test("a name stands for what was assigned to it last, and for an input before that", () => {
  trees([
    ["x = x * 2; x = x + 1; x", ["add", ["mul", "x", 2], 1]],
    ["f = y; y = 3; f * y", ["mul", ["copy", "y"], 3]],
  ]);
});

test("every named value has a node of its own", () => {
  const read = program("a = x; b = a; c = 3; d = (c); f = a + b");
  const nodes = Array.from({ length: stageCount(read) }, (_, i) => stageAt(read, i).node);
  assert.equal(new Set(nodes).size, 5);
  assert.deepEqual(
    nodes.map((node) => nodeAt(read, node).kind),
    ["copy", "copy", "number", "copy", "call"],
  );
  nodes.forEach((node, stage) => assert.equal(read.stageOf[node], stage));
  assert.equal(read.stageOf[0], -1, "an input has a name, but no stage");
});

test("a name read twice is one node, a number written twice is two", () => {
  const read = program("x * x + 2 * 2");
  assert.equal(read.size, 1 + 2 + 3);
});

test("nodes stand in order of evaluation, operands before gates", () => {
  const read = program("-log(exp(s2) / (exp(s0) + exp(s2)))");
  const words = Array.from({ length: read.size }, (_, i) => {
    const node = nodeAt(read, i);
    return node.kind === "call" ? node.op : node.kind === "input" ? node.name : "?";
  });
  assert.deepEqual(words, ["s2", "exp", "s0", "exp", "exp", "add", "div", "log", "neg"]);
  for (let i = 0; i < read.size; i++) {
    const node = nodeAt(read, i);
    if (node.kind === "call") for (const operand of node.operands) assert.ok(operand < i);
  }
});

test("every node knows the place where it was written", () => {
  const text = "q = (x + yy) * 2\n  f = exp(-(q)) - -  3.5";
  const read = filed(text);
  const written = Array.from({ length: read.size }, (_, node) => {
    const { line, column, length, file, text: lineText } = placeOf(read, node);
    assert.equal(file, "program.txt");
    assert.equal(lineText, text.split("\n")[line - 1]);
    return `${line}: ${lineText!.slice(column - 1, column - 1 + length!)}`;
  });
  assert.deepEqual(written, [
    "1: x",
    "1: yy",
    "1: x + yy",
    "1: 2",
    "1: (x + yy) * 2",
    "2: -(q)",
    "2: exp(-(q))",
    "2: -  3.5",
    "2: exp(-(q)) - -  3.5",
  ]);
});

test("places count lines as editors do, and end with the line", () => {
  const read = program("a = 1\r\nb = (x +\r\n y)\rb");
  const sum = placeOf(read, 3);
  assert.deepEqual([sum.line, sum.column, sum.text, sum.length], [2, 6, "b = (x +", 3]);
  const shown = placeOf(program("x # \u001b[31m \u202e"), 0);
  assert.equal(shown.text, "x # \ufffd[31m \ufffd");
});

test("the functions are those of the caller, and no others", () => {
  assert.equal(functions.has("tan"), false);
  assert.throws(() => program("tan(x)"), { code: "unknown-function" });
  assert.throws(() => program("add(x, y)"), { code: "unknown-function" });
});
