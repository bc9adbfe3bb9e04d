/**
 * Attributes by value: numbers by their bits, texts, and lists and records of them; anything else must be the very same.
 * `ignored`: names in records that do not count.
 */
export const sameValue = (a: unknown, b: unknown, ignored: ReadonlySet<string> = nothing): boolean => {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => sameValue(x, b[i], ignored));
  if (!isRecord(a) || !isRecord(b)) return false;
  // Lists of names would be made for every constant that is compared.
  let left = 0;
  for (const key in a) {
    if (ignored.has(key)) continue;
    if (!sameValue(a[key], b[key], ignored)) return false;
    left++;
  }
  for (const key in b) if (!ignored.has(key)) left--;
  return left === 0;
};

const nothing: ReadonlySet<string> = new Set();

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype;
