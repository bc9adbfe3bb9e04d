/** The state of the classifier page: all that its link carries, and what can be done to its points. */
import { linkNumber, readNumber } from "../link-number.ts";

/** The losses of the course's demo. */
export const lossNames = ["svm", "one-vs-all", "structured", "softmax"] as const;
export type LossName = (typeof lossNames)[number];

export const classes = [0, 1, 2] as const;
export type Class = (typeof classes)[number];

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: Class;
}

/** What training changes. */
export interface Parameters {
  /** One row of two weights for each class, as the course writes W. */
  readonly w: readonly (readonly number[])[];
  /** One bias for each class. */
  readonly b: readonly number[];
}

export interface ClassifierState extends Parameters {
  readonly points: readonly Point[];
  readonly loss: LossName;
  /** lambda in lambda * (sum of squares of W). */
  readonly strength: number;
  /** How far an update goes against the gradient. */
  readonly stepSize: number;
  /** How many updates led from the last start to W and b. */
  readonly updates: number;
  /** The seed of the random parameters that come next. */
  readonly seed: number;
  /** The class that a new point gets. */
  readonly label: Class;
  /** The point that is looked at. */
  readonly selected?: number | undefined;
}

const point = (x: number, y: number, label: Class): Point => ({ x, y, label });

/** The nine points and the parameters of the course's demo. */
export const initial: ClassifierState = {
  points: [
    point(0.5, 0.4, 0), point(0.8, 0.3, 0), point(0.3, 0.8, 0),
    point(-0.4, 0.3, 1), point(-0.3, 0.7, 1), point(-0.7, 0.2, 1),
    point(0.7, -0.4, 2), point(0.5, -0.6, 2), point(-0.4, -0.5, 2),
  ],
  w: [[1, 2], [2, -4], [3, -1]],
  b: [0, 0.5, -0.5],
  loss: "svm",
  strength: 0.1,
  stepSize: 0.1,
  updates: 0,
  seed: 1,
  label: 0,
};

/** What the page carries at most, by hand or by link. */
export const most = { points: 200, coordinate: 1e6, strength: 1e6, stepSize: 1e6 } as const;

const isIndex = (x: unknown, end: number): x is number => Number.isInteger(x) && (x as number) >= 0 && (x as number) < end;

const isClass = (x: unknown): x is Class => isIndex(x, classes.length);

export const isCoordinate = (x: unknown): x is number => typeof x === "number" && Math.abs(x) <= most.coordinate;

/** From 0 up to a bound. */
const isAmount = (x: unknown, bound: number): x is number => typeof x === "number" && x >= 0 && x <= bound;

export const isStrength = (x: unknown): x is number => isAmount(x, most.strength);
export const isStepSize = (x: unknown): x is number => isAmount(x, most.stepSize);

const readPoint = (data: unknown): Point | undefined => {
  if (!Array.isArray(data)) return undefined;
  const [x, y, label] = data as unknown[];
  return isCoordinate(x) && isCoordinate(y) && isClass(label) ? { x, y, label } : undefined;
};

const isWhole = <T>(list: readonly (T | undefined)[]): list is readonly T[] => !list.includes(undefined);

/** Exactly so many items, each read by `read`; `undefined` where one cannot be. */
const readList = <T>(data: unknown, isLength: (length: number) => boolean, read: (item: unknown) => T | undefined): readonly T[] | undefined => {
  if (!Array.isArray(data) || !isLength(data.length)) return undefined;
  const list = Array.from(data as unknown[], read);
  return isWhole(list) ? list : undefined;
};

const isThree = (length: number): boolean => length === classes.length;

/** The state that a link carries, or `undefined`: unknown fields are left out, missing ones are as in the beginning. */
export const readState = (data: unknown): ClassifierState | undefined => {
  if (typeof data !== "object" || data === null) return undefined;
  const given = data as Readonly<Record<string, unknown>>;
  const points = readList(given["points"], (length) => length <= most.points, readPoint);
  const w = readList(given["w"], isThree, (row) => readList(row, (length) => length === 2, readNumber));
  const b = readList(given["b"], isThree, readNumber);
  if (points === undefined || w === undefined || b === undefined) return undefined;
  const { loss, strength, stepSize, updates, seed, label, selected } = given;
  return {
    points,
    w,
    b,
    loss: lossNames.find((name) => name === loss) ?? initial.loss,
    strength: isStrength(strength) ? strength : initial.strength,
    stepSize: isStepSize(stepSize) ? stepSize : initial.stepSize,
    updates: isIndex(updates, Infinity) ? updates : initial.updates,
    seed: isIndex(seed, 2 ** 53) ? seed : initial.seed,
    label: isClass(label) ? label : initial.label,
    ...(isIndex(selected, points.length) ? { selected } : {}),
  };
};

/** The state as JSON can carry it. */
export const linkData = (state: ClassifierState): unknown => ({
  ...state,
  points: state.points.map(({ x, y, label }) => [x, y, label]),
  w: state.w.map((row) => row.map(linkNumber)),
  b: state.b.map(linkNumber),
});

type Points = Pick<ClassifierState, "points" | "selected">;

/** One more point, which is then the one that is looked at; nothing where there are too many. */
export const added = ({ points, label }: ClassifierState, x: number, y: number): Points | undefined =>
  points.length < most.points ? { points: [...points, { x, y, label }], selected: points.length } : undefined;

/** The point with some of it changed. */
export const pointChanged = ({ points }: ClassifierState, i: number, part: Partial<Point>): Points => ({
  points: points.map((one, k) => (k === i ? { ...one, ...part } : one)),
  selected: i,
});

/** All but that point; the next one is looked at, or the last. */
export const removed = ({ points }: ClassifierState, i: number): Points => ({
  points: points.filter((_, k) => k !== i),
  selected: points.length === 1 ? undefined : Math.min(i, points.length - 2),
});
