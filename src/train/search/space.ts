/** Where a search may look: settings with a range or with alternatives, and the points that are tried. */
import { split, uniform } from "../../api/random.ts";
import { Diagnostic } from "../../ir/diagnostic.ts";
import type { Tensor } from "../../trace/tensor.ts";
import type { Settings } from "../settings.ts";

/** Numbers from `low` to `high`. */
export interface NumberRange {
  readonly kind: "range";
  readonly low: number;
  readonly high: number;
  /** Whole numbers only. */
  readonly whole: boolean;
}

/** One of several values, such as lists of hidden layers. */
export interface Choices<V = unknown> {
  readonly kind: "choices";
  readonly values: readonly V[];
}

export type Dimension<V = unknown> = NumberRange | Choices<V>;

/** For each setting that is searched where to look; all others are as they are. */
export type Space = { readonly [K in keyof Settings]?: Dimension<Settings[K]> };

/** The settings of one trial, where they differ from those of the search. */
export type Point = Partial<Settings>;

/** A range is looked at in powers where both ends are positive and a factor of ten or more apart. */
export const isLog = ({ low, high }: NumberRange): boolean => low > 0 && high / low >= 10;

/** Drawn numbers are short, so that a setting can be typed again as it was tried. */
const digits = 3;

const rounded = (value: number, { low, high, whole }: NumberRange): number => {
  const short = whole ? Math.round(value) : Number(value.toPrecision(digits));
  return Math.min(high, Math.max(low, short));
};

/** The value at a share of the way from the low end to the high one, 0 to 1. */
export const valueAt = (range: NumberRange, share: number): number => {
  const { low, high } = range;
  return rounded(isLog(range) ? low * (high / low) ** share : low + (high - low) * share, range);
};

/** Where a value stands on its range, 0 at the low end to 1 at the high one. */
export const shareOf = (range: NumberRange, value: number): number => {
  const { low, high } = range;
  if (high === low) return 0.5;
  return isLog(range) ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
};

const dimensionsOf = (space: Space): (readonly [string, Dimension])[] => Object.entries(space) as [string, Dimension][];

/**
 * Trials drawn at random: each range evenly, or evenly in its logarithm; alternatives with equal chance. Random points
 * try many values of every setting, a grid only few (Bergstra and Bengio 2012). Trial i depends on the key and i alone,
 * so a search can be made longer.
 * @example
 * const points = randomPoints({ lr: { kind: "range", low: 1e-4, high: 1, whole: false } }, 20, key(0));
 * points.every(({ lr }) => lr! >= 1e-4 && lr! <= 1); // true
 */
export const randomPoints = (space: Space, trials: number, key: Tensor): Point[] => {
  const dimensions = dimensionsOf(space);
  return split(key, trials).map((each) => {
    const shares = uniform(each, [dimensions.length]).dataSync();
    return Object.fromEntries(
      dimensions.map(([name, dimension], i) => {
        const share = shares[i]!;
        return [name, dimension.kind === "range" ? valueAt(dimension, share) : dimension.values[Math.floor(share * dimension.values.length)]];
      }),
    );
  });
};

/**
 * Trials on a grid: every alternative with every other, and of each range as many equal steps (equal factors on a log
 * scale) as `trials` allows, both ends included. The first setting changes slowest.
 * @throws Diagnostic `grid-too-large`
 * @example
 * gridPoints({ lr: { kind: "range", low: 0.01, high: 1, whole: false } }, 3); // [{ lr: 0.01 }, { lr: 0.1 }, { lr: 1 }]
 */
export const gridPoints = (space: Space, trials: number): Point[] => {
  const dimensions = dimensionsOf(space);
  const ranges = dimensions.filter(([, { kind }]) => kind === "range").length;
  const alternatives = dimensions.reduce((count, [, each]) => (each.kind === "choices" ? count * each.values.length : count), 1);
  let steps = 1;
  while (ranges > 0 && alternatives * (steps + 1) ** ranges <= trials) steps++;
  const fewest = alternatives * 2 ** ranges;
  if (fewest > trials) {
    throw new Diagnostic("grid-too-large", `the smallest grid over ${dimensions.map(([name]) => name).join(", ")} has ${fewest} points, and there are ${trials} trials`, {
      help: `allow ${fewest} trials, search fewer settings, or draw points at random`,
    });
  }
  return dimensions.reduce<Point[]>(
    (points, [name, dimension]) => {
      const values = dimension.kind === "choices" ? dimension.values : Array.from({ length: steps }, (_, i) => valueAt(dimension, i / (steps - 1)));
      const different = [...new Set(values)];
      return points.flatMap((point) => different.map((value) => ({ ...point, [name]: value })));
    },
    [{}],
  );
};
