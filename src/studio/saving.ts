/** Files out of what a page shows: a drawing, a picture of it, or its numbers. */
import type { Theme } from "../explain/svg.ts";
import { linkNumber } from "./link-number.ts";
import { type FileKind, picture } from "./save.ts";
import { storedTheme } from "./theme.ts";

/** What there is to save. */
export interface Savable {
  readonly svg: (theme: Theme) => string;
  /** JSON text. */
  readonly data: () => string | readonly string[];
}

/** A picture of points has one theme. */
const systemTheme = (): Theme => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

/** The file of one kind, in the reader's theme. */
export const saved = async (kind: FileKind, { svg, data }: Savable): Promise<Blob> => {
  if (kind === "JSON") return new Blob([data()].flat() as string[], { type: "application/json" });
  const theme = storedTheme();
  const drawn = svg(kind === "PNG" && theme === "auto" ? systemTheme() : theme);
  return kind === "SVG" ? new Blob([drawn], { type: "image/svg+xml" }) : picture(drawn);
};

/** As JSON text; what JSON cannot say (NaN, infinities, minus zero) is a string. */
export const jsonText = (data: unknown): string => `${JSON.stringify(data, (_, x: unknown) => (typeof x === "number" ? linkNumber(x) : x), 1)}\n`;
