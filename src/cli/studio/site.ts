/**
 * The built pages, read once when the server starts. What is served afterwards is what is in this table, under exactly
 * the paths that stand in it: no request ever turns into a path of the disk.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Diagnostic } from "../../ir/diagnostic.ts";

export interface SiteFile {
  readonly type: string;
  readonly body: Uint8Array;
  /** Changes when the content does; in quotes, as HTTP has it. */
  readonly etag: string;
}

/** Files by the path of their address: `/assets/app.js`; the first page is `/`. */
export type Site = ReadonlyMap<string, SiteFile>;

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

const firstPage = "index.html";

/** Where the build puts the pages: beside the command that is installed, or in `dist` when it runs from source. */
export const studioFolder = (): string =>
  fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../../../dist/studio/" : "../studio/", import.meta.url));

/** Plain files alone: what a link points at may lie anywhere. */
function* filesBelow(folder: string, path = "/"): Generator<readonly [path: string, file: string]> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(file, `${path}${entry.name}/`);
    else if (entry.isFile()) yield [path + entry.name, file];
  }
}

/**
 * All files of a built site.
 * @throws Diagnostic `no-studio` if there is none
 */
export const readSite = (folder: string): Site => {
  const site = new Map<string, SiteFile>();
  try {
    for (const [path, file] of filesBelow(folder)) {
      const body = readFileSync(file);
      const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
      site.set(path === `/${firstPage}` ? "/" : path, { type: types[extname(file)] ?? "application/octet-stream", body, etag });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  if (site.has("/")) return site;
  throw new Diagnostic("no-studio", "The pages of the studio are not there: they were not built, or not installed.", {
    help: import.meta.url.endsWith(".ts") ? "build them: npm run build" : "install chainrule again: npm install chainrule",
  });
};
