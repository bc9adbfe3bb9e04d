/** Rows to learn from: the digits that ship with the library, parts, batches. */
export { batches } from "./batches.ts";
export { loadDigits, type Digits } from "./digits.ts";
export { asBatch, columnMeans, shiftAndScale, takeRows, type Batch, type Examples, type Parts } from "./examples.ts";
