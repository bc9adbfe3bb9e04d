/** Lays out large circuits beside the page, so that it stays quick meanwhile. */
import { layOut, type Box } from "../../explain/layout.ts";

addEventListener("message", ({ data }: MessageEvent<{ readonly id: number; readonly boxes: readonly Box[] }>) => {
  postMessage({ id: data.id, layout: layOut(data.boxes) });
});
