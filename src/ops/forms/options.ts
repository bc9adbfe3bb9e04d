/** Options as users give them, checked. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { describe } from "./entry.ts";

/** A misspelt option would silently be the default. */
export const checkOptions = (word: string, options: unknown, known: readonly string[]): void => {
  const example = `{ ${known.join(", ")} }`;
  if (typeof options !== "object" || options === null) {
    throw new Diagnostic("bad-options", `${word}: ${describe(options)} given for its options`, { help: `write ${example}, each with its value` });
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new Diagnostic("bad-options", `${word}: there is no option "${name}"`, { help: `its options are ${example}` });
  }
};
