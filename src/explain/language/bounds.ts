/**
 * What a program may cost. The bounds stand in one place because each of them appears both in the code that
 * enforces it and in the sentence that explains it, and because callers check a file's size before reading it.
 */
import { Diagnostic, type Place } from "../../ir/diagnostic.ts";

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

/** A count as people write it: 2,000,000. */
export const counted = (count: number): string => count.toLocaleString("en-US");

/** Refuses a program typed as an argument that is too long (`program-too-long`). */
export const checkArgumentLength = (text: string): void => {
  if (text.length <= bounds.argumentCharacters) return;
  throw new Diagnostic(
    "program-too-long",
    `The program is ${counted(text.length)} characters long, but as an argument it may have at most ` +
      `${counted(bounds.argumentCharacters)}.`,
    { help: "put it into a file and give the file instead" },
  );
};

/** Refuses a file by its size alone, before it is read (`file-too-large`). */
export const checkFileSize = (bytes: number, file: string): void => {
  if (bytes <= bounds.fileBytes) return;
  throw new Diagnostic(
    "file-too-large",
    `The file ${file} has ${counted(bytes)} bytes, but at most 64 MiB (${counted(bounds.fileBytes)}) are read.`,
    { help: "split the program into smaller ones, or build the circuit from a TypeScript function" },
  );
};

/** The nesting bound was passed at `place` (`program-too-deep`). */
export const tooDeep = (place: Place): Diagnostic =>
  new Diagnostic(
    "program-too-deep",
    `The expression nests more than ${counted(bounds.depth)} levels deep here.`,
    { place, help: "give an inner part a name on a line of its own, and use the name" },
  );

/** The bound on nodes was passed at `place` (`program-too-large`). */
export const tooManyNodes = (place: Place): Diagnostic =>
  new Diagnostic(
    "program-too-large",
    `The program has more than ${counted(bounds.nodes)} nodes; here is the first too many.`,
    { place, help: "split the program, or write the repeated part once, as a TypeScript function of tensors" },
  );
