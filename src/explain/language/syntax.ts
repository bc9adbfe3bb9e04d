/**
 * The syntax tree of a program, as columns: node `i` is the i-th in order of evaluation, and operands come before
 * the gates that use them. A name that was read is not a node of its own: it is the node it stands for.
 */
import type { Place } from "../../ir/diagnostic.ts";
import type { Source } from "./source.ts";

/** How many arguments a function takes; `max` may be Infinity. */
export interface Arity {
  readonly min: number;
  readonly max: number;
}

/** The functions that a program may call. The table of operations is the source of truth; this is a view of it. */
export type Functions = ReadonlyMap<string, Arity>;

/** What a node is, in the column `kind`. */
export const Kind = { number: 0, input: 1, call: 2, copy: 3 } as const;

/** The columns of a program. Most readers want `nodeAt`, `stageAt` and `placeOf` instead. */
export interface Program {
  readonly source: Source;
  /** The functions that the program was read with. */
  readonly functions: Functions;
  /** How many nodes there are: numbers, inputs, gates, and copies (`x = y`). */
  readonly size: number;
  readonly kind: Uint8Array;
  /** A number: its index in `values`; an input: in `names`; a call: in `words`; a copy: unused. */
  readonly word: Int32Array;
  /** Node `i` has the operands from `firstOperand[i]` up to, not including, `firstOperand[i + 1]`. */
  readonly firstOperand: Int32Array;
  readonly operands: Int32Array;
  readonly start: Int32Array;
  readonly length: Int32Array;
  readonly values: Float64Array;
  readonly names: readonly string[];
  readonly words: readonly string[];
  /** Nodes of the names that were read before any assignment, in order of first reading. */
  readonly inputNodes: Int32Array;
  /** One entry for each assignment, in order: its name (in `names`), its node, and where the name stands. */
  readonly stageName: Int32Array;
  readonly stageNode: Int32Array;
  readonly stageStart: Int32Array;
  /** For each node the assignment that names it, or -1. */
  readonly stageOf: Int32Array;
  /** The node of the last stage, or of the last line without a name. */
  readonly output: number;
}

/** One node as an object, for reading one at a time. */
export type SyntaxNode =
  | { readonly kind: "number"; readonly value: number; readonly text: string }
  | { readonly kind: "input"; readonly name: string }
  /** A gate; operators are calls by the words add, sub, mul, div, neg, pow, lt, le, gt, ge, eq, ne. */
  | { readonly kind: "call"; readonly op: string; readonly operands: readonly number[] }
  /** `x = y`: a named value that is another node's value. */
  | { readonly kind: "copy"; readonly of: number };

/** One assignment. `c = 3` has a number as its node, `x = y` a copy; every stage has a node of its own. */
export interface Stage {
  readonly name: string;
  readonly node: number;
}

/** How many assignments the program has. */
export const stageCount = (program: Program): number => program.stageNode.length;

/** The assignment number `index`, from 0. */
export const stageAt = (program: Program, index: number): Stage => ({
  name: program.names[program.stageName[index]!]!,
  node: program.stageNode[index]!,
});

/** The literal as it was written, without spaces after its sign; a constant by its name. */
export const numberText = (program: Program, node: number): string => {
  const start = program.start[node]!;
  const written = program.source.text.slice(start, start + program.length[node]!);
  return written.startsWith("-") ? `-${written.slice(1).trimStart()}` : written;
};

/** The node number `node`, from 0 to `program.size - 1`. */
export const nodeAt = (program: Program, node: number): SyntaxNode => {
  const word = program.word[node]!;
  const from = program.firstOperand[node]!;
  switch (program.kind[node]) {
    case Kind.number:
      return { kind: "number", value: program.values[word]!, text: numberText(program, node) };
    case Kind.input:
      return { kind: "input", name: program.names[word]! };
    case Kind.copy:
      return { kind: "copy", of: program.operands[from]! };
    default: {
      const operands = Array.from(program.operands.subarray(from, program.firstOperand[node + 1]!));
      return { kind: "call", op: program.words[word]!, operands };
    }
  }
};

/** Where the user wrote the node: a gate with its operands, an input where it is first read. */
export const placeOf = (program: Program, node: number): Place =>
  program.source.place(program.start[node]!, program.length[node]!);
