/** Which characters make names, numbers and spaces: one answer for the language and for the names of inputs. */

const zero = 48;
const nine = 57;

/** An ASCII digit. */
export const isDigit = (code: number): boolean => code >= zero && code <= nine;

/** How many UTF-16 units of a name begin or go on at `at`: 0 (none), 1, or 2 for a pair of surrogates. */
export const nameUnits = (text: string, at: number, first: boolean): number => {
  const code = text.charCodeAt(at);
  if (code < 128) {
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
    return isLetter || (!first && isDigit(code)) ? 1 : 0;
  }
  const point = text.codePointAt(at);
  if (point === undefined) return 0;
  const character = String.fromCodePoint(point);
  // Marks are part of names because an accent may be typed as a character of its own.
  return (first ? /^\p{L}$/u : /^[\p{L}\p{M}\p{Nd}]$/u).test(character) ? character.length : 0;
};

/** Where the name that begins at `at` ends; `at` itself if none begins there. */
export const nameEnd = (text: string, at: number): number => {
  let end = at;
  for (let units = nameUnits(text, at, true); units > 0; units = nameUnits(text, end, false)) end += units;
  return end;
};

/** A name as it is compared: the same accents typed in two ways are the same name. */
export const normalName = (name: string): string => name.normalize("NFC");

/** Whether the whole text is one name. */
export const isName = (text: string): boolean => text.length > 0 && nameEnd(text, 0) === text.length;

/** A space within a line: blank, tab, and the unbreakable and wide ones that come along when text is pasted. */
export const isSpace = (code: number): boolean => {
  if (code < 128) return code === 32 || code === 9 || code === 11 || code === 12;
  return code === 0xfeff || code === 0xa0 || /^\p{Zs}$/u.test(String.fromCharCode(code));
};

/** A line break; the two halves of a Windows line break count as two, which the language does not notice. */
export const isLineBreak = (code: number): boolean => code === 10 || code === 13;
