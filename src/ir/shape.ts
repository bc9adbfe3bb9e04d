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
