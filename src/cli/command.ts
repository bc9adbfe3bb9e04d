/** What a command is: a table of options, words for its help, and what it does. */
import type { Given } from "./arguments.ts";
import type { StopCode } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { type Option, type Options, flag } from "./option.ts";
import type { Style } from "./style.ts";

/** Every command has these. */
export const common = {
  json: flag("print JSON instead of text"),
  quiet: flag("print the result alone: no hints, warnings or progress"),
  "no-color": flag("print no colours (they are printed on a terminal only; NO_COLOR is honoured too)"),
  debug: flag("after an error, print where in the code it happened"),
  help: flag("print this help"),
} satisfies Options;

/** 0: done. 1: a check failed. 2: bad input or usage (thrown as a Diagnostic). Beyond 128: ended by a signal, in order. */
export type ExitCode = 0 | 1 | 2 | StopCode;

/** What a command gets besides its arguments. */
export interface Context {
  readonly io: Io;
  /** Colours for standard output, if they are wanted there. */
  readonly style: Style;
  /** Tells the user something on standard error that is no failure; nothing with `--quiet`. */
  readonly warn: (code: string, sentence: string) => void;
  /** Tells of a failure that the command has dealt with, as one that is thrown is told. */
  readonly fail: (error: unknown) => void;
  /** A remark for people on standard error; nothing with `--quiet` or `--json`. */
  readonly say: (line: string) => void;
}

export interface Example {
  readonly command: string;
  readonly says: string;
}

/** Its name and what it is for stand in the list of commands, which is read before any command is loaded. */
export interface Command<O extends Options = Options> {
  /** The arguments after the name, as in `<program> [name=value ...]`. */
  readonly usage: string;
  /** Paragraphs of help between usage and options. */
  readonly about: readonly string[];
  readonly options: O;
  readonly examples: readonly Example[];
  /** Whether it computes so much that V8's flags are tried before it begins. */
  readonly computes?: true;
  run(given: Given<O & typeof common>, context: Context): Promise<ExitCode>;
}

/** Fixes the types of a command's options for its own code, and forgets them for everybody else. */
export const defineCommand = <O extends Readonly<Record<string, Option<unknown>>>>(command: Command<O>): Command =>
  command as unknown as Command;
