/** What every chart has: a title, a frame, axes with round numbers, colours of the house, and itself in words. */
import { escapeMarkup } from "../escape.ts";
import { shower } from "../numbers.ts";
import { type Theme, themeStyle } from "../svg.ts";
import { roundNumbers } from "./contours.ts";

export interface ChartAxis {
  readonly label: string;
  /** Equal factors at equal distances; numbers that are not positive are left out. Default false. */
  readonly log?: boolean;
}

/** From numbers to places along one side of the frame. */
export interface Scale {
  readonly range: readonly [low: number, high: number];
  readonly log: boolean;
  /** The share of the way from the low end to the high one. */
  readonly at: (v: number) => number;
  readonly ticks: readonly number[];
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const show = shower(undefined);

/** A number at an axis or a line: short. */
export const tickText = (v: number): string => {
  const size = Math.abs(v);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? Number(v.toPrecision(3)).toExponential().replace("e+", "e") : show(v);
};

export const drawable = (v: number, log: boolean): boolean => Number.isFinite(v) && (!log || v > 0);

const mostTicks = 7;

/** A scale that holds all these numbers, with a share of its length left free at both ends. */
export const scaleOf = (values: readonly number[], { log = false }: Pick<ChartAxis, "log">, free = 0): Scale => {
  const shown = values.filter((v) => drawable(v, log));
  const [low, high] = shown.reduce(([l, h], v) => [Math.min(l, v), Math.max(h, v)] as const, [Infinity, -Infinity] as const);
  const tight = shown.length === 0 ? ([log ? 1 : 0, log ? 10 : 1] as const) : ends(low, high, log);
  const warp = log ? Math.log10 : (v: number): number => v;
  const margin = free * (warp(tight[1]) - warp(tight[0]));
  const [from, to] = [warp(tight[0]) - margin, warp(tight[1]) + margin];
  const range = free === 0 ? tight : log ? ([10 ** from, 10 ** to] as const) : ([from, to] as const);
  return { range, log, at: (v) => (warp(v) - from) / (to - from), ticks: log ? powers(from, to) : roundNumbers(range[0], range[1], mostTicks) };
};

/** A single number (or several that rounding alone tells apart) gets some room on both sides. */
const ends = (low: number, high: number, log: boolean): readonly [number, number] => {
  if (high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high))) return [low, high];
  return log ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
};

/** Powers of ten, every so many; where there are fewer than two, 2 and 5 times as well. */
const powers = (from: number, to: number): number[] => {
  const every = Math.max(1, Math.ceil((to - from) / mostTicks));
  const exponents = Array.from({ length: Math.floor(to) - Math.floor(from) + 2 }, (_, i) => Math.floor(from) + i);
  const within = (v: number): boolean => Math.log10(v) >= from - 1e-9 && Math.log10(v) <= to + 1e-9;
  const whole = exponents.filter((e) => e % every === 0).map((e) => Number(`1e${e}`)).filter(within);
  if (whole.length > 1) return whole;
  const fine = exponents.flatMap((e) => [1, 2, 5].map((factor) => Number(`${factor}e${e}`))).filter(within);
  return fine.length > 1 ? fine : roundNumbers(10 ** from, 10 ** to, 4).filter((v) => v > 0);
};

export const chartStyle = [
  ".chart text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:var(--ink)}",
  ".chart .title{font-size:16px;font-weight:600}",
  ".chart .remark{fill:var(--wire)}",
  ".chart .tick{font-size:12px}",
  ".chart .paper{fill:var(--paper)}",
  ".chart .frame{fill:none;stroke:var(--wire);stroke-width:1}",
  ".chart .grid{fill:none;stroke:var(--wire);stroke-width:.6;opacity:.35}",
  ".chart .halo{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}",
].join("\n");

/** Two digits after the point are finer than any screen. */
export const px = (v: number): string => String(Number(v.toFixed(2)));

/** A place of a chart in pixels. */
export type Placing = (x: number, y: number) => readonly [number, number];

export const placing = ({ left, top, width, height }: Box, x: Scale, y: Scale): Placing => (vx, vy) => [
  left + width * x.at(vx),
  top + height * (1 - y.at(vy)),
];

/** Numbers, lines and names beside a frame. */
export const axes = (box: Box, x: Scale, y: Scale, labels: { readonly x: string; readonly y: string }): string => {
  const { left, top, width, height } = box;
  const place = placing(box, x, y);
  const [right, bottom] = [left + width, top + height];
  const across = x.ticks.map((tick) => {
    const [at] = place(tick, y.range[0]);
    return `<path class="grid" d="M${px(at)} ${top}V${bottom}"/><text class="tick" text-anchor="middle" x="${px(at)}" y="${bottom + 18}">${tickText(tick)}</text>`;
  });
  const up = y.ticks.map((tick) => {
    const [, at] = place(x.range[0], tick);
    return `<path class="grid" d="M${left} ${px(at)}H${right}"/><text class="tick" text-anchor="end" x="${left - 8}" y="${px(at + 4)}">${tickText(tick)}</text>`;
  });
  return [
    ...across,
    ...up,
    `<rect class="frame" x="${left}" y="${top}" width="${width}" height="${height}"/>`,
    `<text text-anchor="middle" x="${px(left + width / 2)}" y="${bottom + 40}">${escapeMarkup(labels.x)}</text>`,
    `<text text-anchor="middle" transform="translate(18 ${px(top + height / 2)}) rotate(-90)">${escapeMarkup(labels.y)}</text>`,
  ].join("\n");
};

export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Lines of small print under the title. */
  readonly remarks: readonly string[];
  /** The whole picture in words. */
  readonly description: string;
  readonly theme?: Theme | undefined;
  /** The look of what this chart alone has. */
  readonly style: string;
}

/** Where the frame of a chart begins, below title and remarks. */
export const topOf = ({ remarks }: Pick<Sheet, "remarks">): number => 44 + 18 * remarks.length;

/** The image around what is drawn. */
export const sheet = ({ width, height, title, remarks, description, theme, style }: Sheet, body: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-labelledby="chart-title chart-desc" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title id="chart-title">${escapeMarkup(title)}</title>`,
    `<desc id="chart-desc">${escapeMarkup(description)}</desc>`,
    `<style>${themeStyle(theme ?? "auto", ".chart")}\n${chartStyle}\n${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="title" x="16" y="28">${escapeMarkup(title)}</text>`,
    ...remarks.map((remark, i) => `<text class="remark" x="16" y="${48 + 18 * i}">${escapeMarkup(remark)}</text>`),
    ...body,
    "</svg>",
    "",
  ].join("\n");
