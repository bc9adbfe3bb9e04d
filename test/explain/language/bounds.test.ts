import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import type { Diagnostic } from "../../../src/ir/diagnostic.ts";
import { bounds } from "../../../src/explain/language/bounds.ts";
import { checkFileSize } from "../../../src/explain/language/too-large.ts";
import { readArgument } from "../../../src/explain/language/inputs.ts";
import { cutText } from "../../../src/explain/language/print.ts";
import { nodeAt, stageCount } from "../../../src/explain/language/syntax.ts";
import { filed, program } from "./support.ts";

test("the length of an argument and the size of a file", () => {
  const longest = "x".padEnd(bounds.argumentCharacters);
  assert.equal(program(longest).size, 1);
  assert.throws(() => program(`${longest} `), {
    code: "program-too-long",
    sentence: "The program is 100,001 characters long, but as an argument it may have at most 100,000.",
    help: "put it into a file and give the file instead",
  });
  assert.equal(filed(`${longest} `).size, 1);
  checkFileSize(bounds.fileBytes, "big.txt");
  assert.throws(() => checkFileSize(bounds.fileBytes + 1, "big.txt"), {
    code: "file-too-large",
    sentence: "The file big.txt has 67,108,865 bytes, but at most 64 MiB (67,108,864) are read.",
  });
});

test("nesting, of each kind", () => {
  const deep = (count: number): readonly string[] => [
    `${"(".repeat(count)}x${")".repeat(count)}`,
    `${"exp(".repeat(count)}x${")".repeat(count)}`,
    `${"-".repeat(count)}x`,
    `${"+".repeat(count)}x`,
    `${"x^".repeat(count)}x`,
    `${"2^-".repeat(count / 2)}x`,
    `${"x + (y * ".repeat(count)}x${")".repeat(count)}`,
  ];
  for (const text of deep(bounds.depth)) assert.ok(program(text).size >= 1);
  for (const text of deep(bounds.depth + 2)) {
    assert.throws(() => program(text), {
      code: "program-too-deep",
      sentence: "The expression nests more than 1,000 levels deep here.",
    });
  }
  assert.throws(() => filed("(".repeat(3_000_000)), { code: "program-too-deep" });
  readArgument(`w=${"[".repeat(bounds.depth)}1${"]".repeat(bounds.depth)}`, new Map());
  assert.throws(() => readArgument(`w=${"[".repeat(bounds.depth + 1)}`, new Map()), { code: "array-too-deep" });
});

test("what is long is not deep", () => {
  for (const operator of ["+", "-", "*", "/"]) assert.equal(program(`x${`${operator}x`.repeat(40_000)}`).size, 40_001);
  assert.equal(program(`max(x${",(x)".repeat(20_000)})`).size, 2);
  assert.equal(program("(x)*".repeat(20_000) + "x").size, 20_001);
});

test("nodes: inputs, gates and named values count, numbers within expressions do not", () => {
  const full = `f = x${"+1".repeat(bounds.nodes - 1)}`;
  assert.equal(filed(full).size, 2 * bounds.nodes - 1);
  const tooMany = { code: "program-too-large" };
  assert.throws(() => filed(`${full}+1`), {
    ...tooMany,
    sentence: "The program has more than 2,000,000 nodes; here is the first too many.",
  });
  assert.throws(() => filed(`${full}\nc = 3`), tooMany);
  assert.throws(() => filed(`c = x\n${"c = 3\n".repeat(bounds.nodes - 1)}`), tooMany);
  // A call is refused while its arguments pile up, and two that are each small enough are refused together.
  const call = (count: number): string => `max(1${",1".repeat(count)})`;
  assert.throws(() => filed(call(bounds.nodes + 1)), (error: Diagnostic) => error.place!.column > bounds.nodes);
  assert.equal(filed(call(1_200_000)).size, 1_200_002);
  assert.throws(() => filed(`${call(1_200_000)} + ${call(1_200_000)}`), tooMany);
});

test("a program of a million lines is read", () => {
  const lines = 1_000_000;
  const read = filed(`y = x\n${"y = y * 1.0001\n".repeat(lines)}`);
  assert.equal(stageCount(read), lines + 1);
  const { output } = read;
  assert.deepEqual(nodeAt(read, output), { kind: "call", op: "mul", operands: [output - 2, output - 1] });
});

test("a small stack is enough for the deepest program", async () => {
  // Half a megabyte of stack: a parser or printer with a frame for each level would not return from it.
  const worker = new Worker(new URL("small-stack.ts", import.meta.url), { resourceLimits: { stackSizeMb: 0.5 } });
  const length = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  assert.ok((length as number) > cutText - 10, `${String(length)} characters`);
});

/** How many characters `read` looks at or copies: its work, whatever the machine. */
const work = (read: () => unknown): number => {
  const prototype = String.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const originals = new Map(["charCodeAt", "charAt", "codePointAt", "slice"].map((name) => [name, prototype[name]!]));
  let count = 0;
  for (const [name, original] of originals) {
    prototype[name] = function (this: string, ...args: unknown[]) {
      const result = original.apply(this, args);
      count += name === "slice" ? (result as string).length + 1 : 1;
      return result;
    };
  }
  try {
    read();
  } catch {
    // An error is work as well.
  } finally {
    for (const [name, original] of originals) prototype[name] = original;
  }
  return count;
};

test("reading is linear in the length of the program: twice the text, twice the work", () => {
  const shapes: Record<string, (n: number) => string> = {
    "stages": (n) => "y = x\n" + "y = y * 1.0001\n".repeat(n),
    "new names": (n) => Array.from({ length: n }, (_, i) => `name${100_000 + i} = x`).join("\n"),
    "a flat sum": (n) => "x" + " + x".repeat(n),
    "groups": (n) => "(x)*".repeat(n) + "x",
    "nested groups": (n) => `${"(".repeat(900)}x${")".repeat(900)}+`.repeat(n / 900) + "x",
    "signs": (n) => `${"- ".repeat(900)}x*`.repeat(n / 900) + "x",
    "signed numbers": (n) => "x - - 1 * ".repeat(n) + "x",
    "powers": (n) => `${"x^-".repeat(400)}x*`.repeat(n / 400) + "x",
    "arguments": (n) => `max(x${", x".repeat(n)})`,
    "calls": (n) => "exp(x) + ".repeat(n) + "x",
    "a comment": (n) => "x # " + "(".repeat(n),
    "comments": (n) => "x = 1 # one\n".repeat(n),
    "spaces": (n) => "x" + " ".repeat(n),
    "spaces before =": (n) => `x${" ".repeat(n)}= 3`,
    "spaces after a sign": (n) => `x * -${" ".repeat(n)}3`,
    "a long name": (n) => "x".repeat(n),
    "a long name of other letters": (n) => "ß".repeat(n),
    "a long number": (n) => "0." + "1".repeat(n),
    "a long broken number": (n) => "1.".repeat(n),
    "a long number with underscores": (n) => "1_".repeat(n) + "1",
    "blank lines": (n) => "\n".repeat(n) + "x",
    "semicolons": (n) => ";".repeat(n) + "x",
    "unclosed groups": (n) => "(x + ".repeat(900) + "x\n".repeat(n),
    "an unknown function": (n) => `f(${"x".repeat(n)}) = 3`,
    "a trailing mistake": (n) => "x + ".repeat(n) + ")",
  };
  for (const [what, shape] of Object.entries(shapes)) {
    const n = 3600;
    const [once, twice] = [shape(n), shape(2 * n)].map((text) => work(() => filed(text))) as [number, number];
    assert.ok(once > n / 2, `${what}: the work was not counted (${once})`);
    assert.ok(twice < 2.2 * once, `${what}: ${once} for ${n}, ${twice} for twice as much`);
  }
});

test("reading inputs is linear as well", () => {
  const shapes: Record<string, (n: number) => string> = {
    "numbers": (n) => `w=[1${", 1".repeat(n)}]`,
    "rows": (n) => `w=[[1, 2]${", [1, 2]".repeat(n)}]`,
    "spaces": (n) => `w=[${" ".repeat(n)}1]`,
    "a long word": (n) => `w=[1, ${"a".repeat(n)}]`,
    "no value": (n) => "w".repeat(n),
  };
  for (const [what, shape] of Object.entries(shapes)) {
    const n = 3600;
    const [once, twice] = [shape(n), shape(2 * n)].map((text) => work(() => readArgument(text, new Map()))) as [number, number];
    assert.ok(once > n / 2, `${what}: the work was not counted (${once})`);
    assert.ok(twice < 2.2 * once, `${what}: ${once} for ${n}, ${twice} for twice as much`);
  }
});
