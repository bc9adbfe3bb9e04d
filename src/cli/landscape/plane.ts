/** `chainrule landscape --plane`: the loss over a plane, with the optimiser's path. */
import { key as keyOf, split } from "../../api/random.ts";
import { planeText } from "../../explain/charts/plane-text.ts";
import { planeSVG, type PlaneMap } from "../../explain/charts/plane.ts";
import { tickText } from "../../explain/charts/frame.ts";
import { principalDirections, projected, randomDirection } from "../../train/landscape/directions.ts";
import { overPlane, spread, type Plane } from "../../train/landscape/surface.ts";
import type { Context } from "../command.ts";
import { pathOf, type Subject } from "./subject.ts";
import type { Tell, View } from "./view.ts";

export type PlaneKind = "path" | "random";

interface Cut {
  readonly directions: readonly [unknown, unknown];
  /** Ends along both directions. */
  readonly ranges: readonly [readonly [number, number], readonly [number, number]];
  readonly path: readonly (readonly [number, number])[];
  readonly title: string;
  readonly remark: string;
  readonly axes: readonly [string, string];
}

/** The picture is so much larger than the path in it. */
const room = 1.4;

/** Ranges of one length around the path, so that a step is as long in both directions. */
const around = (path: readonly (readonly [number, number])[]): Cut["ranges"] => {
  const ends = ([0, 1] as const).map((axis) => {
    const values = path.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)] as const;
  });
  const half = (room / 2) * Math.max(...ends.map(([low, high]) => high - low));
  const range = ([low, high]: readonly [number, number]): readonly [number, number] => [(low + high) / 2 - half, (low + high) / 2 + half];
  return [range(ends[0]!), range(ends[1]!)];
};

const percent = (share: number): string => `${(100 * share).toFixed(share > 0.1 ? 0 : 1)}%`;

const cutOf = async (subject: Subject, kind: PlaneKind, seed: number, tell: Tell, context: Context): Promise<Cut> => {
  const { model } = subject.position;
  const [first, second] = split(keyOf(seed));
  if (kind === "random") {
    return {
      directions: [randomDirection(first!, model), randomDirection(second!, model)],
      ranges: [[-1, 1], [-1, 1]],
      path: [],
      title: "Loss over a random plane through the trained model",
      remark: "directions scaled neuron by neuron to the weights (Li et al. 2018); the trained model is at 0, 0",
      axes: ["a, one random direction", "b, another random direction"],
    };
  }
  const models = await pathOf(subject, tell, context);
  const { directions, shares } = principalDirections(models, first!);
  const path = models.map((each) => projected(each, model, directions));
  return {
    directions,
    ranges: around(path),
    path,
    title: "Loss over the plane of the optimiser's path",
    remark: `its two principal directions hold ${percent(shares[0])} and ${percent(shares[1])} of the path's spread; the trained model is at 0, 0`,
    axes: ["a, first principal direction", "b, second principal direction"],
  };
};

const computed = (subject: Subject, { directions, ranges: [a, b] }: Cut, points: number, tell: Tell): Plane => {
  const rows = overPlane(subject.loss, subject.position.model, directions, spread(...a, points), spread(...b, points));
  const began = performance.now();
  for (let done = 1; ; done++) {
    const next = rows.next();
    if (next.done) return next.value;
    tell("the loss over the plane", { done, all: points, unit: "row", seconds: (performance.now() - began) / 1000 });
  }
};

export const planeView = async (subject: Subject, kind: PlaneKind, points: number, seed: number, tell: Tell, context: Context): Promise<View> => {
  const cut = await cutOf(subject, kind, seed, tell, context);
  const plane = computed(subject, cut, points, tell);
  const finite = plane.losses.flat().filter(Number.isFinite);
  const ends = [Math.min(...finite), Math.max(...finite)].map(tickText);
  const evaluations = `${points} x ${points} points on ${subject.rows} training rows`;
  const map: PlaneMap = {
    title: cut.title,
    remarks: [`${subject.run}: ${evaluations}`, cut.remark],
    description: `A map of losses between ${ends[0]} and ${ends[1]}, darker where the loss is higher, with lines of equal loss${cut.path.length > 0 ? `, and the path of training in ${cut.path.length - 1} pieces from (${cut.path[0]!.map(tickText).join(", ")}) to (${cut.path.at(-1)!.map(tickText).join(", ")})` : ""}.`,
    x: cut.axes[0],
    y: cut.axes[1],
    ...plane,
    path: cut.path,
  };
  return {
    json: { kind, ...plane, path: cut.path },
    text: () => `${cut.title} (${evaluations};\n${cut.remark})\n\n${planeText(map)}`,
    svg: () => planeSVG(map),
  };
};
