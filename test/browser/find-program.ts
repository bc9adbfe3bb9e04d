/** Programs of this machine that tests start. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The file that the variable of the environment names, or else the first on PATH with one of the names. */
export const findProgram = (variable: string, names: readonly string[]): string | undefined => {
  const named = process.env[variable];
  if (named) return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((file) => existsSync(file));
};
