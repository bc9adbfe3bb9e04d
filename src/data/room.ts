/** Memory for rows, or one clear sentence. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { counted } from "./words.ts";

/**
 * Zeros for so many rows of so many numbers.
 * @throws Diagnostic `out-of-memory`
 */
export const room = (name: string, rows: number, columns: number): Float64Array => {
  try {
    return new Float64Array(rows * columns);
  } catch (error) {
    const gib = ((8 * rows * columns) / 2 ** 30).toPrecision(2);
    throw new Diagnostic("out-of-memory", `${name}: ${counted(rows, "row")} of ${counted(columns, "number")} take ${gib} GiB, more than there is.`, {
      help: "take a part of the rows",
      cause: error,
    });
  }
};
