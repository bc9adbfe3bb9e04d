/** Files out of what the page shows: a drawing, a picture, or the numbers. */
import { chartSVG } from "../../explain/charts/lines.ts";
import type { Theme } from "../../explain/svg.ts";
import { systemTheme } from "../circuit/export.ts";
import { type FileKind, picture } from "../save.ts";
import type { Picture } from "./pictures.ts";

/** The numbers of a drawing: its curves point by point, its marks, its population, and what it says. */
const dataOf = ({ title, description, x, y, curves, marks, shaded, rug }: Picture): string =>
  `${JSON.stringify({ title, description, x: x.label, y: y.label, curves, marks: marks.map(({ x: at, y: height, title: says }) => ({ x: at, y: height, says })), saturated: shaded, population: rug }, undefined, 1)}\n`;

export const saved = async (kind: FileKind, shown: Picture, theme: Theme): Promise<Blob> => {
  if (kind === "JSON") return new Blob([dataOf(shown)], { type: "application/json" });
  const svg = chartSVG({ ...shown, theme: kind === "PNG" && theme === "auto" ? systemTheme() : theme });
  return kind === "SVG" ? new Blob([svg], { type: "image/svg+xml" }) : picture(svg);
};
