/** Arithmetic of sizes: everything about shapes that no single operation owns. */
import { Diagnostic, shapeText } from "./diagnostic.ts";
import type { Shape } from "./shape.types.ts";

export const sizeOf = (shape: Shape): number => {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
};

export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Row-major strides, in elements. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
};

/** The index along each axis of the element at a row-major position. */
export const indexAt = (position: number, shape: Shape): number[] => {
  const index = new Array<number>(shape.length);
  let rest = position;
  for (let i = shape.length - 1; i >= 0; i--) {
    index[i] = rest % shape[i]!;
    rest = Math.floor(rest / shape[i]!);
  }
  return index;
};

/** NumPy's rule: align at the right; sizes are equal or one of them is 1. `undefined` if they do not fit. */
export const broadcastShapes = (a: Shape, b: Shape): Shape | undefined => {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1;
    const n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) return undefined;
    out[rank - i] = m === 1 ? n : m;
  }
  return out;
};

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

/**
 * Elements are counted with 31 bits.
 * @throws Diagnostic `too-large`
 */
export const checkSize = (shape: Shape, what: string): void => {
  if (sizeOf(shape) < 2 ** 31) return;
  throw new Diagnostic("too-large", `${what}: ${shapeText(shape)} has ${sizeOf(shape)} elements; 2^31 - 1 is the most`, {
    help: "work in parts, for example on fewer rows at a time",
  });
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
