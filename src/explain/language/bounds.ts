/**
 * What a program may cost. The bounds stand in one place because each of them appears both in the code that
 * enforces it and in the sentence that explains it, and because callers check a file's size before reading it.
 */

/** The limits of a program; every one is named in the diagnostic that reports it. */
export const bounds = {
  /** Characters of a program typed as an argument. */
  argumentCharacters: 100_000,
  /** Bytes of a file that holds a program or inputs: 64 MiB. */
  fileBytes: 64 * 2 ** 20,
  /** Open parentheses, calls, signs and right-nested powers around one value; brackets around one number. */
  depth: 1_000,
  /** Inputs, gates and named values of one program; a call of n arguments counts as n - 1 gates. */
  nodes: 2_000_000,
} as const;
