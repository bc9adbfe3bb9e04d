/** What the user means by `<program>`: a text, a file of it, a saved program, a TypeScript model, or standard input. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { checkArgumentLength } from "../explain/language/too-large.ts";
import { type Inputs, readArgument, readInputs } from "../explain/language/inputs.ts";
import { readProgramFile } from "../explain/language/program-file.ts";
import { isFolder, lookUp, missingFile, readInput, readText } from "./files.ts";
import type { Io } from "./io.ts";

/** A program as text, with the inputs that were saved with it. */
export interface TextProgram {
  readonly kind: "text";
  readonly text: string;
  /** Where it came from, for places in errors; absent for an argument. */
  readonly file: string | undefined;
  readonly saved: Inputs;
  /** Said with an error in the program: how else the argument could have been meant. */
  readonly note: string | undefined;
}

/** A module whose functions are to be explained. */
export interface ModelFile {
  readonly kind: "model";
  readonly file: string;
}

export type GivenProgram = TextProgram | ModelFile;

/** How the names of files end that hold a program of the user's. */
export const modelEnding = /\.[cm]?[jt]s$/i;
const fileEnding = /\.(?:[cm]?[jt]sx?|txt|json|md)$/i;
/** Nobody names a file like this, and no system could open it. */
const longestPath = 4096;

/**
 * Finds out what an argument means. A file that exists wins over an expression that reads the same (`a/b`).
 * @throws Diagnostic `missing-file` and those of reading a file
 */
export const findProgram = async (argument: string, io: Io): Promise<GivenProgram> => {
  if (argument === "-") return asText(await readInput(io), "standard input");
  const canBePath = argument.trim() !== "" && argument.length <= longestPath && !/[\n;]/.test(argument);
  const found = canBePath ? lookUp(argument, io) : undefined;
  if (found !== undefined && !found.isDirectory()) {
    return modelEnding.test(argument) ? { kind: "model", file: argument } : asText(await readText(argument, io), argument);
  }
  if (canBePath && fileEnding.test(argument)) throw found === undefined ? missingFile(argument, io) : isFolder(argument);
  checkArgumentLength(argument);
  // `nets/neuron` is a quotient, unless there is such a file.
  const likePath = canBePath && (found !== undefined || /^[^\s*^()]*[/\\.][^\s*^()]*$/.test(argument));
  const nothing = found === undefined ? `there is also no file ${argument}` : `${argument} is also a folder, but a file is needed`;
  return { kind: "text", text: argument, file: undefined, saved: new Map(), note: likePath ? nothing : undefined };
};

const asText = (text: string, file: string): TextProgram => {
  // No program begins with a brace, so a saved one is known by it, under any name.
  const isSaved = text.trimStart().startsWith("{") || file.toLowerCase().endsWith(".json");
  const { program, inputs } = isSaved ? readProgramFile(text, file) : { program: text, inputs: new Map() };
  return { kind: "text", text: program, file: isSaved ? `the program in ${file}` : file, saved: inputs, note: undefined };
};

/**
 * The inputs of a document and of `name=value` arguments; none may be given twice.
 * @throws Diagnostic `input-twice` and those of reading them
 */
export const readGiven = async (document: string | undefined, assignments: readonly string[], io: Io): Promise<Inputs> => {
  const inputs: Inputs = new Map();
  if (document !== undefined) {
    const [text, name] = document === "-" ? [await readInput(io), "standard input"] : [await readText(document, io), document];
    readInputs(text, name, inputs);
  }
  for (const assignment of assignments) readArgument(assignment, inputs);
  return inputs;
};

/** Says with an error in a program how else the argument could have been meant. */
export const withNote = (error: unknown, { note }: TextProgram): unknown =>
  error instanceof Diagnostic && note !== undefined ? error.with({ notes: [note] }) : error;
