/** Errors of a user's own module, said with the line of the user's own file. */
import { basename, isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { Diagnostic, type Place } from "../ir/diagnostic.ts";
import type { ReadSource } from "../explain/from-function.ts";
import type { Io } from "./io.ts";

/** Everything of this program lies below this folder: `dist/`, or `src/` when it runs from source. */
const own = fileURLToPath(new URL(import.meta.url.replace(/(?:cli\/|chunks\/)?[^/]*$/, "")));

/** A file as it is named in messages: from the user's folder, where it lies below. */
export const shown = (file: string, io: Io): string => {
  const near = relative(io.folder, file);
  return near.startsWith("..") || isAbsolute(near) ? file : near;
};

/** The path of a file that a stack names by its path or its address. */
export const pathOf = (file: string): string => (file.startsWith("file:") ? fileURLToPath(file) : file);

const lineOf = (text: string | undefined, line: number): string | undefined => text?.split(/\r\n|\n|\r/)[line - 1];

export const placeAt = (file: string, line: number, column: number, text: string | undefined, io: Io): Place => {
  const source = lineOf(text, line);
  if (source === undefined) return { file: shown(file, io), line, column };
  // The mark at the beginning of a file is a character for Node, and nothing that anybody sees.
  const marks = source.startsWith("\ufeff") ? 1 : 0;
  return { file: shown(file, io), line, column: Math.max(1, column - marks), text: source.slice(marks) };
};

/** The innermost line of a stack that is the user's. */
const usersFrame = (stack: string, io: Io, read: ReadSource): Place | undefined => {
  for (const line of stack.split("\n")) {
    const match = /(?:\(|at (?:async )?)((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^()]*?):(\d+):(\d+)\)?$/.exec(line.trim());
    if (!match) continue;
    const file = pathOf(match[1]!);
    if (!file.startsWith(own)) return placeAt(file, Number(match[2]), Number(match[3]), read(file), io);
  }
  return undefined;
};

/** What the user's function threw. A diagnostic of the library keeps its sentence and gets the source line. */
export const atUsersLine = (error: unknown, name: string, io: Io, read: ReadSource): unknown => {
  if (error instanceof Diagnostic) {
    const { code, sentence, place, operands, notes, help, cause } = error;
    if (place?.file === undefined || place.text !== undefined) return error;
    // A line of this program says nothing to whoever runs it.
    if (pathOf(place.file).startsWith(own)) return new Diagnostic(code, sentence, { operands, notes, help, cause });
    const at = placeAt(pathOf(place.file), place.line, place.column, read(pathOf(place.file)), io);
    return new Diagnostic(code, sentence, { place: at, operands, notes, help, cause });
  }
  return thrown(error, `The function ${name} threw`, usersFrame((error as Error | undefined)?.stack ?? "", io, read));
};

const thrown = (error: unknown, what: string, place: Place | undefined): Diagnostic => {
  const said = error instanceof Error ? `${error.name}: ${error.message.split("\n", 1)[0]}` : JSON.stringify(error) ?? String(error);
  return new Diagnostic("model-failed", `${what} ${said}`, { place, cause: error });
};

/** Why a module could not be imported; `code` is its text without types. */
export const importFailed = (error: unknown, file: string, code: () => string, io: Io, read: ReadSource): Diagnostic => {
  if (error instanceof Diagnostic) return error;
  if (!(error instanceof Error)) return thrown(error, `${file} threw`, undefined);
  const reason = (error as NodeJS.ErrnoException).code;
  if (reason === "ERR_MODULE_NOT_FOUND" || reason === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
    return notThere(error, file, io, read);
  }
  if (error.name !== "SyntaxError") return thrown(error, `${file} threw`, usersFrame(error.stack ?? "", io, read));
  return syntaxError(error, file, code, io, read);
};

/** As Node says it: "Cannot find module '/a/gates.ts' imported from /a/model.ts", "Cannot find package 'x' imported ...". */
const notThere = (error: Error, file: string, io: Io, read: ReadSource): Diagnostic => {
  const match = /^Cannot find (module|package) '(.*?)' imported from (.*)$/m.exec(error.message);
  if (!match) return new Diagnostic("model-import", `${file} imports what is not there: ${error.message.split("\n", 1)[0]}`, { cause: error });
  const [, kind, wanted, from] = match as unknown as [string, "module" | "package", string, string];
  const importer = pathOf(from);
  const lines = (read(importer) ?? "").split(/\r\n|\n|\r/);
  const last = kind === "module" ? basename(wanted) : wanted;
  const line = lines.findIndex((text) => text.includes(last) && /["']/.test(text));
  const place = line < 0 ? undefined : { file: shown(importer, io), line: line + 1, column: lines[line]!.indexOf(last) + 1, text: lines[line]!, length: last.length };
  return new Diagnostic("model-import", `There is no ${kind === "module" ? `file ${shown(wanted, io)}` : `package ${wanted}`}, which ${shown(importer, io)} imports.`, {
    place,
    help: kind === "package" ? `install it where ${shown(importer, io)} is: npm install ${wanted}` : undefined,
    cause: error,
  });
};

const syntaxError = (error: Error, file: string, code: () => string, io: Io, read: ReadSource): Diagnostic => {
  const details = (place: Place | undefined) => ({ place, cause: error });
  // As sucrase says it: "Error transforming /a/model.ts: Unexpected token (3:5)".
  const stripping = /^Error transforming (.*?): (.*) \((\d+):(\d+)\)$/s.exec(error.message);
  if (stripping) {
    const [, path, what, line, column] = stripping as unknown as [string, string, string, string, string];
    const place = placeAt(path, Number(line), Number(column), read(path), io);
    const before = place.text?.slice(0, place.column - 1).trimEnd() ?? "";
    // It tries a parameter list in several ways, and then blames what stands behind the list.
    const isArrow = before.endsWith(")") && /^(?:=>|:)/.test(place.text!.slice(place.column - 1));
    const sentence = isArrow ? "There is a syntax error within the arrow function that begins here." : `${what}.`;
    return new Diagnostic("model-syntax", sentence, details(place));
  }
  // As Node says it of what it links: "file:///a/model.ts:3", the line, a caret.
  const linking = /^((?:file:|\/|[A-Za-z]:\\).+):(\d+)\n(.*)\n( *)\^/.exec(error.stack ?? "");
  const place = linking
    ? { file: shown(pathOf(linking[1]!), io), line: Number(linking[2]), column: linking[4]!.length + 1, text: linking[3]! }
    : compilerPlace(file, read(resolve(io.folder, file)) ?? "", code());
  return new Diagnostic("model-syntax", `${error.message.split("\n", 1)[0]}.`, details(place));
};

/** Node does not say where a module fails to compile; a script of the same text, which is never run, does. */
const compilerPlace = (file: string, text: string, code: string): Place | undefined => {
  // What only modules may contain is blanked out, with every character in its place.
  const blank = (found: string) => found.replace(/[^\n]/g, " ");
  const script = code.replace(/^[ \t]*import\b[^;]*?["'][^"'\n]*["'];?/gm, blank).replace(/^[ \t]*export(?: default)?\b/gm, blank);
  try {
    new Script(`(async () => {${script}\n})`, { filename: file });
  } catch (error) {
    const match = /^.*:(\d+)\n(.*)\n( *)\^/.exec((error as Error).stack ?? "");
    if (match) {
      const line = Number(match[1]);
      const source = lineOf(text, line) ?? "";
      return { file, line, column: 1 + sameToken(match[2]!, match[3]!.length, source), text: source };
    }
  }
  return undefined;
};

/** Where the word at `at` in a line without types stands in the line with them: the same word, as often before it. */
const sameToken = (line: string, at: number, typed: string): number => {
  const word = /^(?:[\w$]+|.)/.exec(line.slice(at))?.[0] ?? "";
  const found = [...typed.matchAll(/[\w$]+|\S/g)].filter(([other]) => other === word);
  const before = [...line.slice(0, at).matchAll(/[\w$]+|\S/g)].filter(([other]) => other === word).length;
  return (found[before] ?? found.at(-1))?.index ?? 0;
};
