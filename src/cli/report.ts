/** How errors and warnings reach the user: one diagnostic on standard error, as text or as one JSON object. */
import { printable } from "../explain/language/source.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Io } from "./io.ts";
import { styleFor } from "./style.ts";

export interface Reporting {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly plain: boolean;
  readonly debug: boolean;
}

/** What is wanted, even when the arguments cannot be read: an error about them must come in the form asked for. */
export const reportingOf = (args: readonly string[], io: Io): Reporting => {
  const end = args.indexOf("--");
  const options = new Set(end < 0 ? args : args.slice(0, end));
  return {
    json: options.has("--json"),
    quiet: options.has("--quiet"),
    plain: options.has("--no-color"),
    debug: options.has("--debug") || !!io.env["CHAINRULE_DEBUG"],
  };
};

/** Anything thrown as a diagnostic: what is none is a mistake of ours, and says so. */
export const diagnosticOf = (error: unknown): Diagnostic => {
  if (error instanceof Diagnostic) return error;
  const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
  return new Diagnostic("internal-error", `chainrule itself failed: ${name}: ${message.split("\n", 1)[0]}`, {
    help: "this is a mistake in chainrule; please report it with what --debug prints",
    cause: error,
  });
};

const stackOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "";
  const cause = error.cause === undefined ? "" : `\nCaused by:\n${stackOf(error.cause)}`;
  return (error.stack ?? error.message) + cause;
};

export const reportError = (error: unknown, { json, plain, debug }: Reporting, io: Io): void => {
  const diagnostic = diagnosticOf(error);
  if (json) {
    const stack = debug ? { stack: stackOf(error) } : {};
    io.err.write(`${JSON.stringify({ error: { ...diagnostic.toJSON(), ...stack } })}\n`);
    return;
  }
  const style = styleFor(io, io.err, plain);
  io.err.write(`${style.heading(style.gradient(`error[${diagnostic.code}]:`))} ${printable(diagnostic.message)}\n`);
  if (debug) io.err.write(`${stackOf(error)}\n`);
};

export const reportWarning = (code: string, sentence: string, { json, quiet, plain }: Reporting, io: Io): void => {
  if (quiet) return;
  const style = styleFor(io, io.err, plain);
  const line = json ? JSON.stringify({ warning: { code, message: sentence } }) : `${style.heading(`warning[${code}]:`)} ${printable(sentence)}`;
  io.err.write(`${line}\n`);
};
