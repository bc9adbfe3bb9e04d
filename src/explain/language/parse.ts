/** Reads programs, and says what is wrong with those that cannot be read. */
import { explained } from "./explained.ts";
import { type ParseOptions, parseProgram } from "./parser.ts";
import type { Program } from "./syntax.ts";
import { checkArgumentLength, checkFileSize } from "./too-large.ts";

/**
 * Reads a program: stages `name = expression`, one a line or separated by `;`, the last of which is the output and
 * may stand without a name. Names stay open until `resolve`, which knows the inputs.
 * @throws Diagnostic with the place of the first mistake
 */
export const parse = (text: string, options: ParseOptions): Program => {
  if (options.file === undefined) checkArgumentLength(text);
  else checkFileSize(text.length, options.file);
  return explained(() => parseProgram(text, options));
};
