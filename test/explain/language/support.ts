/** What the tests of the language share: a table of functions, and trees to compare programs by. */
import { type Functions, nodeAt, type Program } from "../../../src/explain/language/syntax.ts";
import { parse } from "../../../src/explain/language/parse.ts";
import { type Resolved, resolve } from "../../../src/explain/language/resolve.ts";

const one = "exp log sqrt inv sq sigmoid tanh sin cos abs relu softplus".split(" ");

/** Functions as a caller would pass them, with every kind of arity. */
export const functions: Functions = new Map([
  ...one.map((name) => [name, { min: 1, max: 1 }] as const),
  ["leaky_relu", { min: 2, max: 2 }],
  ["elu", { min: 2, max: 2 }],
  ["where", { min: 3, max: 3 }],
  ["gelu", { min: 1, max: 2 }],
  ["some", { min: 1, max: 4 }],
  ["nothing", { min: 0, max: 0 }],
  ["max", { min: 1, max: Infinity }],
  ["min", { min: 2, max: Infinity }],
]);

/** A program as an argument. */
export const program = (text: string): Program => parse(text, { functions });

/** A program as a file, which may be longer. */
export const filed = (text: string): Program => parse(text, { functions, file: "program.txt" });

export const resolved = (text: string, ...given: string[]): Resolved => resolve(program(text), given);

/** A tree as nested lists: `["add", "x", ["neg", 2]]`; numbers are numbers, inputs and copies by name. */
export type Tree = number | string | readonly [string, ...Tree[]];

/** The tree below a node; not for programs that nest deep. */
export const tree = (of: Program, node: number = of.output): Tree => {
  const found = nodeAt(of, node);
  if (found.kind === "number") return found.value;
  if (found.kind === "input") return found.name;
  if (found.kind === "copy") return ["copy", tree(of, found.of)];
  return [found.op, ...found.operands.map((operand) => tree(of, operand))];
};
