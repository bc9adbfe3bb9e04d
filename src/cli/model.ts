/** Loads a function out of a user's own TypeScript or JavaScript file. */
import { existsSync, readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import type { AnyFunction, ReadSource } from "../explain/from-function.ts";
import { readText } from "./files.ts";
import type { Io } from "./io.ts";
import { atUsersLine, importFailed } from "./model-errors.ts";

export interface LoadedFunction {
  readonly name: string;
  readonly f: AnyFunction;
  /** The text of the user's files, for names of values and lines in errors. */
  readonly readSource: ReadSource;
}

/** Types of Node 20 do not know the hooks of later versions. */
interface LaterNode {
  readonly registerHooks?: (hooks: { readonly resolve: unknown; readonly load: unknown }) => void;
}

type Hooks = typeof import("./module-hooks.ts");

const installed: { hooks?: Hooks } = {};

/** Lets this thread import TypeScript. Done once, and by whatever loads a module. */
export const installHooks = async (): Promise<Hooks> => {
  if (installed.hooks) return installed.hooks;
  const hooks = (installed.hooks = await import("./module-hooks.ts"));
  const { registerHooks } = nodeModule as LaterNode;
  if (registerHooks) registerHooks({ resolve: hooks.resolve, load: hooks.load });
  else nodeModule.register(hooks.here);
  process.setSourceMapsEnabled(true);
  return hooks;
};

const readSource: ReadSource = (file) => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};

export interface LoadedModule {
  /** The text of the file itself. */
  readonly text: string;
  readonly exported: Readonly<Record<string, unknown>>;
}

/**
 * A user's module, run.
 * @throws Diagnostic `model-failed`, `model-syntax`, `model-import`, and those of reading a file
 */
export const loadModule = async (file: string, io: Io): Promise<LoadedModule> => {
  // Read first for its errors: a missing or too large file is said in our words.
  const text = await readText(file, io);
  const { withoutTypes } = await installHooks();
  try {
    return { text, exported: (await import(pathToFileURL(resolve(io.folder, file)).href)) as LoadedModule["exported"] };
  } catch (error) {
    const isTyped = /\.[cm]?ts$/.test(file);
    throw importFailed(error, file, () => (isTyped ? withoutTypes(file, text).code : text), io, readSource);
  }
};

/**
 * The exported function of that name, or the only one there is.
 * @throws Diagnostic `no-function`, `unknown-function`, `which-function`, and those of `loadModule`
 */
export const loadFunction = async (file: string, wanted: string | undefined, io: Io): Promise<LoadedFunction> => {
  const { text, exported } = await loadModule(file, io);
  const functions = new Map<string, AnyFunction>();
  for (const [name, value] of Object.entries(exported)) if (typeof value === "function") functions.set(name, value as AnyFunction);
  const name = choose(file, text, functions, wanted, Object.keys(exported));
  return { name, f: functions.get(name)!, readSource };
};

const choose = (
  file: string,
  text: string,
  functions: ReadonlyMap<string, AnyFunction>,
  wanted: string | undefined,
  exported: readonly string[],
): string => {
  const names = [...functions.keys()];
  const list = names.join(", ");
  if (names.length === 0 && wanted === undefined) {
    throw new Diagnostic("no-function", `${file} exports no function.`, { help: 'write "export" before the function' });
  }
  if (wanted === undefined) {
    if (functions.has("default")) return "default";
    if (names.length === 1) return names[0]!;
    throw new Diagnostic("which-function", `${file} exports ${names.length} functions: ${list}.`, {
      help: `say which one, as in --function ${names[0]}`,
    });
  }
  if (functions.has(wanted)) return wanted;
  const near = nearest(wanted, names);
  const isInside = declarationOf(wanted, text) !== undefined;
  const what = exported.includes(wanted) ? `"${wanted}" of ${file} is no function.` : `${file} exports no function "${wanted}".`;
  const all = names.length > 0 ? `it exports ${list}` : "it exports no function at all";
  const help = isInside && !exported.includes(wanted) ? `write "export" before it` : near === undefined ? undefined : `did you mean ${near}?`;
  throw new Diagnostic("unknown-function", what, { notes: [all], help });
};

/** A file and those of the user's that it imports by a path, each once; whatever else is imported counts as installed. */
export const localFiles = (file: string): readonly string[] => {
  const found = new Set([file]);
  for (const each of found) {
    for (const [, specifier] of (readSource(each) ?? "").matchAll(/(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g)) {
      const url = new URL(specifier!, pathToFileURL(each));
      const path = fileURLToPath(installed.hooks?.sourceOf(url) ?? url);
      if (existsSync(path)) found.add(path);
    }
  }
  return [...found];
};

/** Where a file declares a name, for a word about it: line and column, counted from 1. */
export const declarationOf = (name: string, text: string): { readonly line: number; readonly column: number } | undefined => {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const match = new RegExp(`((?:function\\*?|const|let|var|class)\\s+)${escaped}(?![\\w$])`).exec(text);
  if (match === null) return undefined;
  const before = text.slice(0, match.index + match[1]!.length);
  return { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
};

/** An error with its line of the user's file, if there is one. */
export const withUsersLine = (error: unknown, io: Io): unknown => (error instanceof Diagnostic ? atUsersLine(error, "", io, readSource) : error);

/** Runs the user's code: what it throws is shown at its own line. */
export const inUsersCode = <T>(run: () => T, name: string, io: Io): T => {
  try {
    return run();
  } catch (error) {
    throw atUsersLine(error, name, io, readSource);
  }
};
