/**
 * The text of a node in full parentheses, as drawings and tables show it: `(1 + exp((-y)))`. A named value is
 * written by its name. Long texts are cut within: a chain of 100,000 gates has 100,000 texts, and whole they would
 * take gigabytes.
 */
import { operators, signWord } from "./lexer.ts";
import { type Resolved, uniqueName } from "./resolve.ts";
import { Kind, type Program, numberText } from "./syntax.ts";

/** Characters of the longest text; what is longer has "..." in the place of its innermost parts. */
export const longestText = 1_000;

const cut = "...";
const infix = new Map(operators.map(({ word, text }) => [word, ` ${text} `]));
const powerWord = operators.find(({ text }) => text === "^")!.word;

/** How a node is written: before, between and after its operands, or only `before` if it has none. */
interface Form {
  readonly before: string;
  readonly between: string;
  readonly after: string;
}

/** Makes the function that prints the nodes of a program; the work before the first text is linear. */
export const createPrinter = (program: Resolved): ((node: number) => string) => {
  const lengths = measure(program);
  return (node) => {
    const parts: string[] = [];
    // What is still to be written, last first: a text, or a node with how many characters it may take.
    const todo: (string | { node: number; room: number })[] = [{ node, room: longestText }];
    let top = true;
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (typeof next === "string") parts.push(next);
      else parts.push(open(program, lengths, next.node, next.room, top, todo));
      top = false;
    }
    return parts.join("");
  };
};

/** The text before a node's operands; puts the operands and the rest on `todo`. */
const open = (
  program: Resolved,
  lengths: Int32Array,
  node: number,
  room: number,
  top: boolean,
  todo: (string | { node: number; room: number })[],
): string => {
  const name = nameOrNumber(program, node, top);
  if (name !== undefined) return name.length > room ? name.slice(0, room - cut.length) + cut : name;
  const form = formOf(program, node);
  const from = program.firstOperand[node]!;
  const to = program.firstOperand[node + 1]!;
  const punctuation = form.before.length + form.after.length + form.between.length * (to - from - 1);
  const rooms = share(program, lengths, from, to, room - punctuation);
  if (rooms === undefined) return cut;
  todo.push(form.after);
  for (let i = to - 1; i >= from; i--) {
    todo.push({ node: program.operands[i]!, room: rooms[i - from]! });
    if (i > from) todo.push(form.between);
  }
  return form.before;
};

/** Gives every operand what it needs while there is room; the longest ones share what is left. */
const share = (
  program: Program,
  lengths: Int32Array,
  from: number,
  to: number,
  room: number,
): number[] | undefined => {
  const count = to - from;
  if (room < cut.length * count) return undefined;
  const needs = Array.from({ length: count }, (_, i) => lengths[program.operands[from + i]!]!);
  const byNeed = needs.map((_, i) => i).sort((a, b) => needs[a]! - needs[b]!);
  const rooms = needs.slice();
  let left = room;
  byNeed.forEach((operand, done) => {
    const fair = Math.floor(left / (count - done));
    rooms[operand] = Math.min(needs[operand]!, fair);
    left -= rooms[operand]!;
  });
  return rooms;
};

/** For each node the length of its text as an operand, up to a little more than the longest text. */
const measure = (program: Resolved): Int32Array => {
  const lengths = new Int32Array(program.size);
  for (let node = 0; node < program.size; node++) {
    const name = nameOrNumber(program, node, false);
    lengths[node] = Math.min(longestText + 1, name === undefined ? sum(program, lengths, node) : name.length);
  }
  return lengths;
};

const sum = (program: Resolved, lengths: Int32Array, node: number): number => {
  const form = formOf(program, node);
  const from = program.firstOperand[node]!;
  const to = program.firstOperand[node + 1]!;
  let length = form.before.length + form.after.length + form.between.length * (to - from - 1);
  for (let i = from; i < to; i++) length += lengths[program.operands[i]!]!;
  return length;
};

/** What is written without operands: an input, a number, and each named node but the one that is asked for. */
const nameOrNumber = (program: Resolved, node: number, top: boolean): string | undefined => {
  const kind = program.kind[node];
  if (kind === Kind.input || (!top && program.stageOf[node]! >= 0)) return uniqueName(program, node);
  return kind === Kind.number ? numberText(program, node) : undefined;
};

const plain: Form = { before: "", between: "", after: "" };
const sign: Form = { before: "(-", between: "", after: ")" };
const signOfNumber: Form = { before: "(-(", between: "", after: "))" };
const powerOfNegative: Form = { before: "((", between: ") ^ ", after: ")" };

const formOf = (program: Resolved, node: number): Form => {
  if (program.kind[node] === Kind.copy) return plain;
  const word = program.words[program.word[node]!]!;
  const from = program.firstOperand[node]!;
  const count = program.firstOperand[node + 1]! - from;
  // Without parentheses of its own, a number after a sign, or a negative one before ^, would be read otherwise.
  const first = program.operands[from]!;
  if (word === signWord && count === 1) return isLiteral(program, first, false) ? signOfNumber : sign;
  const between = count === 2 ? infix.get(word) : undefined;
  if (between === undefined) return { before: `${word}(`, between: ", ", after: ")" };
  if (word === powerWord && isLiteral(program, first, true)) return powerOfNegative;
  return { before: "(", between, after: ")" };
};

/** Whether the node is written as a number literal, with a minus before it or without. */
const isLiteral = (program: Resolved, node: number, negative: boolean): boolean => {
  if (program.kind[node] !== Kind.number || program.stageOf[node]! >= 0) return false;
  const first = program.source.text.charAt(program.start[node]!);
  return negative ? first === "-" : /[0-9.]/.test(first);
};
