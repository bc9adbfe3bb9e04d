/**
 * What the parser says about a program that is wrong. Each sentence names what was expected and what stands there;
 * the help shows what to write. They are together here so that they can be read side by side.
 */
import { Diagnostic, type Place } from "../../ir/diagnostic.ts";
import { nearest } from "../../ir/nearest.ts";
import { type Source } from "./source.ts";
import { quote } from "./quote.ts";
import { foreignOperator } from "./strange.ts";
import type { Arity, Functions } from "./syntax.ts";
import { type Position, Token } from "./tokens.ts";

export * from "./number-mistakes.ts";
export { unknownCharacter } from "./strange.ts";
export { tooDeep, tooManyNodes } from "./too-large.ts";

/** Where the parser stands: all that a sentence may speak of. */
export interface Situation {
  readonly source: Source;
  readonly functions: Functions;
  readonly lexer: Position;
  /** Where the innermost open "(" stands, and the function that it belongs to; undefined if none is open. */
  readonly open: { readonly at: number; readonly call: string | undefined } | undefined;
  /** Whether nothing of the line was read before the current token. */
  readonly atLineStart: boolean;
  /** Whether the line gives its expression a name. */
  readonly assigning: boolean;
}

const current = ({ source, lexer }: Situation): string => source.text.slice(lexer.start, lexer.end);
const previous = ({ source, lexer }: Situation): string => source.text.slice(lexer.previousStart, lexer.previousEnd);

/** Where an error about the current token points: behind the last one if the line or the program ends. */
const placeOfCurrent = ({ source, lexer }: Situation): Place => {
  const ends = lexer.kind === Token.line || lexer.kind === Token.end;
  return ends ? source.place(lexer.previousEnd) : source.place(lexer.start, lexer.end - lexer.start);
};

const found = (at: Situation): string => {
  if (at.lexer.kind === Token.end) return "the program ends here";
  if (at.lexer.kind === Token.line) return "the line ends here";
  return `found ${quote(current(at))}`;
};

/** A value should begin at the current token. */
export const expectedValue = (at: Situation): Diagnostic => {
  const { source, lexer } = at;
  if (!at.atLineStart && lexer.previousEnd === lexer.start) {
    const foreign = foreignOperator(source, lexer.previousStart, lexer.end);
    if (foreign) return foreign;
  }
  const place = placeOfCurrent(at);
  if (lexer.kind === Token.close && at.open === undefined) return unmatched(at);
  if (lexer.kind === Token.assign) return misplacedAssign(at);
  if (at.atLineStart) {
    const goesOn = lexer.kind >= Token.firstOperator && source.line(lexer.start) > 1;
    const help = goesOn ? "to go on with the line above, put the whole expression into parentheses" : undefined;
    const sentence = `Expected a name or a value at the start of the line, but ${found(at)}.`;
    return new Diagnostic("expected-value", sentence, { place, help });
  }
  if (lexer.kind === Token.close && previous(at) === "(") {
    return new Diagnostic("expected-value", 'Expected a value between "(" and ")".', { place });
  }
  const lineEnds = lexer.kind === Token.line;
  const help = lineEnds ? "put the expression into parentheses to go on with it on the next line" : undefined;
  const sentence = `Expected a value after ${quote(previous(at))}, but ${found(at)}.`;
  return new Diagnostic("expected-value", sentence, { place, help });
};

/** An operator, or the end of the expression, should stand at the current token. */
export const expectedOperator = (at: Situation): Diagnostic => {
  const { kind } = at.lexer;
  if (at.open !== undefined && (kind === Token.end || kind === Token.semicolon || at.lexer.broken)) {
    return unclosed(at, at.lexer.start);
  }
  if (kind === Token.close) return unmatched(at);
  if (kind === Token.comma) return misplacedComma(at);
  if (kind === Token.assign) return misplacedAssign(at);
  return missingOperator(at);
};

const leaveOut = new Set(["let", "const", "var", "return", "def", "function"]);
const logical = new Set(["and", "or", "not", "if", "else", "then"]);

const missingOperator = (at: Situation): Diagnostic => {
  const { lexer, functions } = at;
  const left = previous(at);
  const right = current(at);
  let help = `write ${left}*${right} to multiply`;
  if (leaveOut.has(left)) help = `leave out ${quote(left)}: a line is "name = expression", or an expression alone`;
  else if (logical.has(left) || logical.has(right)) {
    help = 'comparisons give 1 or 0: write "*" between two of them for "and"';
    if (functions.has("where")) help += ", where(condition, a, b) to choose";
  } else if (functions.has(left)) help = `write ${left}(${right})`;
  else if (left === ")" || lexer.kind === Token.open) help = 'write "*" between them to multiply';
  else if (left.length + right.length > 60) help = 'write "*" between them to multiply';
  else if (functions.has(right)) help = `write ${left}*${right}(...) to multiply`;
  return new Diagnostic("expected-operator", `Expected an operator between ${quote(left)} and ${quote(right)}.`, {
    place: placeOfCurrent(at),
    help,
  });
};

/** The innermost open parenthesis stays open up to the token that begins at `before`. */
const unclosed = ({ source, lexer, open }: Situation, before: number): Diagnostic => {
  const whose = open?.call === undefined ? 'This "("' : `The "(" of ${quote(open.call)}`;
  const token = quote(source.text.slice(before, before === lexer.start ? lexer.end : lexer.previousEnd));
  const where = before === source.text.length ? "the program ends" : `${token} on line ${source.line(before)}`;
  return new Diagnostic("unclosed-parenthesis", `${whose} is not closed: expected ")" before ${where}.`, {
    place: source.place(open?.at ?? before),
    help: 'write a ")" for each "("',
  });
};

const unmatched = (at: Situation): Diagnostic =>
  new Diagnostic("unmatched-parenthesis", 'This ")" has no "(" before it.', {
    place: placeOfCurrent(at),
    help: 'leave it out, or write the "(" where the group begins',
  });

/** A comma that separates no arguments. */
export const misplacedComma = (at: Situation): Diagnostic => {
  const { source, lexer } = at;
  const digits = /^[0-9]$/;
  const decimal =
    lexer.previousEnd === lexer.start &&
    digits.test(source.text.charAt(lexer.start - 1)) &&
    digits.test(source.text.charAt(lexer.end));
  const help = at.open
    ? "write one expression in the parentheses, or the name of a function before them"
    : 'write ";" or a new line between two stages';
  return new Diagnostic("misplaced-comma", 'A "," only separates the arguments of a function.', {
    place: placeOfCurrent(at),
    help: decimal ? "write a point in a decimal number, e.g. 1.5" : help,
  });
};

const misplacedAssign = (at: Situation): Diagnostic => {
  // Within parentheses, a name that begins a line and is followed by "=" is the next stage.
  if (at.open !== undefined && beginsLine(at, at.lexer.previousStart)) return unclosed(at, at.lexer.previousStart);
  const foreign = foreignOperator(at.source, at.lexer.start, at.lexer.end + 1);
  if (foreign) return foreign;
  let sentence = `Only a name can stand before "=", not an expression.`;
  let help = 'write "name = expression", or "==" to compare';
  if (at.atLineStart) {
    sentence = 'Expected a name before "=".';
    help = "write a name, e.g. f = x * y";
  } else if (at.open !== undefined) {
    sentence = '"=" cannot stand inside parentheses.';
    help = 'write "==" to compare, or give the value a name on a line of its own';
  } else if (at.assigning) {
    sentence = 'A line has one "=", which gives a name to what follows it.';
    help = 'write "==" to compare, or one line for each name';
  }
  return new Diagnostic("misplaced-assignment", sentence, { place: placeOfCurrent(at), help });
};

const beginsLine = ({ source }: Situation, offset: number): boolean =>
  /[\n\r][ \t]*$/.test(source.text.slice(Math.max(0, offset - 100), offset));

/** A comparison of a comparison, as in `a < b < c`; the current token is the second operator. */
export const chainedComparison = (at: Situation): Diagnostic =>
  new Diagnostic(
    "chained-comparison",
    `A comparison cannot be compared again: ${quote(current(at))} is the second.`,
    {
      place: placeOfCurrent(at),
      help: 'write (a < b) * (b < c) for "both", or parentheses around the comparison that comes first',
    },
  );

/** A line without a name that is not the last. */
export const unusedLine = (source: Source, start: number, end: number): Diagnostic =>
  new Diagnostic(
    "unnamed-line",
    "This line has no name, so no other line can use it; only the last line may do without.",
    {
      place: source.place(start, end - start),
      help: 'write a name before it, e.g. "a = ...", or leave it out',
    },
  );

/** A last line without a name that begins with a sign: it looks as if it went on with the line above. */
export const signedLine = (at: Situation): Diagnostic => {
  const sign = quote(current(at));
  const sentence = `A line without a name cannot begin with ${sign}: it might go on with the line above.`;
  return new Diagnostic("signed-line", sentence, {
    place: placeOfCurrent(at),
    help: "put the whole expression into parentheses to go on with it, or give this line a name",
  });
};

/** A program in which nothing is computed. */
export const emptyProgram = (source: Source): Diagnostic =>
  new Diagnostic("empty-program", "The program is empty: expected an expression or stages.", {
    place: source.place(0),
    help: "write an expression, e.g. (x + y) * z, or stages, e.g. q = x + y; f = q * z",
  });

interface UnknownCall {
  readonly name: string;
  readonly start: number;
  readonly beginsLine: boolean;
  /** Whether the name has a value in this program. */
  readonly variable: boolean;
}

/** A call of something that is no function. */
export const unknownFunction = (at: Situation, call: UnknownCall): Diagnostic => {
  const { name, start, variable } = call;
  const place = at.source.place(start, name.length);
  const parameter = call.beginsLine ? definition(at, start, name) : undefined;
  if (parameter !== undefined) {
    return new Diagnostic("unknown-function", "A program cannot define a function of its own.", {
      place,
      help: parameter === "" ? `write ${name} = ...` : `write ${name} = ... and use ${parameter} in it`,
    });
  }
  const near = variable ? undefined : nearest(name, at.functions.keys());
  let help = `the functions are ${[...at.functions.keys()].sort().join(", ")}; to multiply, write ${name}*(...)`;
  if (variable) help = `write ${name}*(...) to multiply`;
  if (near !== undefined) help = `did you mean ${near}?`;
  return new Diagnostic("unknown-function", `There is no function named ${quote(name)}.`, { place, help });
};

/** What stands in the parentheses if the call is followed by `=`, as in `f(x) = x^2`. */
const definition = ({ source }: Situation, start: number, name: string): string | undefined => {
  const after = source.text.slice(start + name.length, start + name.length + 200);
  return /^[ \t]*\(([^()\n]*)\)[ \t]*=(?!=)/.exec(after)?.[1]?.trim();
};

const plural = (count: number): string => `${count} argument${count === 1 ? "" : "s"}`;

const expectedCount = ({ min, max }: Arity): string => {
  if (min === max) return plural(min);
  if (max === Infinity) return `at least ${plural(min)}`;
  return max === min + 1 ? `${min} or ${plural(max)}` : `${min} to ${plural(max)}`;
};

/** A call with too few or too many arguments. */
export const wrongCount = (name: string, arity: Arity, count: number, place: Place): Diagnostic => {
  const given = count === 0 ? "none" : `${count}`;
  const sentence = `${quote(name)} takes ${expectedCount(arity)}, but ${given} ${count > 1 ? "are" : "is"} given.`;
  return new Diagnostic("argument-count", sentence, { place });
};
