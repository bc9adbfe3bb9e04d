/**
 * Reads texts of values: `x=1` on a command line, a JSON document of inputs, a saved program. JSON.parse would do
 * for the last two, but it lets a key stand twice, and an error must show the place in the user's own text.
 */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { isLineBreak, isSpace } from "./characters.ts";
import { type Source } from "./source.ts";
import { quote } from "./quote.ts";

/** A position that moves forward through a text. */
export class Reader {
  readonly source: Source;
  at = 0;

  constructor(source: Source, at = 0) {
    this.source = source;
    this.at = at;
    this.skipSpaces();
  }

  get ended(): boolean {
    return this.at >= this.source.text.length;
  }

  /** The character at the position, "" at the end. */
  get character(): string {
    return this.source.text.charAt(this.at);
  }

  skipSpaces(): void {
    const { text } = this.source;
    const isBlank = (code: number): boolean => isSpace(code) || isLineBreak(code);
    while (this.at < text.length && isBlank(text.charCodeAt(this.at))) this.at++;
  }

  /** Goes past the character, if it stands here, and the spaces behind it. */
  take(character: string): boolean {
    if (this.character !== character || this.ended) return false;
    this.at++;
    this.skipSpaces();
    return true;
  }

  /** The word at the position, for sentences: up to a space or punctuation of the format. */
  word(): string {
    const { text } = this.source;
    let end = this.at;
    while (end < text.length && !/[\s,:[\]{}]/.test(text.charAt(end))) end++;
    return text.slice(this.at, end > this.at ? end : end + 1);
  }

  /** `but found "x"` or `but the text ends here`. */
  found(): string {
    return this.ended ? "but the text ends here" : `but found ${quote(this.word())}`;
  }

  fail(code: string, sentence: string, from: number, to: number, help?: string): Diagnostic {
    return new Diagnostic(code, sentence, { place: this.source.place(from, to - from), help });
  }

  /** An error at the position, about the word that stands there. */
  failHere(code: string, sentence: string, help?: string): Diagnostic {
    return this.fail(code, sentence, this.at, this.at + this.word().length, help);
  }

  /** A string in double quotes, decoded as JSON decodes it. */
  string(what: string): string {
    const { text } = this.source;
    if (this.character !== '"') {
      throw this.failHere("bad-json", `Expected ${what} in double quotes, ${this.found()}.`);
    }
    const from = this.at;
    let end = from + 1;
    while (end < text.length && text.charAt(end) !== '"') end += text.charAt(end) === "\\" ? 2 : 1;
    if (end >= text.length) {
      throw this.fail("bad-string", "This string is not closed: expected a double quote.", from, text.length);
    }
    const decoded = decode(text.slice(from, end + 1));
    if (decoded === undefined) {
      const help = "write a line break as \\n and a backslash as \\\\";
      throw this.fail("bad-string", "This string is not valid in JSON.", from, end + 1, help);
    }
    this.at = end + 1;
    this.skipSpaces();
    return decoded;
  }

  /**
   * An object: calls `member` behind each `"key":`, which reads the value. Keys that stand twice are the affair of
   * `member`, which knows what they mean.
   */
  object(what: string, member: (key: string, keyAt: number) => void): void {
    if (!this.take("{")) throw this.failHere("bad-json", `Expected "{" to begin ${what}, ${this.found()}.`);
    if (this.take("}")) return;
    do {
      const keyAt = this.at;
      if (this.character === "}") {
        throw this.failHere("bad-json", 'Expected another name after ",", but found "}".', 'leave the last "," out');
      }
      const key = this.string("a name");
      if (!this.take(":")) throw this.failHere("bad-json", `Expected ":" after ${quote(key)}, ${this.found()}.`);
      member(key, keyAt);
    } while (this.take(","));
    if (!this.take("}")) throw this.failHere("bad-json", `Expected "," or "}" in ${what}, ${this.found()}.`);
  }

  /** Nothing may follow. */
  end(what: string): void {
    if (!this.ended) throw this.failHere("bad-json", `Expected nothing after the end of ${what}, ${this.found()}.`);
  }
}

const decode = (literal: string): string | undefined => {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
};
