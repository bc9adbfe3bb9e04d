/** Rows of one part that are rows of the training part too, and how many would be by chance. */
import type { Examples } from "./examples.ts";

const hashOf = (bits: Uint32Array, from: number, to: number): number => {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bits[i]!, 0x01000193) ^ (hash >>> 15);
  return hash;
};

const bitsOf = ({ x }: Examples): Uint32Array => new Uint32Array(x.buffer, x.byteOffset, 2 * x.length);

/** Halves of a number: two words of bits. */
const words = 2;

/** How many of the rows have inputs that are, bit for bit, those of a training row. */
export const twinsIn = (train: Examples, rows: Examples): number => {
  const width = words * train.columns;
  const [own, others] = [bitsOf(train), bitsOf(rows)];
  const byHash = new Map<number, number[]>();
  for (let i = 0; i < train.y.length; i++) {
    const hash = hashOf(own, i * width, (i + 1) * width);
    byHash.set(hash, [...(byHash.get(hash) ?? []), i]);
  }
  const equal = (i: number, j: number): boolean => {
    for (let k = 0; k < width; k++) if (own[i * width + k] !== others[j * width + k]) return false;
    return true;
  };
  let found = 0;
  for (let j = 0; j < rows.y.length; j++) {
    if (byHash.get(hashOf(others, j * width, (j + 1) * width))?.some((i) => equal(i, j))) found++;
  }
  return found;
};

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
