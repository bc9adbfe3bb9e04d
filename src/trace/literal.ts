/** Tensors as people write them: nested arrays of numbers, whose shape is read off and whose rows must be equally long. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { allocate } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { data } from "../ops/forms/source.ts";

/** Nested arrays of numbers (or truth values), as tensors are written by hand. */
export type Nested = number | boolean | readonly Nested[];

/** A node of nested arrays: truth values if there are only such, else float64. */
export const literal = (value: readonly unknown[], what: string): Node => {
  const { shape, flat, truth } = flatten(value, what);
  const array = allocate(truth ? "bool" : "float64", flat.length);
  array.set(flat);
  return data(array, shape);
};

/** Arrays nested deeper than this are a mistake: one that contains itself has no end. */
export const deepest = 1000;

/** Shape and numbers of nested arrays; ragged rows are one clear error. */
export const flatten = (value: unknown, what: string): { shape: number[]; flat: number[]; truth: boolean } => {
  const shape: number[] = [];
  for (let x = value; Array.isArray(x); x = x[0]) {
    if (shape.push(x.length) <= deepest) continue;
    throw new Diagnostic("too-deep", `${what}: the array is more than ${deepest} levels deep, or contains itself`, {
      help: "give a number, a list of numbers, or a list of equally long lists",
    });
  }
  const flat: number[] = [];
  let truth = true;
  const visit = (x: unknown, depth: number, path: string): void => {
    if (depth === shape.length) {
      if (typeof x === "boolean") flat.push(Number(x));
      else if (typeof x === "number") {
        flat.push(x);
        truth = false;
      } else {
        throw new Diagnostic("not-a-number", `${what}: the entry at ${path || "the top"} is ${Array.isArray(x) ? "an array" : String(x)}, not a number`, {
          help: Array.isArray(x) ? "all rows must be equally deep" : "tensors hold numbers and truth values",
        });
      }
      return;
    }
    if (!Array.isArray(x) || x.length !== shape[depth]) {
      const found = Array.isArray(x) ? `${x.length} entries` : "a single value";
      throw new Diagnostic("ragged", `${what}: ragged rows: the row at ${path || "the top"} has ${found}, the first has ${shape[depth]}`, {
        help: "give every row the same number of entries",
      });
    }
    x.forEach((item, i) => visit(item, depth + 1, `${path}[${i}]`));
  };
  visit(value, 0, "");
  return { shape, flat, truth: truth && flat.length > 0 };
};
