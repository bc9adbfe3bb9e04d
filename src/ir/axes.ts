/** Shapes, axes and types as users give them, checked. */
import { Diagnostic, shapeText } from "./diagnostic.ts";
import { ranks, type DType } from "./dtype.ts";
import { checkSize } from "./shape.ts";
import type { Shape } from "./shape.types.ts";

/** Shapes, axes and ranges are arrays, also where there is only one. */
export const checkList = (list: unknown, what: string, example: string): void => {
  if (Array.isArray(list)) return;
  throw new Diagnostic("not-a-list", `${what}: a list is needed, got ${String(list)}`, { help: `write an array: ${example}` });
};

/** An axis from 0 to rank - 1, counted from the end when negative. */
export const normalizeAxis = (axis: number, shape: Shape, what: string): number => {
  const from = axis < 0 ? axis + shape.length : axis;
  if (Number.isInteger(axis) && from >= 0 && from < shape.length) return from;
  throw new Diagnostic("axis-out-of-range", `${what}: there is no axis ${axis} in a tensor of shape ${shapeText(shape)}`, {
    help:
      shape.length === 0
        ? "a scalar has no axes: leave the axis out"
        : `use 0 to ${shape.length - 1}, or -1 to -${shape.length} counted from the end`,
  });
};

/** Several axes, each named once, in ascending order; all of them if none is given. */
export const normalizeAxes = (axes: number | readonly number[] | undefined, shape: Shape, what: string): number[] => {
  if (axes === undefined) return shape.map((_, i) => i);
  if (typeof axes !== "number") checkList(axes, what, "{ axes: [0, 1] }");
  const list = (typeof axes === "number" ? [axes] : axes).map((axis) => normalizeAxis(axis, shape, what));
  if (new Set(list).size < list.length) {
    throw new Diagnostic("axis-twice", `${what}: an axis is named twice in [${[...list].join(", ")}]`, {
      help: "name each axis once",
    });
  }
  return list.sort((a, b) => a - b);
};

export const checkShape = (shape: Shape, what: string): Shape => {
  checkList(shape, what, "[2, 3] is a shape, [] that of a scalar");
  for (const n of shape) {
    if (!Number.isInteger(n) || n < 0) {
      throw new Diagnostic("bad-shape", `${what}: ${shapeText(shape)} is not a shape`, {
        help: "sizes are whole numbers, 0 or more",
      });
    }
  }
  checkSize(shape, what);
  // A copy: whoever wrote the array may change it later.
  return [...shape];
};

export const checkDType = (dtype: DType, what: string): DType => {
  if (ranks.includes(dtype)) return dtype;
  throw new Diagnostic("bad-dtype", `${what}: ${String(dtype)} is not a type of numbers`, { help: `use one of ${ranks.join(", ")}` });
};
