/**
 * What the package offers is written once, in package.json: `exports` for the library, `bin` for the command. The
 * build and the packaging test read it here, so a new subpath is one entry there and its file in src.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

export interface Entry {
  /** What a user imports, or the command's name. */
  readonly name: string;
  readonly kind: "library" | "command";
  /** Paths inside the package, with forward slashes. */
  readonly source: string;
  readonly output: string;
  readonly types?: string;
}

const commandSource = "src/cli/main.ts";

/** The library's entries in the order of package.json, then the command. */
export const entries: readonly Entry[] = [
  ...Object.entries(manifest.exports).flatMap(([subpath, target]): Entry[] => {
    if (typeof target === "string") return [];
    const types = target.types.replace(/^\.\//, "");
    return [
      {
        name: manifest.name + subpath.slice(1),
        kind: "library",
        source: types.replace(/^dist\/types\//, "src/").replace(/\.d\.ts$/, ".ts"),
        output: target.default.replace(/^\.\//, ""),
        types,
      },
    ];
  }),
  ...Object.entries(manifest.bin).map(
    ([name, output]): Entry => ({ name, kind: "command", source: commandSource, output }),
  ),
];
