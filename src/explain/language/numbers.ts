/** Numbers as they are written. Whoever reads them expects one where `beginsNumber` says so. */
import { isDigit, nameUnits } from "./characters.ts";
import { Mistake } from "./mistake.ts";
import type { Source } from "./source.ts";

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

const base = /^0(?:x[0-9a-f]|[bo][0-9])$/i;

/**
 * Where the unsigned number that begins at `at` ends: `1`, `1.0`, `1.`, `.5`, `1e-3`.
 * @throws Mistake on `1.2.3`, `0x10`, `1_000`, `1e` and on what float64 cannot hold
 */
export const scanNumber = (source: Source, at: number): number => {
  const { text } = source;
  let end = skipDigits(text, at);
  if (base.test(text.slice(at, at + 3))) throw new Mistake((say) => say.otherBase(source, at));
  if (text.charCodeAt(end) === point) end = skipDigits(text, end + 1);
  const stop = end;
  if (text.charCodeAt(stop) === point) throw new Mistake((say) => say.secondPoint(source, at, stop));
  if (text.charCodeAt(stop) === underscore && isDigit(text.charCodeAt(stop + 1))) throw new Mistake((say) => say.underscore(source, at, stop));
  if (/^[eE]$/.test(text.charAt(end))) end = skipExponent(source, at, end);
  const value = Number(text.slice(at, end));
  if (value === Infinity) throw new Mistake((say) => say.tooLargeNumber(source, at, end));
  if (value === 0 && /[1-9]/.test(text.slice(at, stop))) throw new Mistake((say) => say.tooSmallNumber(source, at, end));
  return end;
};

/** Where the exponent at `letter` ends; `letter` itself if a name goes on there (`2exp` is a missing operator). */
const skipExponent = (source: Source, at: number, letter: number): number => {
  const { text } = source;
  const sign = text.charAt(letter + 1);
  const digits = letter + (sign === "+" || sign === "-" ? 2 : 1);
  if (isDigit(text.charCodeAt(digits))) return skipDigits(text, digits);
  if (digits === letter + 1 && nameUnits(text, digits, false) > 0) return letter;
  throw new Mistake((say) => say.emptyExponent(source, at, letter, digits));
};
