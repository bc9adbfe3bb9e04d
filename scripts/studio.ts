/**
 * Builds the studio: a static site with relative paths that works from any host, and offline. Says what a visitor loads,
 * and refuses a site that is larger than it may be.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { build, type Plugin, type Rolldown } from "vite";
import { drawingStyle, themeStyle } from "../src/explain/svg.ts";
import { root } from "./entries.ts";

const source = join(root, "src", "studio");

/** Bytes, gzipped: what is needed to see the first page, to use it, and the whole site. */
const budget = { seen: 60_000, used: 98_000, all: 300_000 };

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

const emptyTarget = '<div id="studio"></div>';

/** What both builds share. */
const common = { root: source, base: "./", configFile: false, logLevel: "warn" } as const;

/** The first page as markup: the document holds it, so that it is there before any script. */
const firstMarkup = async (): Promise<{ readonly name: string; readonly body: string }> => {
  const folder = mkdtempSync(join(root, ".tmp", "first-"));
  try {
    await build({
      ...common,
      plugins: [drawing(), svelte({ configFile: false, compilerOptions: { runes: true } })],
      build: { ssr: join(source, "first.ts"), outDir: folder, target: "es2022", emptyOutDir: true },
      ssr: { noExternal: true },
    });
    return (await import(pathToFileURL(join(folder, "first.js")).href)) as { name: string; body: string };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Writes the site into `folder`. */
export const buildStudio = async (folder: string): Promise<Site> => {
  const chunks: Rolldown.OutputChunk[] = [];
  const collect: Plugin = {
    name: "collect",
    generateBundle: (_, bundle) => void chunks.push(...Object.values(bundle).filter((item) => item.type === "chunk")),
  };
  await build({
    ...common,
    plugins: [drawing(), svelte({ configFile: false, compilerOptions: { runes: true } }), collect],
    build: { outDir: folder, emptyOutDir: true, target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
    worker: { format: "es" },
  });
  const starts = chunks.filter(({ isEntry, facadeModuleId }) => isEntry || facadeModuleId?.endsWith(firstPage));
  const first = new Set(["index.html", "early.js", ...starts.flatMap((chunk) => [...loadedWith(chunks, chunk)])]);
  const packages = new Set(chunks.flatMap(({ moduleIds }) => moduleIds.flatMap((id) => packageOf.exec(id)?.[0] ?? [])));
  const page = join(folder, "index.html");
  const html = readFileSync(page, "utf8");
  const { name, body } = await firstMarkup();
  const links = [...first].filter((file) => file !== "index.html" && file !== "early.js" && !html.includes(file)).map((file) => (file.endsWith(".css") ? `<link rel="stylesheet" href="./${file}">` : `<link rel="modulepreload" href="./${file}">`));
  const filled = html.replace("<script", '<script src="./early.js"></script>\n<script').replace("</head>", () => `${links.join("\n")}\n</head>`).replace(emptyTarget, () => `<div id="studio" data-page="${name}">${body}</div>`);
  if (!filled.includes("data-key")) throw new Error("The first page holds no circuit.");
  writeFileSync(page, filled);
  return { folder, first: [...first], packages: [...packages] };
};

const gzipped = (file: string): number => gzipSync(readFileSync(file), { level: 9 }).length;

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

/** One line for people, and an error where the budget is exceeded. */
export const weigh = ({ folder, first }: Site): string => {
  const sum = (files: readonly string[]): number => files.reduce((total, file) => total + gzipped(join(folder, file)), 0);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const weights = {
    seen: sum(first.filter((file) => file === "early.js" || !file.endsWith(".js"))),
    used: sum(first),
    all: files.reduce((total, { parentPath, name }) => total + gzipped(join(parentPath, name)), 0),
  };
  const text = `dist/studio, gzipped: ${kB(weights.seen)} until the circuit is seen, ${kB(weights.used)} until it moves, ${kB(weights.all)} in all`;
  for (const part of ["seen", "used", "all"] as const) {
    if (weights[part] > budget[part]) throw new Error(`The studio is larger than ${kB(budget[part])}. ${text}`);
  }
  return text;
};

// Run by itself it builds the studio alone, into the folder where the whole build leaves it.
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(weigh(await buildStudio(join(root, "dist", "studio"))));
