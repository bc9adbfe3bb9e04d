/**
 * Attributes by value: numbers by their bits, texts, and lists and records of them; anything else must be the very same.
 * `ignored`: names in records that do not count.
 */
export const sameValue = (a: unknown, b: unknown, ignored: ReadonlySet<string> = nothing): boolean => {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => sameValue(x, b[i], ignored));
  if (!isRecord(a) || !isRecord(b)) return false;
  const [left, right] = [a, b].map((record) => Object.keys(record).filter((key) => !ignored.has(key)));
  return left!.length === right!.length && left!.every((key) => sameValue(a[key], b[key], ignored));
};

const nothing: ReadonlySet<string> = new Set();

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype;
