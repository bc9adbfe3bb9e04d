/** Numbers in links: JSON has no NaN, no infinities and no minus zero, so these travel as text. */

/** The number out of a link's data, or `undefined` where it is none. */
export const readNumber = (x: unknown): number | undefined => {
  if (typeof x === "number") return x;
  return x === "NaN" || x === "Infinity" || x === "-Infinity" || x === "-0" ? Number(x) : undefined;
};

/** The number as a link carries it; `readNumber` gives it back. */
export const linkNumber = (x: number): number | string => {
  if (Object.is(x, -0)) return "-0";
  return Number.isFinite(x) ? x : String(x);
};
