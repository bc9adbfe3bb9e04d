/**
 * The text of a node in full parentheses, as drawings and tables show it: `(1 + exp((-y)))`. A named value is
 * written by its name. Long texts are cut within: a chain of 100,000 gates has 100,000 texts, and whole they would
 * take gigabytes.
 */
import { type Resolved, uniqueName } from "./resolve.ts";
import { Kind, numberText } from "./syntax.ts";
import { operators, signWord } from "./tokens.ts";

/** Characters of the longest text that is written whole. */
export const longestText = 1_000;
/** Characters of a longer one: its innermost parts are replaced by "..." until it is this short. */
export const cutText = 200;

const cut = "...";
const argumentBetween = ", ";
const infix = new Map(operators.map(({ word, text }) => [word, ` ${text} `]));
const powerWord = operators.find(({ text }) => text === "^")!.word;

/** How a node is written: before, between and after its operands. */
interface Form {
  readonly before: string;
  readonly between: string;
  readonly after: string;
}

/** What is still to be written: a text, or a node and how many characters it may take. */
type Pending = string | { readonly node: number; readonly room: number };

/** Makes the function that prints the nodes of a program; the work before the first text is linear. */
export const createPrinter = (program: Resolved): ((node: number) => string) => {
  const lengths = measure(program);
  return (asked) => {
    const whole = nameOrNumber(program, asked, true)?.length ?? sum(program, lengths, asked);
    const parts: string[] = [];
    // Last first.
    const pending: Pending[] = [{ node: asked, room: whole > longestText ? cutText : whole }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (typeof next === "string") parts.push(next);
      else parts.push(open(program, lengths, next.node, next.room, parts.length === 0, pending));
    }
    return parts.join("");
  };
};

/** The text before a node's operands; puts the operands and the rest on `pending`. */
const open = (
  program: Resolved,
  lengths: Int32Array,
  node: number,
  room: number,
  asked: boolean,
  pending: Pending[],
): string => {
  const name = nameOrNumber(program, node, asked);
  if (name !== undefined) return name.length > room ? name.slice(0, room - cut.length) + cut : name;
  const form = formOf(program, node);
  const from = program.firstOperand[node]!;
  const count = program.firstOperand[node + 1]! - from;
  const inner = room - form.before.length - form.after.length;
  const needs = Array.from({ length: count }, (_, i) => lengths[program.operands[from + i]!]!);
  const rooms = share(needs, inner, form.between.length);
  const isCut = rooms.length < count;
  if (isCut && (rooms.length === 0 || form.between !== argumentBetween)) return cut;
  pending.push(form.after);
  if (isCut) pending.push(cut, form.between);
  for (let i = rooms.length - 1; i >= 0; i--) {
    pending.push({ node: program.operands[from + i]!, room: rooms[i]! });
    if (i > 0) pending.push(form.between);
  }
  return form.before;
};

/**
 * How many characters each operand may take of `inner`: what it needs while there is room, and the longest share
 * what is left. Fewer rooms than needs if there is no room for even a "..." each; none at all if not for one.
 */
const share = (needs: readonly number[], inner: number, between: number): readonly number[] => {
  const whole = needs.reduce((total, need) => total + need, between * Math.max(0, needs.length - 1));
  if (whole <= inner) return needs;
  const least = cut.length + between;
  let shown = needs.length;
  let left = inner - between * (shown - 1);
  if (left < cut.length * shown) {
    shown = Math.max(0, Math.floor((inner - cut.length) / least));
    left = inner - cut.length - between * shown;
  }
  const rooms = needs.slice(0, shown);
  const byNeed = rooms.map((_, i) => i).sort((a, b) => rooms[a]! - rooms[b]!);
  byNeed.forEach((operand, done) => {
    rooms[operand] = Math.min(rooms[operand]!, Math.floor(left / (shown - done)));
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
  let length = form.before.length + form.after.length + form.between.length * Math.max(0, to - from - 1);
  for (let i = from; i < to; i++) length += lengths[program.operands[i]!]!;
  return length;
};

/** What is written without operands: an input, a number, and each named node but the one that is asked for. */
const nameOrNumber = (program: Resolved, node: number, asked: boolean): string | undefined => {
  const kind = program.kind[node];
  if (kind === Kind.input || (!asked && program.stageOf[node]! >= 0)) return uniqueName(program, node);
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
  if (between === undefined) return { before: `${word}(`, between: argumentBetween, after: ")" };
  if (word === powerWord && isLiteral(program, first, true)) return powerOfNegative;
  return { before: "(", between, after: ")" };
};

/** Whether the node is written as a number literal, with a minus before it or without. */
const isLiteral = (program: Resolved, node: number, negative: boolean): boolean => {
  if (program.kind[node] !== Kind.number || program.stageOf[node]! >= 0) return false;
  const first = program.source.text.charAt(program.start[node]!);
  return negative ? first === "-" : /[0-9.]/.test(first);
};
