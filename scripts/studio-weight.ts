/** How much of the built studio a visitor loads, counted here alone: the build refuses what is too large, the bench prints it. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Bytes, gzipped: what is needed to see the first page, to draw any circuit and to move it, and the whole site. */
const budget = { seen: 60_000, drawn: 74_000, all: 300_000 };

/** What a circuit loads besides, where it is too large to be laid out on the page. */
const aside = /^(?:layout-aside|layout-worker)-/;

const gzipped = (folder: string, file: string): number => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length;

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

export interface Weight {
  /** One line for people. */
  readonly text: string;
  /** What is larger than it may be. */
  readonly problem: string | undefined;
}

/** Weighs the site in `folder`, of which the document names everything that is loaded at once. */
export const weigh = (folder: string): Weight => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const document = readFileSync(join(folder, "index.html"), "utf8");
  const named = [...document.matchAll(/<(?:script|link)\b[^>]*\b(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => file!);
  const besides = files.filter(({ name }) => aside.test(name) && name.endsWith(".js"));
  if (besides.length < 2) throw new Error("The layout of large circuits is not where it is counted.");
  const sum = (list: readonly string[]): number => list.reduce((total, file) => total + gzipped(folder, file), 0);
  const weights = {
    seen: sum(["index.html", ...named.filter((file) => file === "early.js" || !file.endsWith(".js"))]),
    drawn: sum(["index.html", ...named]) + besides.reduce((total, { parentPath, name }) => total + gzipped(parentPath, name), 0),
    all: files.reduce((total, { parentPath, name }) => total + gzipped(parentPath, name), 0),
  };
  const text = `dist/studio, gzipped: ${kB(weights.seen)} until the first circuit is seen, ${kB(weights.drawn)} until it moves and any other is drawn, ${kB(weights.all)} in all`;
  const over = (["seen", "drawn", "all"] as const).find((part) => weights[part] > budget[part]);
  return { text, problem: over && `The studio is larger than ${kB(budget[over])}. ${text}` };
};
