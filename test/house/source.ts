/** Reads the project's own TypeScript as syntax trees, so that house rules see code and not comments or strings. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { root } from "../../scripts/entries.ts";

/** Path from the package's root, with forward slashes, to text. */
export type Files = ReadonlyMap<string, string>;

export const readFiles = (folder: string, suffix = ".ts"): Files =>
  new Map(
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
      .filter((path) => path.endsWith(suffix))
      .sort()
      .map((path) => [path, readFileSync(join(root, path), "utf8")]),
  );

/** All code of src, components included. */
export const readSource = (): Files => new Map([...readFiles("src"), ...readFiles("src", ".svelte")].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The script of a component, each character where it stands in the file. */
const scriptOf = (text: string): string => {
  const [, before = "", script = ""] = /^([^]*?<script[^>]*>)([^]*?)<\/script>/.exec(text) ?? [];
  return before.replace(/[^\n]/g, " ") + script;
};

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === "object" && value !== null && typeof (value as SyntaxNode).type === "string";

/** Every node of a file, each before the nodes inside it. */
export const nodesOf = (path: string, text: string): readonly SyntaxNode[] => {
  const lang = path.endsWith(".d.ts") ? "dts" : "ts";
  const nodes: SyntaxNode[] = [];
  const waiting: unknown[] = [parseAst(path.endsWith(".svelte") ? scriptOf(text) : text, { lang }, path)];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (isNode(value)) nodes.push(value);
    if (typeof value === "object" && value !== null) waiting.push(...Object.values(value).reverse());
  }
  return nodes;
};

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

const importing = new Set([
  "ImportDeclaration",
  "ExportAllDeclaration",
  "ExportNamedDeclaration",
  "ImportExpression",
  "TSImportType",
]);

/** Every import of a file: of values, of types, re-exports, dynamic, and `import("...")` inside a type. */
export const importsOf = (path: string, text: string): readonly Import[] =>
  nodesOf(path, text).flatMap((node) => {
    const specifier = importing.has(node.type) && isNode(node.source) ? node.source.value : undefined;
    return typeof specifier === "string" ? [{ specifier, line: lineAt(text, node.start) }] : [];
  });
