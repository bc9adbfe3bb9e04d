/** Numbers as people write them, in programs and in inputs: where one ends, and what is wrong with a near miss. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { isDigit, nameUnits } from "./characters.ts";
import { quote, type Source } from "./source.ts";

const point = 46;
const underscore = 95;

const skipDigits = (text: string, from: number): number => {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
};

/** Whether a number begins at `at`: a digit, or a point before a digit. */
export const beginsNumber = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return isDigit(code) || (code === point && isDigit(text.charCodeAt(at + 1)));
};

/**
 * Where the unsigned number that begins at `at` ends: `1`, `1.0`, `1.`, `.5`, `1e-3`.
 * @throws Diagnostic `bad-number` on `1.2.3`, `0x10`, `1_000`, `1e` and on what float64 cannot hold
 */
export const scanNumber = (source: Source, at: number): number => {
  const { text } = source;
  let end = skipDigits(text, at);
  if (end === at + 1 && text.charAt(at) === "0") refuseRadix(source, at);
  if (text.charCodeAt(end) === point) end = skipDigits(text, end + 1);
  if (text.charCodeAt(end) === point) refusePoints(source, at, end);
  if (text.charCodeAt(end) === underscore && isDigit(text.charCodeAt(end + 1))) refuseUnderscore(source, at, end);
  const mantissaEnd = end;
  if (/^[eE]$/.test(text.charAt(end))) end = skipExponent(source, at, end);
  refuseUnrepresentable(source, at, mantissaEnd, end);
  return end;
};

const bad = (source: Source, from: number, to: number, sentence: string, help: string): never => {
  throw new Diagnostic("bad-number", sentence, { place: source.place(from, to - from), help });
};

const refuseRadix = (source: Source, at: number): void => {
  const { text } = source;
  const base = text.charAt(at + 1).toLowerCase();
  const digits = base === "x" ? /^[0-9a-fA-F]$/ : base === "b" || base === "o" ? /^[0-9]$/ : undefined;
  if (!digits?.test(text.charAt(at + 2))) return;
  let end = at + 3;
  while (digits.test(text.charAt(end))) end++;
  const written = text.slice(at, end);
  const value = Number(written);
  const help = Number.isFinite(value) ? `write ${value}` : "write the number in decimal digits";
  bad(source, at, end, `${quote(written)} is not a decimal number.`, help);
};

const refusePoints = (source: Source, at: number, second: number): void => {
  const { text } = source;
  let end = second;
  while (text.charCodeAt(end) === point || isDigit(text.charCodeAt(end))) end++;
  const help = "a number has one decimal point, e.g. 1.5";
  bad(source, at, end, `${quote(text.slice(at, end))} has more than one decimal point.`, help);
};

const refuseUnderscore = (source: Source, at: number, first: number): void => {
  const { text } = source;
  let end = first;
  while (isDigit(text.charCodeAt(end)) || text.charCodeAt(end) === underscore) end++;
  const written = text.slice(at, end);
  const plain = written.replaceAll("_", "");
  const help = plain.length > 40 ? "write the digits without underscores" : `write ${plain}`;
  bad(source, at, end, `${quote(written)} has an underscore between its digits.`, help);
};

/** Where the exponent at `letter` ends; `letter` itself if a name goes on there (`2exp` is a missing operator). */
const skipExponent = (source: Source, at: number, letter: number): number => {
  const { text } = source;
  const sign = text.charAt(letter + 1);
  const digits = letter + (sign === "+" || sign === "-" ? 2 : 1);
  if (isDigit(text.charCodeAt(digits))) return skipDigits(text, digits);
  if (digits === letter + 1 && nameUnits(text, digits, false) > 0) return letter;
  const written = quote(text.slice(at, digits));
  const mantissa = letter - at > 20 ? "1" : text.slice(at, letter);
  const help = `write a power of ten, e.g. ${mantissa}e3; in a program, ${mantissa}*${text.charAt(letter)} multiplies`;
  return bad(source, at, digits, `The exponent of ${written} has no digits.`, help);
};

const refuseUnrepresentable = (source: Source, at: number, mantissaEnd: number, end: number): void => {
  const written = source.text.slice(at, end);
  const value = Number(written);
  if (value === Infinity) {
    const help = "the largest number is 1.7976931348623157e308; Infinity can be given as the value of an input";
    bad(source, at, end, `${quote(written)} is too large for a 64-bit number.`, help);
  }
  if (value === 0 && /[1-9]/.test(source.text.slice(at, mantissaEnd))) {
    const help = "the smallest positive number is 5e-324; write 0 if zero is meant";
    bad(source, at, end, `${quote(written)} is too small for a 64-bit number.`, help);
  }
};
