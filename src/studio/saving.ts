/** Files out of what a page shows: a drawing, a picture of it, or its numbers. */
import type { Theme } from "../explain/svg.ts";
import { linkNumber } from "./link-number.ts";
import type { FileKind } from "./file-kinds.ts";
import { storedTheme } from "./theme.ts";

/** Pictures have two points for each of the drawing's, so that they are sharp on fine screens and on paper. */
const sharpness = 2;

/** A drawing as a PNG. @throws Error where it is too large for the browser */
const picture = async (svg: string): Promise<Blob> => {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * sharpness;
    canvas.height = image.naturalHeight * sharpness;
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) => {
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The drawing is too large for a picture."))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
};

/** Hands a file to the browser's downloads. */
export const download = (file: Blob, name: string): void => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};

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
