/**
 * Lines of equal height on a grid (marching squares: Lorensen and Cline 1987 in the plane). The outside counts as lower
 * than everything, so all lines are closed rings and fill with the even-odd rule: no ring needs to know its holes, which
 * is most of what a library for contours would do.
 */

export type Ring = readonly (readonly [x: number, y: number])[];

/** Where a line crosses the edge from one corner to the next: at the corner, where the other end is infinite. */
const crossing = (level: number, from: number, to: number): number => {
  if (!Number.isFinite(to)) return 0;
  return Number.isFinite(from) ? (level - from) / (to - from) : 1;
};

/**
 * The rings around all places that are at least as high as `level`. `heights[j][i]` is the height at (i, j), and rings
 * are in these coordinates, straight between the edges of the grid. What is not a number counts as infinitely high.
 */
export const contour = (heights: readonly (readonly number[])[], level: number): Ring[] => {
  const [rows, columns] = [heights.length, heights[0]?.length ?? 0];
  const heightAt = (i: number, j: number): number => {
    const height = heights[j]?.[i];
    return height === undefined ? -Infinity : Number.isNaN(height) ? Infinity : height;
  };
  const inside = (i: number, j: number): boolean => heightAt(i, j) >= level;
  const width = columns + 2;
  // An edge by its left or upper corner and its direction.
  const edge = (i: number, j: number, down: 0 | 1): number => 2 * ((j + 1) * width + i + 1) + down;
  const next = new Map<number, number>();
  for (let j = -1; j < rows; j++) {
    for (let i = -1; i < columns; i++) {
      const corners = [inside(i, j), inside(i + 1, j), inside(i + 1, j + 1), inside(i, j + 1)];
      const edges = [edge(i, j, 0), edge(i + 1, j, 1), edge(i, j + 1, 0), edge(i, j, 1)];
      // Once around: an edge on which one comes in begins a piece of a line, one on which one goes out ends it.
      const enters = [0, 1, 2, 3].filter((k) => !corners[k] && corners[(k + 1) % 4]);
      const leaves = [0, 1, 2, 3].filter((k) => corners[k] && !corners[(k + 1) % 4]);
      const isSaddle = enters.length === 2;
      const middle = (heightAt(i, j) + heightAt(i + 1, j) + heightAt(i + 1, j + 1) + heightAt(i, j + 1)) / 4;
      for (const k of enters) {
        const after = leaves.find((leave) => leave > k) ?? leaves[0]!;
        const before = leaves.findLast((leave) => leave < k) ?? leaves.at(-1)!;
        next.set(edges[k]!, edges[isSaddle && middle >= level ? before : after]!);
      }
    }
  }
  const place = (at: number): readonly [number, number] => {
    const corner = at >> 1;
    const [i, j, down] = [(corner % width) - 1, Math.floor(corner / width) - 1, at & 1];
    const t = crossing(level, heightAt(i, j), heightAt(i + 1 - down, j + down));
    return [i + (1 - down) * t, j + down * t];
  };
  const rings: Ring[] = [];
  for (const start of next.keys()) {
    const ring: (readonly [number, number])[] = [];
    for (let at: number | undefined = start; at !== undefined && next.has(at); ) {
      ring.push(place(at));
      const to: number = next.get(at)!;
      next.delete(at);
      at = to;
    }
    if (ring.length > 0) rings.push(ring);
  }
  return rings;
};

/** Losses that span more than this factor are looked at by factors, so that the valley is not empty. */
const wide = 5;

/**
 * Heights between the lowest and the highest for lines to be drawn at: about `count` round numbers (exactly so many
 * where that is asked for), or equal factors where the heights span a wide range.
 */
export const levelsOf = (
  heights: readonly (readonly number[])[],
  count = 11,
  how: "about" | "exactly" = "about",
): { readonly levels: readonly number[]; readonly log: boolean } => {
  const all = heights.flat().filter(Number.isFinite);
  const [low, high] = all.reduce(([l, h], v) => [Math.min(l, v), Math.max(h, v)] as const, [Infinity, -Infinity] as const);
  if (!(high > low)) return { levels: [], log: false };
  const log = low > 0 && high / low > wide;
  if (!log && how === "about") return { levels: roundNumbers(low, high, count).filter((v) => v > low && v < high), log };
  const at = (share: number): number => (log ? low * (high / low) ** share : low + (high - low) * share);
  return { levels: Array.from({ length: count }, (_, i) => Number(at((i + 1) / (count + 1)).toPrecision(2))), log };
};

/** Multiples of 1, 2 or 5 times a power of ten from `low` to `high`, about `count` of them. */
export const roundNumbers = (low: number, high: number, count: number): number[] => {
  if (!(high > low)) return [low];
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const misses = (factor: number): number => Math.abs(Math.log((factor * power) / raw));
  const step = power * [1, 2, 5, 10].reduce((best, factor) => (misses(factor) < misses(best) ? factor : best));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
};
