/**
 * Numbers where there is no more room than was kept for them: on the wires of a drawing that stays as it is while its
 * numbers change. What does not fit has fewer digits there; in full it stands in the panel and in the table.
 */
import { shower, type Show } from "./numbers.ts";

/** How many characters a number has at most: a sign and three digits before the point, or four digits and an exponent. */
const most = (digits: number | undefined): number => (digits === undefined ? 9 : digits + 5);

/** A text as wide as any that `briefShower` writes. */
export const widestNumber = (digits: number | undefined): string => `-${"0".repeat(most(digits) - 1)}`;

/** Like `shower`, with as many digits as fit. */
export const briefShower = (digits: number | undefined): Show => {
  const [show, room] = [shower(digits), most(digits)];
  return (x) => {
    const text = show(x);
    if (text.length <= room) return text;
    if (!Number.isFinite(x)) return x < 0 ? "-∞" : "∞";
    for (let precision = room; precision > 1; precision--) {
      const shorter = x.toPrecision(precision).replace("e+", "e");
      if (shorter.length <= room) return shorter;
    }
    return x.toPrecision(1).replace("e+", "e");
  };
};
