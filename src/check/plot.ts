/**
 * Curves as text: the V of a gradient check, losses of a training run. One drawing for both, because a terminal is where
 * most people meet them. Braille gives eight dots a character; plain ASCII is there where braille does not show.
 */
import { significant } from "./report.ts";

/** One curve with its name in the legend. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** The character that stands at each point, instead of a line through them. */
  readonly mark?: string;
}

export interface Axis {
  readonly label?: string;
  /** Powers of ten at equal distances; points that are not positive are left out. Default false. */
  readonly log?: boolean;
}

export interface PlotOptions {
  /** Characters across and lines down the drawing itself. Default 60 and 12. */
  readonly width?: number;
  readonly height?: number;
  /** Only characters that every terminal has. Default false. */
  readonly ascii?: boolean;
  readonly x?: Axis;
  readonly y?: Axis;
}

type Pair = readonly [number, number];

interface Canvas {
  /** Dots across and down one character. */
  readonly cell: readonly [across: number, down: number];
  /** Sets the dot at (x, y), counted from the top left. */
  readonly dot: (x: number, y: number, series: number) => void;
  readonly lines: () => string[];
}

/** The bit of each of the eight dots of a braille character, by row and column (Unicode block U+2800). */
const brailleBits = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]] as const;

const brailleCanvas = (width: number, height: number): Canvas => {
  const cells = new Uint8Array(width * height);
  return {
    cell: [2, 4],
    dot: (x, y) => (cells[Math.floor(y / 4) * width + Math.floor(x / 2)]! |= brailleBits[y % 4]![x % 2]!),
    lines: () =>
      Array.from({ length: height }, (_, row) =>
        Array.from(cells.subarray(row * width, (row + 1) * width), (bits) =>
          bits === 0 ? " " : String.fromCharCode(0x2800 + bits),
        ).join(""),
      ),
  };
};

const asciiMarks = ["*", "o", "+", "x"];

const asciiCanvas = (width: number, height: number): Canvas => {
  const cells = Array.from({ length: height }, () => new Array<string>(width).fill(" "));
  return {
    cell: [1, 1],
    dot: (x, y, series) => (cells[y]![x] = asciiMarks[series % asciiMarks.length]!),
    lines: () => cells.map((row) => row.join("")),
  };
};

const scaleOf = (axis: Axis | undefined): ((v: number) => number) => (axis?.log ? Math.log10 : (v) => v);

/** Where a value stands between the ends of its axis, from 0 to 1. */
const position = (v: number, [low, high]: Pair): number => (high === low ? 0.5 : (v - low) / (high - low));

const rangeOf = (values: readonly number[]): Pair => {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
};

const numberText = (v: number): string => {
  const size = Math.abs(v);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return v.toExponential(1);
  return significant(v, 3);
};

/** Visits the dots of a straight line; every second pair is left out where the line is to look dashed. */
const line = (from: Pair, to: Pair, dashed: boolean, dot: (x: number, y: number) => void): void => {
  const steps = Math.max(1, Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
  for (let i = 0; i <= steps; i++) {
    const x = Math.round(from[0] + ((to[0] - from[0]) * i) / steps);
    const y = Math.round(from[1] + ((to[1] - from[1]) * i) / steps);
    if (!dashed || x % 4 < 2) dot(x, y);
  }
};

/**
 * Draws series of points, each joined to a line, with the ends of both axes written beside it and a legend below.
 * In braille the first series is a full line and the others are dashed; in ASCII each has its own mark. A series with a
 * mark of its own is points alone. Points that are not finite are left out, and the line is broken there.
 */
export const plot = (series: readonly Series[], options: PlotOptions = {}): string => {
  const { width = 60, height = 12, ascii = false } = options;
  const canvas = (ascii ? asciiCanvas : brailleCanvas)(width, height);
  const [scaleX, scaleY] = [scaleOf(options.x), scaleOf(options.y)];
  const scaled = series.map(({ points }) => points.map(([x, y]) => [scaleX(x), scaleY(y)] as const));
  const shown = scaled.flat().filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  if (shown.length === 0) return "(nothing to draw: no point is finite)";
  const rangeX = rangeOf(shown.map(([x]) => x));
  const rangeY = rangeOf(shown.map(([, y]) => y));
  const [across, down] = [width * canvas.cell[0] - 1, height * canvas.cell[1] - 1];
  // Later series first, so that the full line of the first one stays whole.
  const signs: { readonly column: number; readonly row: number; readonly mark: string }[] = [];
  for (let s = scaled.length - 1; s >= 0; s--) {
    const { mark } = series[s]!;
    let before: Pair | undefined;
    for (const [x, y] of scaled[s]!) {
      const finite = Number.isFinite(x) && Number.isFinite(y);
      const at = [Math.round(position(x, rangeX) * across), Math.round((1 - position(y, rangeY)) * down)] as const;
      if (finite && mark !== undefined) signs.push({ column: Math.floor(at[0] / canvas.cell[0]), row: Math.floor(at[1] / canvas.cell[1]), mark });
      else if (finite) line(before ?? at, at, s > 0 && !ascii, (i, j) => canvas.dot(i, j, s));
      before = finite ? at : undefined;
    }
  }
  const lines = canvas.lines();
  for (const { column, row, mark } of signs) lines[row] = lines[row]!.slice(0, column) + mark + lines[row]!.slice(column + 1);
  return frame(lines, rangeX, rangeY, series, options);
};

const frame = (
  lines: readonly string[],
  rangeX: Pair,
  rangeY: Pair,
  series: readonly Series[],
  { ascii = false, x, y }: PlotOptions,
): string => {
  const [vertical, corner, horizontal] = ascii ? ["|", "+", "-"] : ["│", "└", "─"];
  const text = (axis: Axis | undefined, v: number): string => numberText(axis?.log ? 10 ** v : v);
  const ticks = new Map([[lines.length - 1, text(y, rangeY[0])], [0, text(y, rangeY[1])]]);
  const margin = Math.max(...[...ticks.values()].map((tick) => tick.length));
  const width = lines[0]!.length;
  const [left, right] = [text(x, rangeX[0]), text(x, rangeX[1])];
  const gap = Math.max(1, width - left.length - right.length);
  const name = x?.label === undefined || x.label.length + 2 > gap ? "" : x.label;
  const before = Math.floor((gap - name.length) / 2);
  const markOf = (s: number): string => (ascii ? asciiMarks[s % asciiMarks.length]! : s === 0 ? "──" : "╌╌");
  const marks = series.map(({ name: of, mark }, s) => `${mark ?? markOf(s)} ${of}`);
  return [
    ...(y?.label === undefined ? [] : [`${" ".repeat(margin)} ${y.label}`]),
    ...lines.map((row, i) => `${(ticks.get(i) ?? "").padStart(margin)} ${vertical}${row}`.trimEnd()),
    `${" ".repeat(margin)} ${corner}${horizontal!.repeat(width)}`,
    `${" ".repeat(margin + 2)}${left}${" ".repeat(before)}${name}${" ".repeat(gap - before - name.length)}${right}`,
    ...(series.length > 1 ? [`${" ".repeat(margin + 2)}${marks.join("   ")}`] : []),
  ].join("\n");
};
