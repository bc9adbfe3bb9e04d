/** Types of numbers as users give them, checked. */
import { Diagnostic } from "./diagnostic.ts";
import { ranks, type DType } from "./dtype.ts";

export const checkDType = (dtype: DType, what: string): DType => {
  if (ranks.includes(dtype)) return dtype;
  throw new Diagnostic("bad-dtype", `${what}: ${String(dtype)} is not a type of numbers`, { help: `use one of ${ranks.join(", ")}` });
};
