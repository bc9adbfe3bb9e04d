/** A diagnostic on its way: between threads as plain data, to the page also as the text that the command prints. */
import type { ServedError } from "../../explain/served.types.ts";
import { Diagnostic, type DiagnosticDetails } from "../../ir/diagnostic.ts";
import type { Io } from "../io.ts";
import { diagnosticOf, reportError } from "../report.ts";

export interface Told extends Omit<DiagnosticDetails, "cause"> {
  readonly code: string;
  readonly message: string;
}

export const tell = (error: unknown): Told => diagnosticOf(error).toJSON() as Told;

export const heard = ({ code, message, ...details }: Told): Diagnostic => new Diagnostic(code, message, details);

export const servedError = (told: Told, io: Io): ServedError => {
  let text = "";
  const err = { write: (piece: string) => void (text += piece), isTTY: false, columns: undefined };
  reportError(heard(told), { json: false, quiet: false, plain: true, debug: false }, { ...io, err });
  return { code: told.code, message: told.message, text: text.trimEnd() };
};
