/** Curves and marks in one frame: a loss along a ray with its kinks, losses by step size, strategies, trials of a search. */
import { widthOf } from "../drawing.ts";
import { escapeMarkup } from "../escape.ts";
import type { Theme } from "../svg.ts";
import { axes, drawable, placing, px, scaleOf, sheet, topOf, type ChartAxis } from "./frame.ts";

/** Points joined by a line. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** One place that stands out; its shape says what it is, as its colour does. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly shape: "dot" | "cross" | "diamond" | "star";
  /** Shown when one points at it. */
  readonly title: string;
  /** Written beside it. */
  readonly label?: string;
}

export interface Chart {
  readonly title: string;
  readonly remarks?: readonly string[];
  readonly description: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly curves: readonly Curve[];
  readonly marks?: readonly Mark[];
  readonly theme?: Theme;
}

const [width, frameHeight, left, right] = [760, 380, 76, 24];

/** What is left free around curves and marks, as a share of the frame. */
const margin = 0.04;

/** Full, dashed, dotted, dash-dotted: curves differ by more than colour. */
const dashes = ["", "7 4", "2 4", "9 4 2 4"];
const colours = ["value", "gradient", "ink", "wire"];

const style = [
  ".chart .curve{fill:none;stroke-width:2;stroke-linejoin:round}",
  ...colours.map((colour, i) => `.chart .curve${i}{stroke:var(--${colour});stroke-dasharray:${dashes[i] || "none"}}`),
  ".chart .dot{fill:var(--value);fill-opacity:.75;stroke:var(--paper)}",
  ".chart .diamond{fill:var(--paper);stroke:var(--gradient);stroke-width:1.8}",
  ".chart .cross{fill:none;stroke:var(--gradient);stroke-width:2}",
  ".chart .star{fill:var(--gradient);stroke:var(--paper)}",
].join("\n");

const star = Array.from({ length: 10 }, (_, i) => {
  const [radius, turn] = [i % 2 === 0 ? 10 : 4.2, (Math.PI * i) / 5 - Math.PI / 2];
  return `${i === 0 ? "M" : "L"}${px(radius * Math.cos(turn))} ${px(radius * Math.sin(turn))}`;
}).join("");

const shapes: Readonly<Record<Mark["shape"], string>> = {
  dot: "M-5 0A5 5 0 1 1 5 0A5 5 0 1 1 -5 0Z",
  diamond: "M0 -6L6 0L0 6L-6 0Z",
  cross: "M-5 -5L5 5M-5 5L5 -5",
  star: `${star}Z`,
};

/** A curve with gaps where there is nothing to draw. */
const pathOf = (points: readonly (readonly [number, number] | undefined)[]): string =>
  points.map((point, i) => (point === undefined ? "" : `${points[i - 1] === undefined ? "M" : "L"}${px(point[0])} ${px(point[1])}`)).join("");

/** The chart as an SVG image. Numbers that are not finite are left out, and a curve is broken there. */
export const chartSVG = (chart: Chart): string => {
  const { title, remarks = [], description, curves, marks = [], theme } = chart;
  const isLog = [chart.x.log ?? false, chart.y.log ?? false] as const;
  const points = [...curves.flatMap((curve) => curve.points), ...marks.map(({ x, y }) => [x, y] as const)].filter(
    ([x, y]) => drawable(x, isLog[0]) && drawable(y, isLog[1]),
  );
  const [x, y] = [scaleOf(points.map(([v]) => v), chart.x, margin), scaleOf(points.map(([, v]) => v), chart.y, margin)];
  // The legend stands below the remarks, on a line of its own.
  const legendHeight = curves.length > 1 ? 22 : 0;
  const box = { left, top: topOf({ remarks }) + legendHeight, width: width - left - right, height: frameHeight };
  const place = placing(box, x, y);
  const placed = (at: readonly [number, number]): readonly [number, number] | undefined =>
    drawable(at[0], isLog[0]) && drawable(at[1], isLog[1]) ? place(...at) : undefined;
  const lines = curves.map(({ points: of }, i) => `<path class="curve curve${i % 4}" d="${pathOf(of.map(placed))}"/>`);
  const signs = marks.flatMap(({ x: at, y: height, shape, title: says, label }) => {
    const found = placed([at, height]);
    if (found === undefined) return [];
    const [cx, cy] = found;
    const isRight = label !== undefined && cx + 16 + widthOf(label, 13) > box.left + box.width;
    const text = label === undefined ? "" : `<text class="halo" text-anchor="${isRight ? "end" : "start"}" x="${px(cx + (isRight ? -12 : 12))}" y="${px(Math.max(box.top + 14, cy - 8))}">${escapeMarkup(label)}</text>`;
    return [`<g><title>${escapeMarkup(says)}</title><path class="${shape}" transform="translate(${px(cx)} ${px(cy)})" d="${shapes[shape]}"/>${text}</g>`];
  });
  return sheet({ width, height: box.top + box.height + 56, title, remarks, description, theme, style }, [
    axes(box, x, y, { x: chart.x.label, y: chart.y.label }),
    ...lines,
    ...signs,
    ...(curves.length > 1 ? [legend(curves, box.top - 14)] : []),
  ]);
};

const legend = (curves: readonly Curve[], y: number): string => {
  let at = left;
  return curves
    .map(({ name }, i) => {
      const start = at;
      at += 60 + widthOf(name, 13);
      return `<path class="curve curve${i % 4}" d="M${px(start)} ${y}h32"/><text x="${px(start + 38)}" y="${y + 4}">${escapeMarkup(name)}</text>`;
    })
    .join("\n");
};
