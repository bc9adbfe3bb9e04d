/** What was grouped and why, as text: nobody should have to guess which of their gates were run as another. */
import type { Found } from "./group.ts";

/** Places, and spellings, that are listed for one kind of gate. */
const mostListed = 8;

/**
 * One paragraph for each kind of gate: where it stands, the plain gates that it replaces, and why.
 *
 * ```text
 * sigmoid: h (model.ts:12)
 *   one gate instead of neg, exp, add, div
 *   e^-x overflows for x < -709 ...
 * ```
 */
export const groupReport = (found: readonly Found[]): string => {
  if (found.length === 0) return "no chain of gates was grouped";
  const words = new Map<string, Found[]>();
  for (const one of found) {
    const alike = words.get(one.word);
    if (alike) alike.push(one);
    else words.set(one.word, [one]);
  }
  return [...words.values()].map(paragraph).join("\n");
};

const gates = ({ replaced }: Found): string =>
  replaced.flatMap(({ op }) => (op.plumbing ? [] : [op.name])).join(", ");

const paragraph = (alike: readonly Found[]): string => {
  const [first] = alike as [Found, ...Found[]];
  const times = alike.length === 1 ? "" : `, ${alike.length} times`;
  const places = listed(alike.flatMap((one) => placeOf(one) ?? []), ", ");
  const where = places === "" ? "" : `: ${places}`;
  return `${first.word}${times}${where}\n  one gate instead of ${listed(alike.map(gates), "; or ")}\n  ${first.why}`;
};

const listed = (texts: readonly string[], comma: string): string => {
  const different = [...new Set(texts)];
  const more = different.length > mostListed ? [`${different.length - mostListed} more`] : [];
  return [...different.slice(0, mostListed), ...more].join(comma);
};

/** The name and line of the value that the chain computed. */
const placeOf = ({ replaced }: Found): string | undefined => {
  const last = replaced.at(-1)!;
  const place = last.site?.place;
  const line = place && `${place.file === undefined ? "line " : `${place.file}:`}${place.line}`;
  return last.name !== undefined && line !== undefined ? `${last.name} (${line})` : (last.name ?? line);
};
