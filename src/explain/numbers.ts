/** Numbers for people: with a chosen number of digits after the point, or as few as tell them apart. */
import { numberSpelling } from "../ir/dtype.ts";
import type { Shape } from "../ir/shape.types.ts";

/** A function from numbers to texts. */
export type Show = (x: number) => string;

const significant = 4;
const plainUpTo = 1e9;

/** `digits` after the point as the lecture prints them; by default four significant digits, whole numbers whole. */
export const shower = (digits: number | undefined): Show => (x) => {
  if (!Number.isFinite(x)) return numberSpelling(x);
  if (digits !== undefined) return withoutSignOfZero(x.toFixed(digits));
  if (Number.isInteger(x) && Math.abs(x) < plainUpTo) return numberSpelling(x);
  const [mantissa, exponent] = x.toPrecision(significant).split("e") as [string, string | undefined];
  const trimmed = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return exponent === undefined ? trimmed : `${trimmed}e${exponent.replace("+", "")}`;
};

const withoutSignOfZero = (text: string): string => (/^-[0.]+$/.test(text) ? text.slice(1) : text);

/** `5x10`, as in the lecture; a scalar has no shape to speak of. */
export const shapeName = (shape: Shape): string => (shape.length === 0 ? "" : `[${shape.join("x")}]`);
