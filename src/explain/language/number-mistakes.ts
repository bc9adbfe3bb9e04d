/** What is said about numbers that cannot be read: a near miss of another language, or more than float64 holds. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { type Source } from "./source.ts";
import { quote } from "./quote.ts";

const bad = (source: Source, from: number, to: number, sentence: string, help: string): Diagnostic =>
  new Diagnostic("bad-number", sentence, { place: source.place(from, to - from), help });

/** Where the characters end, from `at` on, that are among these. */
const skip = ({ text }: Source, at: number, among: RegExp): number => {
  let end = at;
  while (among.test(text.charAt(end))) end++;
  return end;
};

/** `0x10` at `at`. */
export const otherBase = (source: Source, at: number): Diagnostic => {
  const { text } = source;
  const end = skip(source, at + 3, text.charAt(at + 1).toLowerCase() === "x" ? /^[0-9a-fA-F]$/ : /^[0-9]$/);
  const written = text.slice(at, end);
  const value = Number(written);
  const help = Number.isFinite(value) ? `write ${value}` : "write the number in decimal digits";
  return bad(source, at, end, `${quote(written)} is not a decimal number.`, help);
};

/** `1.2.3` at `at`, its second point at `second`. */
export const secondPoint = (source: Source, at: number, second: number): Diagnostic => {
  const end = skip(source, second, /^[.0-9]$/);
  const help = "a number has one decimal point, e.g. 1.5";
  return bad(source, at, end, `${quote(source.text.slice(at, end))} has more than one decimal point.`, help);
};

/** `1_000` at `at`, its first underscore at `first`. */
export const underscore = (source: Source, at: number, first: number): Diagnostic => {
  const end = skip(source, first, /^[_0-9]$/);
  const written = source.text.slice(at, end);
  const plain = written.replaceAll("_", "");
  const help = plain.length > 40 ? "write the digits without underscores" : `write ${plain}`;
  return bad(source, at, end, `${quote(written)} has an underscore between its digits.`, help);
};

/** `1e` at `at`: `letter` is where the e stands, and `digits` where there are none. */
export const emptyExponent = (source: Source, at: number, letter: number, digits: number): Diagnostic => {
  const { text } = source;
  const written = quote(text.slice(at, digits));
  const mantissa = letter - at > 20 ? "1" : text.slice(at, letter);
  const help = `write a power of ten, e.g. ${mantissa}e3; in a program, ${mantissa}*${text.charAt(letter)} multiplies`;
  return bad(source, at, digits, `The exponent of ${written} has no digits.`, help);
};

/** More than the largest number. */
export const tooLargeNumber = (source: Source, at: number, end: number): Diagnostic => {
  const help = "the largest number is 1.7976931348623157e308; Infinity can be given as the value of an input";
  return bad(source, at, end, `${quote(source.text.slice(at, end))} is too large for a 64-bit number.`, help);
};

/** Less than the smallest number above 0. */
export const tooSmallNumber = (source: Source, at: number, end: number): Diagnostic => {
  const help = "the smallest positive number is 5e-324; write 0 if zero is meant";
  return bad(source, at, end, `${quote(source.text.slice(at, end))} is too small for a 64-bit number.`, help);
};
