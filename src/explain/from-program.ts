/** From a program to the draft of its circuit: one graph node for each gate, exactly as written. */
import type { Place } from "../ir/diagnostic.ts";
import { isFloat, type Value } from "../ir/dtype.ts";
import { NodeMap } from "../ir/node-map.ts";
import { Node, type Site } from "../ir/node.ts";
import { cast } from "../ops/forms/cast.ts";
import { constant, input } from "../ops/forms/source.ts";
import { copy } from "../ops/entries/identity.ts";
import type { Operand } from "./circuit.types.ts";
import type { Draft, DraftNode } from "./draft.ts";
import { createPrinter } from "./language/print.ts";
import { type Resolved, uniqueName } from "./language/resolve.ts";
import { Kind, nodeAt, placeOf } from "./language/syntax.ts";
import { entryOf } from "./words.ts";

class ProgramSite implements Site {
  readonly #program: Resolved;
  readonly #node: number;

  constructor(program: Resolved, node: number) {
    this.#program = program;
    this.#node = node;
  }

  get place(): Place {
    return placeOf(this.#program, this.#node);
  }
}

/** A freshly made node under its name and with its place. */
const label = (node: Node, name: string | undefined, site: Site): Node =>
  name === undefined ? node : new Node(node.op, node.src, node.attrs, node.shape, node.dtype, site, name);

/** The draft of a resolved program with a value for each of its inputs; none may be missing. */
export const draftProgram = (program: Resolved, values: ReadonlyMap<string, number>): Draft => {
  const drafts: DraftNode[] = [];
  const feeds = new NodeMap<Value>();
  /** For each node of the program its place in the draft (-1: a literal), and for each in the draft the way back. */
  const indexOf = new Int32Array(program.size).fill(-1);
  const back: (number | undefined)[] = [];
  const put = (from: number | undefined, draft: DraftNode): void => {
    if (from !== undefined) indexOf[from] = drafts.length;
    back.push(from);
    drafts.push(draft);
  };
  for (const { name, uniqueName: unique, node: at } of program.inputs) {
    const node = input([], "float64", unique, at === undefined ? undefined : new ProgramSite(program, at));
    feeds.set(node, values.get(name)!);
    put(at, { name: unique, named: true, kind: "input", op: "input", operands: [], node, value: node, plumbing: false });
  }

  let unnamed = 0;
  const literals = new Map<string, Operand & { readonly literal: number }>();
  /** The number as written; the same text is one object however often it stands in a long program. */
  const literal = (at: number): Operand & { readonly literal: number } => {
    const { value, text } = nodeAt(program, at) as { value: number; text: string };
    const known = literals.get(text) ?? { literal: value, text };
    literals.set(text, known);
    return known;
  };
  const operandOf = (at: number): Operand => (indexOf[at]! < 0 ? literal(at) : { at: indexOf[at]! });
  const nodeOf = (operand: Operand): Node | number => ("at" in operand ? drafts[operand.at]!.value : operand.literal);
  for (let at = 0; at < program.size; at++) {
    const kind = program.kind[at]!;
    const own = uniqueName(program, at);
    if (kind === Kind.input || (kind === Kind.number && own === undefined && at !== program.output)) continue;
    const named = own !== undefined;
    const name = own ?? `%${++unnamed}`;
    const site = new ProgramSite(program, at);
    if (kind === Kind.number) {
      const node = label(constant(literal(at).literal, [], "float64"), name, site);
      put(at, { name, named, kind: "constant", op: "constant", operands: [], node, value: node, plumbing: false });
      continue;
    }
    const from = program.firstOperand[at]!;
    const operands = Array.from(program.operands.subarray(from, program.firstOperand[at + 1]!), operandOf);
    const entry = kind === Kind.copy ? copy : entryOf(program.words[program.word[at]!]!)!;
    const node = label(entry.build(operands.map(nodeOf), site), own, site);
    // In a program everything is a number, also the answer of a comparison.
    const value = isFloat(node.dtype) ? node : cast(node, "float64");
    put(at, { name, named, kind: "gate", op: entry.word, operands, node, value, plumbing: false });
  }
  const used = new Uint8Array(drafts.length);
  for (const { operands } of drafts) for (const operand of operands) if ("at" in operand) used[operand.at] = 1;
  const output = indexOf[program.output]!;
  used[output] = 1;
  const inputs = program.inputs.map((_, i) => i);
  const print = createPrinter(program);
  return {
    nodes: drafts,
    inputs,
    output,
    unused: inputs.filter((i) => used[i] === 0).map((i) => drafts[i]!.name),
    grouped: [],
    source: program.source.text,
    exprOf: (index) => (back[index] === undefined ? drafts[index]!.name : print(back[index])),
    feeds,
  };
};
