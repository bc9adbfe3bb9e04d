/** The numbers that the page's state holds: where each starts, how far its slider goes, and what may be typed. */

export interface NumberRule {
  readonly label: string;
  readonly initial: number;
  /** The ends of the slider. */
  readonly from: number;
  readonly to: number;
  /** The least that may be typed; absent: as far below 0 as `farthest` above. */
  readonly least?: number;
  /** The most that may be typed. Default `farthest`. */
  readonly most?: number;
}

/** Beyond this no curve of the page has anything left to show, and squares are still finite. */
export const farthest = 1e6;

const weight = (label: string, initial: number): NumberRule => ({ label, initial, from: -5, to: 5 });

export const numberRules = {
  z: { label: "z", initial: 2, from: -8, to: 8 },
  mean: { label: "mean", initial: 0, from: -5, to: 5 },
  scale: { label: "scale", initial: 1, from: 0, to: 10, least: 0 },
  share: { label: "share", initial: 0.05, from: 0, to: 0.5, least: 0, most: 1 },
  // The maxout neuron of the test suite's cases (h-maxout).
  slope1: weight("slope 1", 1.2),
  offset1: weight("offset 1", -0.3),
  slope2: weight("slope 2", -0.8),
  offset2: weight("offset 2", 0.9),
  // The neuron of slides 14 to 25.
  w0: weight("w0", 2),
  x0: weight("x0", -1),
  w1: weight("w1", -3),
  x1: weight("x1", -2),
  b: weight("b", -3),
  rate: { label: "step size", initial: 0.5, from: 0, to: 2, least: 0 },
  lambda: { label: "lambda", initial: 0, from: 0, to: 1, least: 0 },
} as const satisfies Readonly<Record<string, NumberRule>>;

export type NumberName = keyof typeof numberRules;
export type Numbers = Readonly<Record<NumberName, number>>;

export const numberNames = Object.keys(numberRules) as readonly NumberName[];

const made = (numberOf: (name: NumberName) => number): Numbers =>
  Object.fromEntries(numberNames.map((name) => [name, numberOf(name)] as const)) as Record<NumberName, number>;

export const initialNumbers: Numbers = made((name) => numberRules[name].initial);

/** Whether the number may stand there. */
export const isAllowed = (name: NumberName, value: unknown): value is number => {
  const { least = -farthest, most = farthest }: NumberRule = numberRules[name];
  return typeof value === "number" && value >= least && value <= most;
};

/** Numbers out of data that may be anything: what is missing or not allowed is as in the beginning. */
export const readNumbers = (data: Readonly<Record<string, unknown>>): Numbers =>
  made((name) => (Object.hasOwn(data, name) && isAllowed(name, data[name]) ? data[name] : numberRules[name].initial));

/** A step of the slider: five hundred from end to end. */
export const sliderStep = (name: NumberName): number => {
  const { from, to } = numberRules[name];
  return (to - from) / 500;
};
