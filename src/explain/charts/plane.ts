/** A loss over a plane as a map: darker is higher, lines of equal loss with their numbers, and the optimiser's path. */
import { escapeMarkup } from "../escape.ts";
import type { Theme } from "../svg.ts";
import { contour, levelsOf, type Ring } from "./contours.ts";
import { axes, placing, px, scaleOf, sheet, tickText, topOf, type Placing } from "./frame.ts";

export interface PlaneMap {
  readonly title: string;
  readonly remarks?: readonly string[];
  readonly description: string;
  readonly x: string;
  readonly y: string;
  /** Ascending. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** `losses[j][i]` at a[i] and b[j]. */
  readonly losses: readonly (readonly number[])[];
  /** Places that training came by, in order. */
  readonly path?: readonly (readonly [a: number, b: number])[];
  readonly theme?: Theme;
}

const [frameWidth, frameHeight, left, right] = [600, 520, 76, 24];

const style = [
  ".chart .height{fill:var(--ink);fill-opacity:.075;fill-rule:evenodd}",
  ".chart .line{fill:none;stroke:var(--ink);stroke-width:.9;stroke-opacity:.55}",
  ".chart .path-under{fill:none;stroke:var(--paper);stroke-width:5;stroke-linejoin:round}",
  ".chart .path{fill:none;stroke:var(--gradient);stroke-width:2.2;stroke-linejoin:round}",
  ".chart .stop{fill:var(--gradient);stroke:var(--paper);stroke-width:.8}",
  ".chart .start{fill:var(--paper);stroke:var(--gradient);stroke-width:2.4}",
  ".chart .end{fill:var(--gradient);stroke:var(--paper);stroke-width:1.5}",
].join("\n");

type Point = readonly [number, number];

const drawn = (ring: Ring, toPlace: (point: Point) => Point): string =>
  `${ring.map((point, i) => `${i === 0 ? "M" : "L"}${toPlace(point).map(px).join(" ")}`).join("")}Z`;

/** Where a line's number fits best: where the line is flattest, away from frame and other numbers. */
const labelPlace = (rings: readonly (readonly Point[])[], taken: readonly Point[], inside: (point: Point) => boolean): Point | undefined => {
  const pieces = rings.flatMap((ring) => ring.map((point, i) => [point, ring[(i + 1) % ring.length]!] as const));
  const free = pieces.flatMap(([point, next]) => {
    const isFree = inside(point) && taken.every(([x, y]) => Math.abs(x - point[0]) > 52 || Math.abs(y - point[1]) > 18);
    const [dx, dy] = [Math.abs(next[0] - point[0]), Math.abs(next[1] - point[1])];
    return isFree && dx + dy > 0 ? [{ point, flat: dx / (dx + dy) }] : [];
  });
  return free.reduce<{ point: Point; flat: number } | undefined>((a, b) => (a === undefined || b.flat > a.flat ? b : a), undefined)?.point;
};

/** The map as an SVG image. What is not finite counts as infinitely high. */
export const planeSVG = (map: PlaneMap): string => {
  const { title, remarks = [], description, a, b, losses, path = [], theme } = map;
  const { levels, log } = levelsOf(losses);
  const heights = log ? losses.map((row) => row.map(Math.log)) : losses;
  const [x, y] = [scaleOf(a, {}), scaleOf(b, {})];
  const box = { left, top: topOf({ remarks }), width: frameWidth, height: frameHeight };
  const place = placing(box, x, y);
  const between = (ends: readonly number[], at: number): number => {
    const i = Math.min(ends.length - 2, Math.max(0, Math.floor(at)));
    return ends[i]! + (ends[i + 1]! - ends[i]!) * (at - i);
  };
  const toPlace = ([i, j]: Point): Point => place(between(a, i), between(b, j));
  const rings = levels.map((level) => contour(heights, log ? Math.log(level) : level));
  const taken: Point[] = path.length > 0 ? [place(...path[0]!), place(...path.at(-1)!)] : [];
  const away = ([px1, py1]: Point): boolean => px1 > box.left + 30 && px1 < box.left + box.width - 30 && py1 > box.top + 16 && py1 < box.top + box.height - 16;
  const labels = rings.flatMap((of, k) => {
    const found = labelPlace(of.map((ring) => ring.map(toPlace)), taken, away);
    if (found === undefined) return [];
    taken.push(found);
    return [`<text class="tick halo" text-anchor="middle" x="${px(found[0])}" y="${px(found[1] + 4)}">${tickText(levels[k]!)}</text>`];
  });
  return sheet({ width: left + frameWidth + right, height: box.top + box.height + 56, title, remarks, description, theme, style }, [
    `<clipPath id="chart-frame"><rect x="${box.left}" y="${box.top}" width="${box.width}" height="${box.height}"/></clipPath>`,
    `<g clip-path="url(#chart-frame)">`,
    ...rings.map((of) => `<path class="height" d="${of.map((ring) => drawn(ring, toPlace)).join("")}"/>`),
    ...rings.map((of, k) => `<path class="line" d="${of.map((ring) => drawn(ring, toPlace)).join("")}"><title>loss ${escapeMarkup(tickText(levels[k]!))}</title></path>`),
    ...pathLines(path, place),
    "</g>",
    axes(box, x, y, { x: map.x, y: map.y }),
    ...labels,
    ...pathEnds(path, place),
  ]);
};

const pathLines = (path: readonly Point[], place: Placing): string[] => {
  if (path.length === 0) return [];
  const points = path.map((point) => place(...point));
  const line = points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${px(x)} ${px(y)}`).join("");
  const stops = points.slice(1, -1).map(([x, y]) => `<circle class="stop" cx="${px(x)}" cy="${px(y)}" r="3"/>`);
  return [`<path class="path-under" d="${line}"/>`, `<path class="path" d="${line}"/>`, ...stops];
};

/** Start and end, each with its name on the side from which the path does not come. */
const pathEnds = (path: readonly Point[], place: Placing): string[] => {
  if (path.length === 0) return [];
  const points = path.map((point) => place(...point));
  const ends = [["start", points[0]!, points[1]], ["end", points.at(-1)!, points.at(-2)]] as const;
  return ends.map(([name, [x, y], [nextX, nextY] = [x - 1, y + 1]]) => {
    const [isLeft, isBelow] = [nextX > x, nextY < y];
    const at = `x="${px(x + (isLeft ? -10 : 10))}" y="${px(y + (isBelow ? 18 : -9))}"`;
    return `<circle class="${name}" cx="${px(x)}" cy="${px(y)}" r="6"/><text class="halo" text-anchor="${isLeft ? "end" : "start"}" ${at}>${name}</text>`;
  });
};
