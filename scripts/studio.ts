/** Builds the studio: a static site with relative paths that works from any host, and offline. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { build, type Plugin, type Rolldown } from "vite";
import { drawingStyle, palettes } from "../src/explain/svg.ts";
import { root } from "./entries.ts";
import { lean } from "./studio-lean.ts";
import { weigh } from "./studio-weight.ts";

const source = join(root, "src", "studio");

/** The look of a drawing as a style sheet of its own: the page's policy allows none inside of it. The page says which scheme of colours it is in. */
const drawing = (): Plugin => {
  const name = "virtual:drawing.css";
  const colours = Object.entries(palettes.light).map(([key, light]) => `--${key}:light-dark(${light},${palettes.dark[key as keyof typeof palettes.dark]})`);
  const css = `:root{${colours.join(";")}}\n${drawingStyle}`;
  return {
    name: "drawing",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? css : undefined),
  };
};

/** What the document loads: the frame, and the page that opens where the link names none. */
const firstModule = join(source, "main.ts");

export interface Site {
  readonly folder: string;
  /** Folders of the packages that are part of the site. */
  readonly packages: readonly string[];
}

const packageOf = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/** What one chunk holds: everything that the document imports at once, which packs best together. */
const firstChunk = (): Rolldown.CodeSplittingNameFunction => {
  let first: Set<string> | undefined;
  return (id, graph) => {
    first ??= new Set([firstModule]);
    for (const one of first) for (const other of graph.getModuleInfo(one)?.importedIds ?? []) first.add(other);
    return first.has(id) ? "studio" : null;
  };
};

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

/** Components, whose classes have short names: each stands in script, style and document. */
const components = (): ReturnType<typeof svelte> =>
  svelte({ configFile: false, compilerOptions: { runes: true, discloseVersion: false, cssHash: ({ hash, filename }) => `s${hash(filename).slice(0, 4)}` } });

/** What both builds share. */
const common = { root: source, base: "./", configFile: false, logLevel: "warn" } as const;

/** The first page as markup: the document holds it, so that it is there before any script. */
const firstMarkup = async (): Promise<{ readonly name: string; readonly body: string }> => {
  mkdirSync(join(root, ".tmp"), { recursive: true });
  const folder = mkdtempSync(join(root, ".tmp", "first-"));
  try {
    await build({
      ...common,
      plugins: [drawing(), components()],
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
    plugins: [drawing(), components(), lean(), collect],
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0,
      // Style sheets alone: the names of all scripts that a part imports would be known to every visitor before they are asked for.
      modulePreload: { polyfill: false, resolveDependencies: (_, files) => files.filter((file) => file.endsWith(".css")) },
      reportCompressedSize: false,
      rolldownOptions: { output: { codeSplitting: { groups: [{ name: firstChunk(), debugName: "first" }] } } },
    },
    worker: { format: "es" },
  });
  const starts = chunks.filter(({ isEntry }) => isEntry);
  const first = new Set(["index.html", "early.js", ...starts.flatMap((chunk) => [...loadedWith(chunks, chunk)])]);
  const packages = new Set(chunks.flatMap(({ moduleIds }) => moduleIds.flatMap((id) => packageOf.exec(id)?.[0] ?? [])));
  const page = join(folder, "index.html");
  const html = readFileSync(page, "utf8");
  const { name, body } = await firstMarkup();
  const links = [...first].filter((file) => existsSync(join(folder, file)) && file !== "index.html" && file !== "early.js" && !html.includes(file)).map((file) => (file.endsWith(".css") ? `<link rel="stylesheet" href="./${file}">` : `<link rel="modulepreload" href="./${file}">`));
  const filled = html.replace("<script", '<script src="./early.js"></script>\n<script').replace("</head>", () => `${links.join("\n")}\n</head>`).replace(emptyTarget, () => `<div id="studio" data-page="${name}">${body}</div>`);
  if (!filled.includes("data-key")) throw new Error("The first page holds no circuit.");
  writeFileSync(page, filled);
  return { folder, packages: [...packages] };
};

// Run by itself it builds the studio alone, into the folder where the whole build leaves it.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { folder } = await buildStudio(join(root, "dist", "studio"));
  const { text, problem } = weigh(folder);
  if (problem !== undefined) throw new Error(problem);
  console.log(text);
}
