/** What is said of a program that is larger than it may be. */
import { Diagnostic, type Place } from "../../ir/diagnostic.ts";
import { bounds } from "./bounds.ts";

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
