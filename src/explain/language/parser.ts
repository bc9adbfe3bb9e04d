/**
 * From text to syntax tree, in one pass and without recursion: operators and open parentheses wait on a stack until
 * what follows binds less tightly, and finished values wait on another. A program that nests ten thousand deep ends
 * in a diagnostic, never in an overflow of the stack.
 */
import { bounds } from "./bounds.ts";
import { Builder } from "./builder.ts";
import { Lexer } from "./lexer.ts";
import { Mistake } from "./mistake.ts";
import type { Situation } from "./mistakes.ts";
import { Source } from "./source.ts";
import type { Functions, Program } from "./syntax.ts";
import { Token, binding, minusToken, operators, plusToken, signWord } from "./tokens.ts";

export interface ParseOptions {
  /** The functions that may be called, each with how many arguments it takes. */
  readonly functions: Functions;
  /** The file that the text came from; without it the text is an argument, and its bound is that of an argument. */
  readonly file?: string | undefined;
}

/**
 * `parse` without words, of a text of any length.
 * @throws Mistake with the first mistake
 */
export const parseProgram = (text: string, { functions, file }: ParseOptions): Program => new Parser(new Source(text, file), functions).program();

/** What waits on the stack. Groups and calls bind with 0, so that nothing reduces past them. */
const Waiting = { group: 0, call: 1, minus: 2, plus: 3, operator: 4 } as const;

class Parser implements Situation {
  readonly source: Source;
  readonly functions: Functions;
  readonly lexer: Lexer;
  atLineStart = true;
  assigning = false;
  readonly #build: Builder;

  /** Parallel stacks of what waits: kind, binding, where it stands, and a value of its own. */
  readonly #waiting: number[] = [];
  readonly #binding: number[] = [];
  readonly #at: number[] = [];
  /** For an operator its index; for a group or call how many values lay below it. */
  readonly #extra: number[] = [];
  readonly #calls: string[] = [];
  readonly #callStarts: number[] = [];
  #opened = 0;
  #depth = 0;

  /** Finished values: node, and the stretch of text, which parentheses widen. */
  readonly #values: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(source: Source, functions: Functions) {
    this.source = source;
    this.functions = functions;
    this.lexer = new Lexer(source, functions);
    this.#build = new Builder(source);
  }

  /** The innermost open parenthesis, for sentences. */
  get open(): Situation["open"] {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      if (this.#waiting[i] === Waiting.group) return { at: this.#at[i]!, call: undefined };
      if (this.#waiting[i] === Waiting.call) return { at: this.#at[i]!, call: this.#calls.at(-1) };
    }
    return undefined;
  }

  program(): Program {
    const { lexer } = this;
    let output = -1;
    let unnamed = -1;
    let unnamedEnd = -1;
    lexer.next(false);
    for (;;) {
      let separated = false;
      while (lexer.kind === Token.line || lexer.kind === Token.semicolon) {
        separated ||= lexer.kind === Token.semicolon;
        lexer.next(false);
      }
      if (lexer.kind === Token.end) break;
      if (unnamed >= 0) throw new Mistake((say) => say.unusedLine(this.source, unnamed, unnamedEnd));
      this.atLineStart = true;
      this.assigning = lexer.kind === Token.name && lexer.beforeAssign();
      if (this.assigning) output = this.#assignment();
      else {
        const sign = lexer.kind === plusToken || lexer.kind === minusToken;
        if (sign && output >= 0 && !separated) throw new Mistake((say) => say.signedLine(this));
        unnamed = lexer.start;
        output = this.#expression();
        unnamedEnd = this.#ends.pop()!;
        this.#starts.pop();
      }
    }
    if (output < 0) throw new Mistake((say) => say.emptyProgram(this.source));
    return this.#build.done(this.functions, output);
  }

  #assignment(): number {
    const { lexer } = this;
    const nameStart = lexer.start;
    const name = this.#text();
    lexer.next(false);
    this.#next();
    const node = this.#expression();
    return this.#build.stage(name, nameStart, node, this.#starts.pop()!, this.#ends.pop()!);
  }

  /** One expression, up to the end of its line; leaves its stretch of text on the stacks. */
  #expression(): number {
    do this.#operand();
    while (this.#continues());
    return this.#values.pop()!;
  }

  /** Signs and opening parentheses, up to and with one value. */
  #operand(): void {
    const { lexer } = this;
    for (;;) {
      switch (lexer.kind) {
        case Token.number:
          this.#number();
          return;
        case Token.name:
          if (this.#name()) return;
          break;
        case Token.open:
          this.#wait(Waiting.group, 0, lexer.start, this.#values.length);
          this.#opened++;
          this.#next();
          break;
        case minusToken:
        case plusToken:
          this.#wait(lexer.kind === minusToken ? Waiting.minus : Waiting.plus, binding.sign, lexer.start, 0);
          this.#next();
          break;
        case Token.close:
          // Only a call may have nothing between its parentheses.
          if (!this.#callWithoutArguments()) throw new Mistake((say) => say.expectedValue(this));
          this.#close();
          return;
        default:
          throw new Mistake((say) => say.expectedValue(this));
      }
    }
  }

  #number(): void {
    const { start, end } = this.lexer;
    this.#push(this.#build.number(Number(this.#text()), start, end), start, end);
    this.#next();
  }

  /** A name, or a call up to its first argument; whether it was a whole value. */
  #name(): boolean {
    const { lexer } = this;
    const { start, end } = lexer;
    const name = this.#text();
    const beginsLine = this.atLineStart;
    this.#next();
    if (lexer.kind !== Token.open) {
      this.#push(this.#build.read(name, start), start, end);
      return true;
    }
    if (!this.functions.has(name)) {
      const call = { name, start, beginsLine, variable: this.#build.knows(name) };
      throw new Mistake((say) => say.unknownFunction(this, call));
    }
    this.#wait(Waiting.call, 0, lexer.start, this.#values.length);
    this.#calls.push(name);
    this.#callStarts.push(start);
    this.#opened++;
    this.#next();
    return false;
  }

  /** After a value: closing parentheses, then an operator or comma (true: a value follows) or the end (false). */
  #continues(): boolean {
    const { lexer } = this;
    while (lexer.kind === Token.close) {
      this.#reduce(binding.comparison);
      if (this.#opened === 0) throw new Mistake((say) => say.expectedOperator(this));
      this.#close();
    }
    if (lexer.kind >= Token.firstOperator) {
      this.#operator();
      return true;
    }
    if (lexer.kind === Token.comma) {
      this.#reduce(binding.comparison);
      if (this.#waiting.at(-1) !== Waiting.call) throw new Mistake((say) => say.misplacedComma(this));
      // A call counts when it is complete, but what waits for that must be bounded as well.
      if (this.#values.length > bounds.nodes) throw new Mistake((say) => say.tooManyNodes(this.source.place(lexer.start)));
      this.#next();
      return true;
    }
    const ends = lexer.kind === Token.line || lexer.kind === Token.semicolon || lexer.kind === Token.end;
    if (!ends || this.#opened > 0) throw new Mistake((say) => say.expectedOperator(this));
    this.#reduce(binding.comparison);
    return false;
  }

  #operator(): void {
    const { lexer } = this;
    const index = lexer.kind - Token.firstOperator;
    const tight = operators[index]!.binding;
    // What binds as tightly is finished first, except a power, which groups to the right.
    this.#reduce(tight === binding.power || tight === binding.comparison ? tight + 1 : tight);
    if (tight === binding.comparison && this.#binding.at(-1) === tight) throw new Mistake((say) => say.chainedComparison(this));
    this.#wait(Waiting.operator, tight, lexer.start, index);
    this.#next();
  }

  /** Makes nodes of all that waits and binds at least as tightly as `least`. */
  #reduce(least: number): void {
    while (this.#binding.length > 0 && this.#binding.at(-1)! >= least) {
      const kind = this.#waiting.at(-1)!;
      const at = this.#at.at(-1)!;
      const extra = this.#extra.at(-1)!;
      this.#finish();
      if (kind === Waiting.operator) this.#binary(extra);
      else if (kind === Waiting.minus) this.#negative(at);
      else this.#starts[this.#starts.length - 1] = at;
    }
  }

  #binary(index: number): void {
    const end = this.#ends.pop()!;
    this.#starts.pop();
    const start = this.#starts.pop()!;
    this.#ends.pop();
    const node = this.#build.call(operators[index]!.word, this.#values, this.#values.length - 2, start, end);
    this.#values.length -= 2;
    this.#push(node, start, end);
  }

  /** A minus before a value; before a number it makes the negative number, not a gate. */
  #negative(at: number): void {
    const value = this.#values.at(-1)!;
    const start = this.#starts.at(-1)!;
    const between = this.source.text.slice(at + 1, start);
    if (this.#build.isNumber(value, start) && !this.#isSigned(start) && between.trim() === "") {
      this.#build.negate(value, at);
    } else {
      const end = this.#ends.at(-1)!;
      const last = this.#values.length - 1;
      this.#values[last] = this.#build.call(signWord, this.#values, last, at, end);
    }
    this.#starts[this.#starts.length - 1] = at;
  }

  #isSigned(start: number): boolean {
    return this.source.text.charAt(start) === "-";
  }

  #callWithoutArguments(): boolean {
    return this.#waiting.at(-1) === Waiting.call && this.#extra.at(-1) === this.#values.length;
  }

  /** The current token closes the innermost group or call, of which all has been reduced. */
  #close(): void {
    const { lexer } = this;
    const { end } = lexer;
    const isCall = this.#waiting.at(-1) === Waiting.call;
    const from = this.#extra.at(-1)!;
    const at = this.#at.at(-1)!;
    this.#finish();
    this.#opened--;
    if (isCall) this.#call(from, end);
    else {
      this.#starts[this.#starts.length - 1] = at;
      this.#ends[this.#ends.length - 1] = end;
    }
    this.#next();
  }

  #call(from: number, end: number): void {
    const name = this.#calls.pop()!;
    const count = this.#values.length - from;
    this.#starts.length -= count;
    this.#ends.length -= count;
    const start = this.#callStarts.pop()!;
    const arity = this.functions.get(name)!;
    if (count < arity.min || count > arity.max) {
      throw new Mistake((say) => say.wrongCount(name, arity, count, this.source.place(start, end - start)));
    }
    const node = this.#build.call(name, this.#values, from, start, end);
    this.#values.length = from;
    this.#push(node, start, end);
  }

  #push(node: number, start: number, end: number): void {
    this.#values.push(node);
    this.#starts.push(start);
    this.#ends.push(end);
  }

  #wait(kind: number, tight: number, at: number, extra: number): void {
    if (isNesting(kind, tight) && ++this.#depth > bounds.depth) throw this.#tooDeep();
    this.#waiting.push(kind);
    this.#binding.push(tight);
    this.#at.push(at);
    this.#extra.push(extra);
  }

  #finish(): void {
    const tight = this.#binding.pop()!;
    if (isNesting(this.#waiting.pop()!, tight)) this.#depth--;
    this.#at.pop();
    this.#extra.pop();
  }

  #tooDeep(): Mistake {
    const place = this.source.place(this.lexer.start, this.lexer.end - this.lexer.start);
    return new Mistake((say) => say.tooDeep(place));
  }

  #next(): void {
    this.atLineStart = false;
    this.lexer.next(this.#opened > 0);
  }

  #text(): string {
    return this.source.text.slice(this.lexer.start, this.lexer.end);
  }
}

/** Whether it nests: the operators that group to the left leave the stack before the next one comes. */
const isNesting = (kind: number, tight: number): boolean => kind !== Waiting.operator || tight === binding.power;
