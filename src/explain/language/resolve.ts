/**
 * What names mean once the inputs are known: `pi` and `e` are constants only where the program neither assigns nor
 * receives that name, and a name that is assigned again needs a name for each of its values.
 */
import { growingFloats } from "./columns.ts";
import { normalName } from "./characters.ts";
import { Kind, type Program, stageCount } from "./syntax.ts";

const constants = new Map([
  ["pi", Math.PI],
  ["e", Math.E],
]);

/** One input of a resolved program. */
export interface ResolvedInput {
  /** The name under which it is given. */
  readonly name: string;
  /** The same, or `x@1` if the program assigns `x` as well. */
  readonly uniqueName: string;
  /** Its node; undefined if it is given but the program never reads it. */
  readonly node: number | undefined;
}

/** A program whose every name is an input, a constant (a number node with the text `pi` or `e`) or a stage. */
export interface Resolved extends Program {
  /** Those that the program reads in order of first reading, then those that are only given. */
  readonly inputs: readonly ResolvedInput[];
  /** For each stage: the how many-th value of its name it is, from 1; and for each name how many values it has. */
  readonly stageOrdinal: Int32Array;
  readonly valuesOfName: Int32Array;
}

/** Resolves the names of `program` for the inputs that are given, by name. */
export const resolve = (program: Program, given: Iterable<string>): Resolved => {
  const ids = new Map(program.names.map((name, id) => [name, id]));
  const received = new Set<string>();
  for (const name of given) received.add(normalName(name));
  const assigned = new Uint8Array(program.names.length);
  for (const name of program.stageName) assigned[name] = 1;

  const valuesOfName = new Int32Array(program.names.length);
  const reads: number[] = [];
  const constantNodes: number[] = [];
  for (const node of program.inputNodes) {
    const id = program.word[node]!;
    const name = program.names[id]!;
    if (constants.has(name) && assigned[id] === 0 && !received.has(name)) constantNodes.push(node);
    else {
      reads.push(node);
      valuesOfName[id] = 1;
    }
  }
  const unread = [...received].filter((name) => {
    const id = ids.get(name);
    return id === undefined || valuesOfName[id] === 0;
  });
  // An input comes before every stage of its name, also one that is never read.
  for (const name of unread) {
    const id = ids.get(name);
    if (id !== undefined) valuesOfName[id] = 1;
  }
  const stageOrdinal = new Int32Array(stageCount(program));
  program.stageName.forEach((name, stage) => (stageOrdinal[stage] = ++valuesOfName[name]!));

  const inputs = [
    ...reads.map((node) => ({ name: program.names[program.word[node]!]!, node })),
    ...unread.map((name) => ({ name, node: undefined })),
  ].map((input) => {
    const id = ids.get(input.name);
    const alone = id === undefined || valuesOfName[id] === 1;
    return { ...input, uniqueName: alone ? input.name : numbered(input.name, 1) };
  });
  return { ...withConstants(program, constantNodes), inputs, stageOrdinal, valuesOfName };
};

const numbered = (name: string, ordinal: number): string => `${name}@${ordinal}`;

const withConstants = (program: Program, nodes: readonly number[]): Program => {
  if (nodes.length === 0) return program;
  const kind = program.kind.slice();
  const word = program.word.slice();
  const values = growingFloats();
  for (const value of program.values) values.push(value);
  for (const node of nodes) {
    const value = constants.get(program.names[word[node]!]!)!;
    kind[node] = Kind.number;
    word[node] = values.push(value);
  }
  return { ...program, kind, word, values: values.done() };
};

/**
 * The unique name of a node: the user's own, where the last value of a name that is assigned again has the plain
 * name and those before it are `y@1`, `y@2`; undefined for a node within an expression.
 */
export const uniqueName = (program: Resolved, node: number): string | undefined => {
  const stage = program.stageOf[node]!;
  const isInput = program.kind[node] === Kind.input;
  if (stage < 0 && !isInput) return undefined;
  const id = isInput ? program.word[node]! : program.stageName[stage]!;
  const ordinal = isInput ? 1 : program.stageOrdinal[stage]!;
  const name = program.names[id]!;
  return ordinal === program.valuesOfName[id] ? name : numbered(name, ordinal);
};
