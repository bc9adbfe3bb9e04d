/** How likely rows are to be equal by chance. */
import type { Examples } from "./examples.ts";

/** Rows that the chance of equal numbers is estimated from. */
const sampled = 500;

/**
 * The chance that two rows agree in all columns, if columns were independent: the product of the chances in each. 0 where
 * a column holds measurements that do not repeat.
 */
export const chanceOfTwins = ({ x, y, columns }: Examples): number => {
  const n = Math.min(sampled, y.length);
  let chance = 1;
  for (let j = 0; j < columns && chance > 0; j++) {
    const counts = new Map<number, number>();
    for (let i = 0; i < n; i++) {
      const v = x[Math.floor((i * y.length) / n) * columns + j]!;
      counts.set(v, (counts.get(v) ?? 0) + 1);
    }
    let pairs = 0;
    for (const count of counts.values()) pairs += count * (count - 1);
    chance *= pairs / Math.max(1, n * (n - 1));
  }
  return chance;
};
