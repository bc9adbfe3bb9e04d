/** How numbers are spread, as counts, and in one line of characters. */

/** Counts of numbers in bins of equal width from the least to the greatest. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  /** The first bin begins at `low`, the last ends at `high`. */
  readonly counts: readonly number[];
}

const standardBins = 20;

/**
 * Counts numbers in `bins` bins (20 by default) from the least to the greatest; what is not finite is left out.
 * @example
 * histogramOf([0, 1, 1, 4], 2); // { low: 0, high: 4, counts: [3, 1] }
 */
export const histogramOf = (values: ArrayLike<number>, bins = standardBins): Histogram => {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (!Number.isFinite(v)) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  const counts = new Array<number>(bins).fill(0);
  if (low > high) return { low: 0, high: 0, counts };
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (!Number.isFinite(v)) continue;
    // All equal: one bin holds them. Halves, because the distance of two finite numbers may be infinite.
    const share = high === low ? 0 : (v / 2 - low / 2) / (high / 2 - low / 2);
    counts[Math.min(bins - 1, Math.floor(share * bins))]!++;
  }
  return { low, high, counts };
};

const blocks = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const asciiBlocks = [" ", ".", ":", "-", "=", "+", "*", "#", "@"];

/**
 * A character for each bin, the higher the more it holds: a bin that holds anything is never blank.
 * @example
 * sparkline({ low: 0, high: 4, counts: [8, 0, 4, 1] }); // "█ ▄▁"
 */
export const sparkline = ({ counts }: Histogram, { ascii = false }: { readonly ascii?: boolean } = {}): string => {
  const most = Math.max(1, ...counts);
  return counts.map((count) => (ascii ? asciiBlocks : blocks)[Math.ceil((8 * count) / most)]!).join("");
};
