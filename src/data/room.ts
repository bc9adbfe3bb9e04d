/** Memory for rows, or one clear sentence. */
import { bytesText, Diagnostic } from "../ir/diagnostic.ts";
import { allocate, bytesOf } from "../ir/dtype.ts";
import { counted } from "./words.ts";

/** By type. */
interface Room {
  readonly float64: Float64Array;
  readonly float32: Float32Array;
}

/**
 * Zeros for so many rows of so many numbers.
 * @throws Diagnostic `out-of-memory`
 */
export const room = <T extends keyof Room>(name: string, rows: number, columns: number, dtype: T): Room[T] => {
  try {
    return allocate(dtype, rows * columns) as Room[T];
  } catch (cause) {
    const bytes = bytesText(bytesOf(dtype) * rows * columns);
    throw new Diagnostic("out-of-memory", `${name}: ${counted(rows, "row")} of ${counted(columns, "number")} take ${bytes}, more than there is.`, {
      help: "take a part of the rows",
      cause,
    });
  }
};
