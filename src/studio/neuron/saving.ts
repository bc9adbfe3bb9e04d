/** Files of a drawing: as it is seen, or its numbers. */
import { chartSVG } from "../../explain/charts/lines.ts";
import type { FileKind } from "../file-kinds.ts";
import { jsonText, saved } from "../saving.ts";
import type { Picture } from "./pictures.ts";

/** The numbers of a drawing: its curves point by point, its marks, its population, and what it says. */
const dataOf = ({ title, description, x, y, curves, marks, shaded, rug }: Picture): string =>
  jsonText({ title, description, x: x.label, y: y.label, curves, marks: marks.map(({ x: at, y: height, title: says }) => ({ x: at, y: height, says })), saturated: shaded, population: rug });

export const fileOf = (kind: FileKind, shown: Picture): Promise<Blob> => saved(kind, { svg: (theme) => chartSVG({ ...shown, theme }), data: () => dataOf(shown) });
