/** `chainrule landscape --ray`: the loss along a line, with its kinks. */
import { key as keyOf } from "../../api/random.ts";
import { plot } from "../../check/plot.ts";
import { columns } from "../../check/report.ts";
import { chartSVG } from "../../explain/charts/lines.ts";
import { tickText } from "../../explain/charts/frame.ts";
import { coordinateDirection, randomDirection, towards } from "../../train/landscape/directions.ts";
import { locateKinks, type Kinks } from "../../train/landscape/kinks.ts";
import { spread, surface } from "../../train/landscape/surface.ts";
import { dot, vectorOf } from "../../train/landscape/vectors.ts";
import type { Subject } from "./subject.ts";
import type { Tell, View } from "./view.ts";

/** Where a ray leads. */
export type RayKind = "path" | "random" | { readonly tensor: string; readonly index: readonly number[] };

interface Ray {
  readonly from: unknown;
  readonly direction: unknown;
  /** Distances from and to which it is drawn, and what is added to them at the axis. */
  readonly range: readonly [number, number];
  readonly shift: number;
  readonly title: string;
  readonly axis: string;
}

/** More changes of piece than this are counted, not located. */
const mostKinks = 50;

const rayOf = ({ plan, position }: Subject, kind: RayKind, seed: number): Ray => {
  const { model } = position;
  if (kind === "path") {
    return {
      from: plan.start,
      direction: towards(plan.start, model),
      range: [-0.5, 1.5],
      shift: 0,
      title: "Loss from the start of training to its end",
      axis: "a: 0 is the start, 1 the end",
    };
  }
  if (kind === "random") {
    return { from: model, direction: randomDirection(keyOf(seed), model), range: [-1, 1], shift: 0, title: "Loss along a random direction", axis: "a: 0 is the trained model" };
  }
  const { tensor, index } = kind;
  const direction = coordinateDirection(model, tensor, index);
  const value = dot(vectorOf(direction), vectorOf(model));
  const reach = Math.max(1, 2 * Math.abs(value));
  const name = `${tensor}[${index.join(", ")}]`;
  return { from: model, direction, range: [-reach, reach], shift: value, title: `Loss along ${name}`, axis: `${name}, ${tickText(value)} in the trained model` };
};

const kinksText = ({ kinks, changes }: Kinks, shift: number, rows: number): string[] => {
  if (changes === 0) return ["no kinks: along this ray the loss is smooth"];
  if (changes > mostKinks) {
    const fewer = Math.max(1, Math.min(10, Math.floor(rows / 10)));
    return [`about ${changes.toLocaleString("en-US")} kinks, too many to locate each${rows > fewer ? `; with --rows ${fewer} there are fewer` : ""}`];
  }
  if (kinks.length === 0) return ["no kinks: some elements change pieces, but the slope of the loss does not jump"];
  const rowsOf = kinks.map(({ at, before, after }) => [String(Number((at + shift).toFixed(11))), tickText(before), tickText(after)]);
  return [`${kinks.length} kink${kinks.length === 1 ? "" : "s"}, where the slope jumps:`, ...columns([["a", "slope before", "after"], ...rowsOf], []).map((row) => `  ${row}`)];
};

export const rayView = (subject: Subject, kind: RayKind, points: number, seed: number, tell: Tell): View => {
  const { loss, rows } = subject;
  const ray = rayOf(subject, kind, seed);
  const at = surface(loss, ray.from, [ray.direction]);
  const grid = spread(...ray.range, points);
  const began = performance.now();
  const losses = grid.map((a, i) => {
    tell("the loss along the ray", { done: i, all: points, unit: "point", seconds: (performance.now() - began) / 1000 });
    return at(a);
  });
  const counted = locateKinks(loss, ray.from, ray.direction, { grid, most: 0 });
  const few = counted.changes > 0 && counted.changes <= mostKinks;
  if (few) tell("the kinks of the ray", { done: 0, all: 1, seconds: 0 });
  const found = few ? locateKinks(loss, ray.from, ray.direction, { grid, most: mostKinks }) : counted;
  const curve = { name: "loss", points: grid.map((a, i) => [a + ray.shift, losses[i]!] as const) };
  const remarks = kinksText(found, ray.shift, rows);
  const evaluations = `${points} points on ${rows} training rows`;
  return {
    json: {
      kind: typeof kind === "string" ? kind : `${kind.tensor}[${kind.index.join(",")}]`,
      at: curve.points.map(([a]) => a),
      losses,
      changes: found.changes,
      kinks: found.kinks.map(({ at: place, before, after }) => ({ at: place + ray.shift, before, after })),
      located: few || found.changes === 0,
    },
    text: () => `${ray.title} (${evaluations})\n\n${plot([curve], { x: { label: ray.axis }, y: { label: "loss" } })}\n\n${remarks.join("\n")}`,
    svg: () =>
      chartSVG({
        title: ray.title,
        remarks: [`${subject.run}: ${evaluations}; ${found.kinks.length > 0 ? `kinks are diamonds (${found.kinks.length})` : remarks[0]}`],
        description: `A curve of the loss between ${tickText(Math.min(...losses))} and ${tickText(Math.max(...losses))}. ${remarks.join("; ")}`,
        x: { label: ray.axis },
        y: { label: "loss" },
        curves: [curve],
        marks: found.kinks.map(({ at: place, before, after }) => ({
          x: place + ray.shift,
          y: at(place),
          shape: "diamond",
          title: `kink at ${tickText(place + ray.shift)}: slope ${tickText(before)} before, ${tickText(after)} after`,
        })),
      }),
  };
};
