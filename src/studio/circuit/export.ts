/** Files out of what the page shows. */
import type { LiveCircuit } from "../../explain/circuit.ts";
import { Explanation } from "../../explain/index.ts";
import { toSVG, type Theme } from "../../explain/svg.ts";
import { type FileKind, picture } from "../save.ts";

/** The file of one kind: a drawing as the command writes it, or the data of its contract, gradient check included. */
export const exported = async (kind: FileKind, circuit: LiveCircuit, digits: number | undefined, theme: Theme): Promise<Blob> => {
  if (kind === "JSON") return new Blob([...new Explanation(circuit).jsonChunks()], { type: "application/json" });
  const svg = toSVG(circuit, { digits, theme: kind === "PNG" && theme === "auto" ? systemTheme() : theme });
  return kind === "SVG" ? new Blob([svg], { type: "image/svg+xml" }) : picture(svg);
};

/** A picture of points has one theme. */
export const systemTheme = (): Theme => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
