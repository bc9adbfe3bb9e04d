/** A loss over a plane in a terminal: blocks, the darker the higher, and the optimiser's path from S to E. */
import { levelsOf } from "./contours.ts";
import { tickText } from "./frame.ts";
import type { PlaneMap } from "./plane.ts";

/** From the valley up. */
const shades = [" ", "░", "▒", "▓", "█"];

/** A character is about twice as high as wide. */
const across = 2;

/** The cells of a straight line, its ends left out. */
const between = (from: readonly [number, number], to: readonly [number, number]): (readonly [number, number])[] => {
  const steps = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
  return Array.from({ length: Math.max(0, steps - 1) }, (_, i) => {
    const t = (i + 1) / steps;
    return [Math.round(from[0] + (to[0] - from[0]) * t), Math.round(from[1] + (to[1] - from[1]) * t)] as const;
  });
};

/** The map as lines of text, with the ends of both axes beside it and what the blocks mean below. */
export const planeText = ({ x, y, a, b, losses, path = [] }: Pick<PlaneMap, "x" | "y" | "a" | "b" | "losses" | "path">): string => {
  const { levels } = levelsOf(losses, shades.length - 1, "exactly");
  const shadeOf = (loss: number): string => shades[Number.isFinite(loss) ? levels.filter((level) => loss >= level).length : shades.length - 1]!;
  const [columns, rows] = [a.length * across, b.length];
  const cells = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column) => shadeOf(losses[rows - 1 - row]![Math.floor(column / across)]!)),
  );
  const cellOf = ([u, v]: readonly [number, number]): readonly [number, number] => [
    Math.round(((u - a[0]!) / (a.at(-1)! - a[0]!)) * (columns - 1)),
    Math.round((1 - (v - b[0]!) / (b.at(-1)! - b[0]!)) * (rows - 1)),
  ];
  const put = ([column, row]: readonly [number, number], mark: string): void => {
    if (cells[row]?.[column] !== undefined) cells[row][column] = mark;
  };
  const places = path.map(cellOf);
  places.slice(1).forEach((place, i) => between(places[i]!, place).forEach((cell) => put(cell, "·")));
  places.slice(1, -1).forEach((place) => put(place, "o"));
  if (places.length > 0) {
    put(places[0]!, "S");
    put(places.at(-1)!, "E");
  }
  const ticks = new Map([[0, tickText(b.at(-1)!)], [rows - 1, tickText(b[0]!)]]);
  const margin = Math.max(...[...ticks.values()].map((tick) => tick.length));
  const [low, high] = [tickText(a[0]!), tickText(a.at(-1)!)];
  const gap = Math.max(1, columns - low.length - high.length);
  const label = x.length + 2 > gap ? "" : x;
  const before = Math.floor((gap - label.length) / 2);
  const indent = " ".repeat(margin + 2);
  return [
    `${" ".repeat(margin)} ${y}`,
    ...cells.map((row, i) => `${(ticks.get(i) ?? "").padStart(margin)} │${row.join("")}│`),
    `${" ".repeat(margin)} └${"─".repeat(columns)}┘`,
    `${indent}${low}${" ".repeat(before)}${label}${" ".repeat(gap - before - label.length)}${high}`,
    `${indent}${legend(losses, levels)}${path.length > 0 ? "   S start, E end of training" : ""}`,
  ].join("\n");
};

const legend = (losses: readonly (readonly number[])[], levels: readonly number[]): string => {
  const finite = losses.flat().filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  if (levels.length === 0) return finite.length === 0 ? "no loss is finite" : `loss ${tickText(low)} everywhere`;
  const steps = levels.map((level, i) => `${shades[i + 1]} from ${tickText(level)}`);
  return `loss: lowest ${tickText(low)}, ${steps.join(", ")}, highest ${tickText(high)}`;
};
