/** Files out of what the page shows. */
import type { LiveCircuit } from "../../explain/circuit.ts";
import { Explanation } from "../../explain/index.ts";
import { toSVG, type Theme } from "../../explain/svg.ts";

export const exportKinds = ["SVG", "PNG", "JSON"] as const;
export type ExportKind = (typeof exportKinds)[number];

/** Pictures have two points for each of the drawing's, so that they are sharp on fine screens and on paper. */
const sharpness = 2;

/** An SVG image as a PNG file. */
export const picture = async (svg: string): Promise<Blob> => {
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

/** The file of one kind: a drawing as the command writes it, or the data of its contract, gradient check included. */
export const exported = async (kind: ExportKind, circuit: LiveCircuit, digits: number | undefined, theme: Theme): Promise<Blob> => {
  if (kind === "JSON") return new Blob([...new Explanation(circuit).jsonChunks()], { type: "application/json" });
  const svg = toSVG(circuit, { digits, theme: kind === "PNG" && theme === "auto" ? systemTheme() : theme });
  return kind === "SVG" ? new Blob([svg], { type: "image/svg+xml" }) : picture(svg);
};

/** A picture of points has one theme: that of the system where the reader chose none. */
export const systemTheme = (): Theme => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

/** Hands a file to the browser's downloads. */
export const download = (file: Blob, name: string): void => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};
