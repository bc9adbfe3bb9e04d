/**
 * Builds the studio: a static site with relative paths that works from any host, and offline. Says what a visitor loads,
 * and refuses a site that is larger than it may be.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { build, type Plugin, type Rolldown } from "vite";
import { drawingStyle, themeStyle } from "../src/explain/svg.ts";
import { root } from "./entries.ts";

const source = join(root, "src", "studio");

/** Bytes, gzipped: all that comes before the circuit is drawn, and the whole site. */
const budget = { first: 100_000, all: 300_000 };

/** The look of a drawing as a style sheet of its own: the page's policy allows none inside of it. */
const drawing = (): Plugin => {
  const name = "virtual:drawing.css";
  const css = `${themeStyle("auto", ":root")}\n${themeStyle("light", ':root[data-theme="light"]')}\n${themeStyle("dark", ':root[data-theme="dark"]')}\n${drawingStyle}`;
  return {
    name: "drawing",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? css : undefined),
  };
};

/** The page that opens where the link names none. */
const firstPage = "CircuitPage.svelte";

export interface Site {
  readonly folder: string;
  /** What the first page loads before it is drawn. */
  readonly first: readonly string[];
  /** Folders of the packages that are part of the site. */
  readonly packages: readonly string[];
}

const packageOf = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/** A chunk with everything that it imports at once, style sheets included. */
const loadedWith = (chunks: readonly Rolldown.OutputChunk[], start: Rolldown.OutputChunk): Set<string> => {
  const loaded = new Set([start.fileName]);
  for (const file of loaded) {
    const chunk = chunks.find(({ fileName }) => fileName === file);
    for (const name of [...(chunk?.imports ?? []), ...(chunk?.viteMetadata?.importedCss ?? [])]) loaded.add(name);
  }
  return loaded;
};

/** Writes the site into `folder`. */
export const buildStudio = async (folder: string): Promise<Site> => {
  const chunks: Rolldown.OutputChunk[] = [];
  const collect: Plugin = {
    name: "collect",
    generateBundle: (_, bundle) => void chunks.push(...Object.values(bundle).filter((item) => item.type === "chunk")),
  };
  await build({
    root: source,
    base: "./",
    configFile: false,
    logLevel: "warn",
    plugins: [drawing(), svelte({ configFile: false, compilerOptions: { runes: true } }), collect],
    build: { outDir: folder, emptyOutDir: true, target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
    worker: { format: "es" },
  });
  const starts = chunks.filter(({ isEntry, facadeModuleId }) => isEntry || facadeModuleId?.endsWith(firstPage));
  const first = new Set(["index.html", ...starts.flatMap((chunk) => [...loadedWith(chunks, chunk)])]);
  const packages = new Set(chunks.flatMap(({ moduleIds }) => moduleIds.flatMap((id) => packageOf.exec(id)?.[0] ?? [])));
  return { folder, first: [...first], packages: [...packages] };
};

const gzipped = (file: string): number => gzipSync(readFileSync(file), { level: 9 }).length;

/** One line for people, and an error where the budget is exceeded. */
export const weigh = ({ folder, first }: Site): string => {
  const sizes = first.map((file) => ({ file, size: gzipped(join(folder, file)) }));
  const before = sizes.reduce((sum, { size }) => sum + size, 0);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const all = files.reduce((sum, { parentPath, name }) => sum + gzipped(join(parentPath, name)), 0);
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  const list = sizes.map(({ file, size }) => `${file} ${kB(size)}`).join(", ");
  if (before > budget.first || all > budget.all) {
    throw new Error(`The studio is too large (gzipped): ${kB(before)} of ${kB(budget.first)} before the circuit is drawn (${list}), ${kB(all)} of ${kB(budget.all)} in all.`);
  }
  return `dist/studio: ${kB(before)} gzipped before the circuit is drawn (${list}), ${kB(all)} in all`;
};

// Run by itself it builds the studio alone, into the folder where the whole build leaves it.
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(weigh(await buildStudio(join(root, "dist", "studio"))));
