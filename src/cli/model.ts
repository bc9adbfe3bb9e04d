/** Loads a function out of a user's own TypeScript or JavaScript file. */
import { readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Diagnostic, nearest } from "../ir/diagnostic.ts";
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

const installHooks = async (): Promise<Hooks> => {
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

/**
 * The exported function of that name, or the only one there is.
 * @throws Diagnostic `model-failed`, `model-syntax`, `no-function`, `unknown-function`, `which-function`
 */
export const loadFunction = async (file: string, wanted: string | undefined, io: Io): Promise<LoadedFunction> => {
  // Read first for its errors: a missing or too large file is said in our words.
  const text = await readText(file, io);
  const { withoutTypes } = await installHooks();
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = (await import(pathToFileURL(resolve(io.folder, file)).href)) as typeof exported;
  } catch (error) {
    const isTyped = /\.[cm]?ts$/.test(file);
    throw importFailed(error, file, () => (isTyped ? withoutTypes(file, text).code : text), io, readSource);
  }
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
  const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const isInside = new RegExp(`(?:function|const|let|var)\\s+${escaped}(?![\\w$])`).test(text);
  const what = exported.includes(wanted) ? `"${wanted}" of ${file} is no function.` : `${file} exports no function "${wanted}".`;
  const all = names.length > 0 ? `it exports ${list}` : "it exports no function at all";
  const help = isInside && !exported.includes(wanted) ? `write "export" before it` : near === undefined ? undefined : `did you mean ${near}?`;
  throw new Diagnostic("unknown-function", what, { notes: [all], help });
};

/** Runs the user's code: what it throws is shown at its own line. */
export const inUsersCode = <T>(run: () => T, name: string, io: Io): T => {
  try {
    return run();
  } catch (error) {
    throw atUsersLine(error, name, io, readSource);
  }
};
