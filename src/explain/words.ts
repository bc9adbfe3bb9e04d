/** The words of the circuit language, read off the table of operations: whatever is a gate on scalars can be called. */
import type { EntryInfo } from "../ops/forms/entry.ts";
import { scalars } from "../ops/scalars.ts";
import type { Arity } from "./language/syntax.ts";

const entries = new Map<string, EntryInfo>(scalars.map((entry) => [entry.word, entry]));

/** The entry that a word of the language calls. */
export const entryOf = (word: string): EntryInfo | undefined => entries.get(word);

/** Every function of the language with how many operands it takes, for the parser. */
export const functionWords = (): Map<string, Arity> => new Map([...entries].map(([word, entry]) => [word, entry.arity!]));
