/**
 * The tokens of the language, one at a time. The lexer only moves forward and makes no object for a token, so that
 * a file of a million lines costs what its characters cost.
 */
import { beginsNumber, scanNumber } from "./numbers.ts";
import { isLineBreak, isSpace, nameEnd } from "./characters.ts";
import { Mistake } from "./mistake.ts";
import type { Source } from "./source.ts";
import type { Functions } from "./syntax.ts";
import { operators, type Position, Token } from "./tokens.ts";

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
export class Lexer implements Position {
  kind: number = Token.line;
  start = 0;
  end = 0;
  broken = false;
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
    if (this.end === at) throw new Mistake((say) => say.unknownCharacter(this.#source, at, this.#functions));
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
