/** Values in tables. */
import type { Value } from "../ir/dtype.ts";
import type { Show } from "./numbers.ts";

const fewEntries = 4;

/** A value in one cell of a table: the number, a few numbers, or the span of many. */
export const cell = (value: Value, show: Show): string => {
  if (typeof value === "number") return show(value);
  if (value.length <= fewEntries) return `[${Array.from(value, show).join(", ")}]`;
  let [low, high, finite] = [Infinity, -Infinity, true];
  for (const x of value) {
    if (x < low) low = x;
    if (x > high) high = x;
    finite &&= Number.isFinite(x);
  }
  if (!finite) return value.some(Number.isNaN) ? "has NaN" : "has Infinity";
  return low === high ? `all ${show(low)}` : `${show(low)} .. ${show(high)}`;
};
