/** Whether files have changed: asked of the disk, because editors write in many ways and some disks tell nothing. */
import { statSync } from "node:fs";

/** A text that is another one when a file has been written, replaced, removed or made. */
export const signatureOf = (files: readonly string[]): string =>
  files
    .map((file) => {
      const stats = statSync(file, { throwIfNoEntry: false });
      return stats === undefined ? "none" : `${stats.mtimeMs}:${stats.size}:${stats.ino}`;
    })
    .join(" ");
