/** What the drawing shows, in the plane of the points: the region of each class, and where each score is zero. */
import { classes, type Parameters, type Point } from "./state.ts";

/** A place: x and y. */
export type Place = readonly [x: number, y: number];

/** c + ax x + ay y, such as a score or the difference of two. */
interface Linear {
  readonly ax: number;
  readonly ay: number;
  readonly c: number;
}

const smallest = 1.25;

/** How far the drawing goes to each side: far enough for every point, in halves and doubles. */
export const reachOf = (points: readonly Point[]): number => {
  const far = points.reduce((most, { x, y }) => Math.max(most, Math.abs(x), Math.abs(y)), 0);
  return smallest * 2 ** Math.max(0, Math.ceil(Math.log2(far / smallest)));
};

const scoreOf = ({ w, b }: Parameters, k: number): Linear => ({ ax: w[k]![0]!, ay: w[k]![1]!, c: b[k]! });

const at = ({ ax, ay, c }: Linear, [x, y]: Place): number => ax * x + ay * y + c;

const square = (reach: number): Place[] => [[-reach, -reach], [reach, -reach], [reach, reach], [-reach, reach]];

/** Where `f` is zero between two places on different sides of it. Signs, since products of small numbers are 0. */
const crossing = (f: Linear, here: Place, next: Place): Place[] => {
  const [p, q] = [at(f, here), at(f, next)];
  if (!((p < 0 && q > 0) || (p > 0 && q < 0))) return [];
  const t = p / (p - q);
  return [[here[0] + t * (next[0] - here[0]), here[1] + t * (next[1] - here[1])]];
};

/** For each side of a polygon what `of` makes of its ends. */
const around = (polygon: readonly Place[], of: (here: Place, next: Place) => Place[]): Place[] =>
  polygon.flatMap((here, i) => of(here, polygon[(i + 1) % polygon.length]!));

/** The part of a convex polygon in which `f` is not negative. */
const cut = (polygon: readonly Place[], f: Linear): Place[] =>
  around(polygon, (here, next) => (at(f, here) >= 0 ? [here, ...crossing(f, here, next)] : crossing(f, here, next)));

/** For each class the polygon where its score is the largest; empty where it never is. Of equal scores the first wins. */
export const regionsOf = (parameters: Parameters, reach: number): readonly (readonly Place[])[] => {
  const scores = classes.map((k) => scoreOf(parameters, k));
  return scores.map((own, k) =>
    scores.reduce<Place[]>((polygon, other, j) => {
      if (j === k) return polygon;
      const ahead = { ax: own.ax - other.ax, ay: own.ay - other.ay, c: own.c - other.c };
      // Two classes with the same parameters are ahead of each other everywhere.
      if (ahead.ax === 0 && ahead.ay === 0 && ahead.c === 0) return k < j ? polygon : [];
      const rest = cut(polygon, ahead);
      return rest.length < 3 ? [] : rest;
    }, square(reach)),
  );
};

/** Where the score of a class is zero within the drawing, and the way in which it rises. */
export interface ZeroLine {
  readonly from: Place;
  readonly to: Place;
  /** From the middle of the line. */
  readonly arrow: { readonly from: Place; readonly to: Place };
}

/** The arrow of a weight vector of length 1, as a share of the reach; longer ones have longer arrows, up to `longest`. */
const [arrowOfOne, longest] = [0.13, 0.4];

/** The line of one class; nothing where it does not cross the drawing. */
export const zeroLineOf = (parameters: Parameters, k: number, reach: number): ZeroLine | undefined => {
  const score = scoreOf(parameters, k);
  const size = Math.hypot(score.ax, score.ay);
  if (!(size > 0 && size < Infinity)) return undefined;
  // Two sides of the square are crossed, or a corner is met.
  const ends = around(square(reach), (here, next) => (at(score, here) === 0 ? [here] : crossing(score, here, next)));
  const [from, to] = [ends[0], ends.at(-1)];
  if (from === undefined || to === undefined || ends.length < 2) return undefined;
  const middle: Place = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  const length = reach * Math.min(longest, arrowOfOne * size);
  return { from, to, arrow: { from: middle, to: [middle[0] + (length * score.ax) / size, middle[1] + (length * score.ay) / size] } };
};

/** Fine enough for the hand, and short in words and links: about a two-hundredth of the reach. */
export const snapped = (value: number, reach: number): number => {
  const fine = 10 ** (Math.floor(Math.log10(reach)) - 2);
  const bounded = Math.min(reach, Math.max(-reach, value));
  return Number((Math.round(bounded / fine) * fine).toPrecision(10)) + 0;
};

/** How far an arrow key moves a point: a twenty-fifth of the reach, or a fifth of that. */
export const nudge = (reach: number, isFine: boolean): number => reach / (isFine ? 125 : 25);
