/** How much of the built studio a visitor loads, counted here alone: the build refuses what is too large, the bench prints it. */
import { readFileSync, readdirSync } from "node:fs";
import { basename, join, posix, relative } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * Bytes, gzipped: what is needed to see the first page; to move it, or to draw the circuit of a link; to draw one that is
 * so large that it is folded, and laid out in a worker when it is unfolded; and the whole site.
 */
const budget = { seen: 60_000, drawn: 60_000, large: 90_000, all: 300_000 };

/** What a large circuit loads besides, by the beginnings of the names. */
const aside = ["folding", "layout-aside", "layout-worker"];

const gzipped = (folder: string, file: string): number => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length;

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

export interface Weight {
  /** One line for people. */
  readonly text: string;
  /** What is larger than it may be. */
  readonly problem: string | undefined;
}

/** Files with every script that they import at once, of which a bundler writes each as a text of its own. */
const withImports = (folder: string, files: readonly string[]): ReadonlySet<string> => {
  const loaded = new Set(files);
  for (const file of loaded) {
    if (!file.endsWith(".js")) continue;
    for (const [, name] of readFileSync(join(folder, file), "utf8").matchAll(/(?:\bfrom|\bimport) ?["'`]\.\/([^"'`]+\.js)["'`]/g)) loaded.add(posix.join(posix.dirname(file), name!));
  }
  return loaded;
};

/** Weighs the site in `folder`, of which the document names everything that is loaded at once. */
export const weigh = (folder: string): Weight => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll("\\", "/"));
  const document = readFileSync(join(folder, "index.html"), "utf8");
  const named = [...document.matchAll(/<(?:script|link)\b[^>]*\b(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map(([, file]) => file!);
  const first = withImports(folder, ["index.html", ...named]);
  const besides = aside.map((start) => {
    const file = files.find((one) => basename(one).startsWith(`${start}-`) && one.endsWith(".js"));
    if (file === undefined) throw new Error(`No file of the studio begins with ${start}: what a large circuit loads cannot be counted.`);
    return file;
  });
  const sum = (list: Iterable<string>): number => [...list].reduce((total, file) => total + gzipped(folder, file), 0);
  const weights = {
    seen: sum(["index.html", ...named.filter((file) => file === "early.js" || file.endsWith(".css"))]),
    drawn: sum(first),
    large: sum(withImports(folder, [...first, ...besides])),
    all: sum(files),
  };
  const text = `dist/studio, gzipped: ${kB(weights.seen)} until the first circuit is seen, ${kB(weights.drawn)} until it moves or that of a link is drawn, ${kB(weights.large)} until a large one is folded or laid out, ${kB(weights.all)} in all`;
  const over = (["seen", "drawn", "large", "all"] as const).find((part) => weights[part] > budget[part]);
  return { text, problem: over && `The studio is larger than ${kB(budget[over])}. ${text}` };
};
