/** Characters and spellings from elsewhere (a slide, JavaScript, Python), and what to write instead of each. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { once } from "../../ir/once.ts";
import { nameEnd } from "./characters.ts";
import { type Source } from "./source.ts";
import { quote } from "./quote.ts";
import type { Functions } from "./syntax.ts";

const times = 'write "*" to multiply';
const minus = 'write "-", the minus sign of the keyboard';
const group = "write ( ) to group; an array is given as an input, e.g. w=[1, 2]";
const unquoted = "leave out the quotes: names are written as they are";

const instead = once(() => new Map<string, string>([
  ...[..."×·⋅∗•"].map((c) => [c, times] as const),
  ...[..."−–—‐‑"].map((c) => [c, minus] as const),
  ...[..."[]{}"].map((c) => [c, group] as const),
  ...[..."\"'`“”‘’„«»"].map((c) => [c, unquoted] as const),
  ...[..."⁰¹²³⁴⁵⁶⁷⁸⁹"].map((c, i) => [c, `write "^${i}"`] as const),
  ...[..."₀₁₂₃₄₅₆₇₈₉"].map((c, i) => [c, `write the digit itself as part of the name, e.g. w${i}`] as const),
  ["÷", 'write "/" to divide'],
  ["∕", 'write "/" to divide'],
  ["√", 'write "^0.5" after the value'],
  ["≤", 'write "<="'],
  ["≥", 'write ">="'],
  ["≠", 'write "!="'],
  ["←", 'write "=" to give a value a name'],
  [":", 'write "=" to give a value a name'],
  ["∞", "Infinity can be given as the value of an input, e.g. x=Infinity"],
  [".", "a number has digits before its point or after it, and a name has none"],
  ["%", "there is no remainder; to take a percentage, divide by 100"],
  ["!", 'write "!=" for "not equal", 1 - (a < b) for "not"'],
  ["&", 'comparisons give 1 or 0: write "*" between them for "and"'],
  ["|", 'comparisons give 1 or 0: for "or", write (a < b) + (c < d) > 0'],
  ["?", "comparisons give 1 or 0: multiply by one to choose"],
  ["@", 'write "*" to multiply'],
  ["\\", "put an expression into parentheses to go on with it on the next line"],
]));

/** What a character means elsewhere that here is a function: only said if there is such a function. */
const asFunction = new Map<string, readonly [name: string, help: string]>([
  ["√", ["sqrt", "write sqrt(x)"]],
  ["|", ["abs", 'write abs(x) for |x|; for "or", write (a < b) + (c < d) > 0']],
  ["?", ["where", "write where(condition, a, b) to choose"]],
  ["@", ["matmul", 'write matmul(a, b) for a product of matrices, "*" for one of numbers']],
]);

/** A character that begins no token (`unknown-character`). */
export const unknownCharacter = (source: Source, at: number, functions: Functions): Diagnostic => {
  const point = source.text.codePointAt(at)!;
  const character = String.fromCodePoint(point);
  const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  const visible = /^[\p{P}\p{S}\p{N}\p{L}]$/u.test(character);
  const what = visible ? `The character ${character}` : `The invisible character ${code}`;
  return new Diagnostic("unknown-character", `${what} is not part of the language.`, {
    place: source.place(at, character.length),
    help: visible ? helpFor(character, source.text, at, functions) : "delete it",
  });
};

const helpFor = (character: string, text: string, at: number, functions: Functions): string => {
  // As in Math.exp(x) or np.exp(x).
  const part = character === "." ? text.slice(at + 1, nameEnd(text, at + 1)) : "";
  if (functions.has(part)) return `write ${part}(...), without anything before it`;
  const [name, help] = asFunction.get(character) ?? ["", ""];
  if (functions.has(name)) return help;
  return instead().get(character) ?? "use + - * / ^, comparisons, names, numbers and ( )";
};

const combined = new Map<string, string>([
  ["**", 'write "^" for a power, e.g. x^2'],
  ["^^", 'write "^" for a power, e.g. x^2'],
  ["//", 'write "#" before a comment, "/" to divide'],
  ["/*", 'write "#" before a comment'],
  ["===", 'write "==" to compare'],
  ["!==", 'write "!=" to compare'],
  ["=>", 'write ">=" to compare; a program is an expression, not a function'],
  ["=<", 'write "<=" to compare'],
  ["<>", 'write "!=" for "not equal"'],
  ["<<", 'write "*" and a power of 2'],
  [">>", 'write "/" and a power of 2'],
]);

/** Two tokens without a space between them that together are an operator of another language, or undefined. */
export const foreignOperator = (source: Source, from: number, to: number): Diagnostic | undefined => {
  const written = source.text.slice(from, to);
  const name = /^[-+*/^]=$/.test(written)
    ? `write the name on both sides, e.g. y = y ${written.charAt(0)} x`
    : combined.get(written);
  if (name === undefined) return undefined;
  return new Diagnostic("unknown-operator", `${quote(written)} is not an operator of the language.`, {
    place: source.place(from, to - from),
    help: name,
  });
};
