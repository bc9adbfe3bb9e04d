/**
 * The tokens of the language, one at a time. The lexer only moves forward and makes no object for a token, so that
 * a file of a million lines costs what its characters cost.
 */
import { beginsNumber, scanNumber } from "./numbers.ts";
import { isLineBreak, isSpace, nameEnd } from "./characters.ts";
import { unknownCharacter } from "./strange.ts";
import type { Source } from "./source.ts";
import type { Functions } from "./syntax.ts";

/** What a token is. Those from `firstOperator` on are infix operators, in the order of `operators`. */
export const Token = {
  end: 0,
  line: 1,
  semicolon: 2,
  number: 3,
  name: 4,
  open: 5,
  close: 6,
  comma: 7,
  assign: 8,
  firstOperator: 9,
} as const;

interface Operator {
  readonly text: string;
  /** The operation that the operator writes. */
  readonly word: string;
  readonly binding: number;
}

/** How tightly operators bind; a sign stands between `*` and `^`, so that -x^2 is -(x^2) and 2^-x needs none. */
export const binding = { comparison: 1, sum: 2, product: 3, sign: 4, power: 5 } as const;

/** The infix operators. `^` groups to the right, comparisons do not group, the others group to the left. */
export const operators: readonly Operator[] = [
  { text: "+", word: "add", binding: binding.sum },
  { text: "-", word: "sub", binding: binding.sum },
  { text: "*", word: "mul", binding: binding.product },
  { text: "/", word: "div", binding: binding.product },
  { text: "^", word: "pow", binding: binding.power },
  { text: "<", word: "lt", binding: binding.comparison },
  { text: "<=", word: "le", binding: binding.comparison },
  { text: ">", word: "gt", binding: binding.comparison },
  { text: ">=", word: "ge", binding: binding.comparison },
  { text: "==", word: "eq", binding: binding.comparison },
  { text: "!=", word: "ne", binding: binding.comparison },
];

/** The word of a minus sign before a value. */
export const signWord = "neg";

const operatorToken = (text: string): number => Token.firstOperator + operators.findIndex((o) => o.text === text);

/** The tokens of the two operators that may also be signs. */
export const plusToken = operatorToken("+");
export const minusToken = operatorToken("-");

const hash = 35;
const equals = 61;

/** Tokens of one character by its code, and those that an `=` after them makes longer. */
const single = new Uint8Array(128);
const withEquals = new Uint8Array(128);
for (const [text, token] of [
  [";", Token.semicolon],
  ["(", Token.open],
  [")", Token.close],
  [",", Token.comma],
  ["=", Token.assign],
  ...operators.map((o, i) => [o.text, Token.firstOperator + i] as const),
] as const) {
  (text.length === 1 ? single : withEquals)[text.charCodeAt(0)] = token;
}

/** Reads one token after the other; `kind`, `start` and `end` describe the current one. */
export class Lexer {
  kind: number = Token.line;
  start = 0;
  end = 0;
  /** Whether a line break was passed over before the current token (only within parentheses). */
  broken = false;
  /** The token before the current one, for sentences that say after what something was expected. */
  previousStart = 0;
  previousEnd = 0;
  readonly #source: Source;
  readonly #functions: Functions;
  readonly #text: string;

  constructor(source: Source, functions: Functions) {
    this.#source = source;
    this.#functions = functions;
    this.#text = source.text;
  }

  /** Goes on to the next token; `joinLines` within parentheses, where a line break is only a space. */
  next(joinLines: boolean): void {
    this.previousStart = this.start;
    this.previousEnd = this.end;
    this.broken = false;
    const text = this.#text;
    let at = this.#skipSpaces(this.end);
    while (joinLines && at < text.length && isLineBreak(text.charCodeAt(at))) {
      this.broken = true;
      at = this.#skipSpaces(at + 1);
    }
    this.start = at;
    this.end = at + 1;
    if (at >= text.length) {
      this.kind = Token.end;
      this.end = at;
      return;
    }
    this.#token(at);
  }

  #token(at: number): void {
    const text = this.#text;
    const code = text.charCodeAt(at);
    if (isLineBreak(code)) {
      this.kind = Token.line;
      return;
    }
    if (beginsNumber(text, at)) {
      this.kind = Token.number;
      this.end = scanNumber(this.#source, at);
      return;
    }
    const longer = text.charCodeAt(at + 1) === equals ? (withEquals[code] ?? 0) : 0;
    const token = longer > 0 ? longer : (single[code] ?? 0);
    if (token > 0) {
      this.kind = token;
      this.end = at + (longer > 0 ? 2 : 1);
      return;
    }
    this.end = nameEnd(text, at);
    if (this.end === at) throw unknownCharacter(this.#source, at, this.#functions);
    this.kind = Token.name;
  }

  /** Whether the current token is followed by a lone `=`: only looked at, so that no token is read twice. */
  beforeAssign(): boolean {
    let at = this.end;
    while (at < this.#text.length && isSpace(this.#text.charCodeAt(at))) at++;
    return this.#text.charCodeAt(at) === equals && this.#text.charCodeAt(at + 1) !== equals;
  }

  /** After spaces and comments, both of which end before the line does. */
  #skipSpaces(from: number): number {
    const text = this.#text;
    let at = from;
    while (at < text.length && isSpace(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) === hash) {
      while (at < text.length && !isLineBreak(text.charCodeAt(at))) at++;
    }
    return at;
  }
}
