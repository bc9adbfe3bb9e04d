/** House rules that a reader would otherwise have to remember: each test names the file and line that breaks one. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { manifest, root } from "../../scripts/entries.ts";
import { type SyntaxNode, importsOf, lineAt, nodesOf, readFiles, readSource } from "./source.ts";

const widestFile = 400;
const source = readSource();

/** The places in one file where a rule is broken, as `path:line: what`. */
type Rule = (path: string, text: string) => readonly string[];

const breaking = (rule: Rule, files: ReadonlyMap<string, string> = source): readonly string[] =>
  [...files].flatMap(([path, text]) => rule(path, text));

const nodesThat = (path: string, text: string, broken: (node: SyntaxNode) => string | undefined): readonly string[] =>
  nodesOf(path, text).flatMap((node) => {
    const what = broken(node);
    return what === undefined ? [] : [`${path}:${lineAt(text, node.start)}: ${what}`];
  });

const linesThat = (path: string, text: string, pattern: RegExp): readonly string[] =>
  text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));

const short: Rule = (path, text) => {
  const lines = text.trimEnd().split("\n").length;
  return lines > widestFile ? [`${path}: ${lines} lines, split it`] : [];
};

const nameOf = (node: unknown): unknown => (node as SyntaxNode | null)?.name;

const noCodeFromText: Rule = (path, text) =>
  nodesThat(path, text, ({ type, callee }) => {
    if (type !== "CallExpression" && type !== "NewExpression") return undefined;
    const { object, property } = callee as SyntaxNode;
    const name = nameOf(object) === "globalThis" ? nameOf(property) : nameOf(callee);
    return name === "eval" || name === "Function" ? `${String(name)} makes code from text` : undefined;
  });

/** What the studio is built with, and the style sheet that its build makes of the library's drawings. */
const ofStudio = ["svelte", "svelte/attachments", "svelte/server", "virtual:drawing.css", "virtual:chart.css"];

const noNode: Rule = (path, text) =>
  path.startsWith("src/cli/")
    ? []
    : importsOf(path, text).flatMap(({ specifier, line }) =>
        specifier.startsWith(".") || (path.startsWith("src/studio/") && ofStudio.includes(specifier)) ? [] : [`${path}:${line}: imports ${specifier}`],
      );

/** Components write texts alone: no markup but the library's own drawings, and no style that the page's policy would refuse. */
const noMarkupFromText: Rule = (path, text) =>
  path.endsWith(".svelte") ? linesThat(path, text, /\{@html (?!\w+SVG\()|\.innerHTML|\sstyle="/) : [];

/** A plain `Tensor` has the shape `AnyShape`, which is where `any` is meant; the compiler writes it out as `Tensor<any>`. */
const shapeless = /\b(Tensor|TensorLike)<any>|(?<=type AnyShape = )any/g;

const noAny: Rule = (path, text) =>
  nodesThat(path, text.replace(shapeless, (_, name?: string) => name ?? "never"), ({ type }) =>
    type === "TSAnyKeyword" ? "any in a public signature" : undefined,
  );

// Spelled so that these patterns do not match themselves.
const unfinished = /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/;
const machinePath = /(?:^|[^\w.:/~$}-])(?:\/(?:[h]ome|[U]sers|[r]oot|[w]ork|[f]arm|[t]mp|[m]nt|[p]rivate)\/[\w.]|[A-Z]:\\[U]sers\\)/;

test(`no file of src is longer than ${widestFile} lines`, () => {
  assert.deepEqual(breaking(short), []);
  assert.equal(short("src/x.ts", "\n".repeat(widestFile) + "x").length, 1);
});

test("no code is made from text at run time", () => {
  assert.deepEqual(breaking(noCodeFromText), []);
  for (const code of ['eval("1")', 'new Function("1")', 'Function("1")', 'globalThis.eval("1")']) {
    assert.equal(noCodeFromText("src/x.ts", code).length, 1, code);
  }
});

test("no markup is made from text, and no style stands in it", () => {
  assert.deepEqual(breaking(noMarkupFromText), []);
  for (const code of ["{@html name}", '<p style="color: red">', "node.innerHTML = name"]) {
    assert.equal(noMarkupFromText("src/studio/x.svelte", code).length, 1, code);
  }
});

test("only the command and the studio import from Node or from a package", () => {
  assert.deepEqual(breaking(noNode), []);
  assert.equal(noNode("src/ir/x.ts", 'import "node:fs";').length, 1);
  assert.equal(noNode("src/studio/x.ts", 'import "node:fs"; import "lodash"; import { mount } from "svelte";').length, 2);
});

test("nothing is left to do", () => {
  assert.deepEqual(breaking((path, text) => linesThat(path, text, unfinished)), []);
  assert.equal(linesThat("x", "// FIX" + "ME", unfinished).length, 1);
});

test("no any in what the library declares", () => {
  assert.ok(existsSync(join(root, "dist/types")), "dist/types is missing: run `npm run build` first");
  assert.deepEqual(breaking(noAny, readFiles("dist/types", ".d.ts")), []);
  assert.equal(noAny("x.d.ts", "export declare const f: (x: any) => void;").length, 1);
});

test("versions are exact and nothing is installed beside the package", () => {
  assert.equal(manifest.dependencies, undefined);
  for (const [name, version] of Object.entries(manifest.devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  const forUsers = ["preinstall", "install", "postinstall", "prepare"].filter((script) => script in manifest.scripts);
  assert.deepEqual(forUsers, []);
});

test("development refuses another major of Node, and says how to get the right one", () => {
  const pretend = 'data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "20.19.0" } })';
  const args = ["--import", pretend, "--import", "./scripts/guard.mjs", "-e", "console.log('ran')"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /Node 24\.\d+\.\d+, and this is Node 20\.19\.0\.\n {2}help: run `npm ci`/);
});

test("every npm script passes that guard", () => {
  const guarded = (script: string): boolean => {
    const [first] = script.split(" && ");
    const other = /^npm run -s (\S+)$/.exec(first!)?.[1];
    return other === undefined ? first!.startsWith("node --import ./scripts/guard.mjs ") : guarded(manifest.scripts[other]!);
  };
  assert.deepEqual(Object.keys(manifest.scripts).filter((name) => !guarded(manifest.scripts[name]!)), []);
});

test("the lock file agrees with package.json and names no address to download from", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  assert.deepEqual(lock.packages[""].devDependencies, manifest.devDependencies);
  assert.equal(lock.packages[""].version, manifest.version);
  const withAddress = Object.entries<{ resolved?: string }>(lock.packages).filter(([, { resolved }]) => resolved);
  assert.deepEqual(withAddress, []);
});

test("no committed file names a path of one machine", () => {
  const listed = execFileSync("git", ["grep", "-lI", ""], { cwd: root, encoding: "utf8" }).trim().split("\n");
  const files = new Map(listed.map((path) => [path, readFileSync(join(root, path), "utf8")]));
  assert.ok(files.has("package.json"));
  assert.deepEqual(breaking((path, text) => linesThat(path, text, machinePath), files), []);
  for (const text of ["/ho" + "me/ann/x", 'cd "/wo' + 'rk/main"', "C:\\Us" + "ers\\ann"]) {
    assert.equal(linesThat("x", text, machinePath).length, 1, text);
  }
  assert.deepEqual(linesThat("x", "see src/work/main.ts, /usr/bin/env and https://example.org/home/x", machinePath), []);
});

test("generated files are up to date", () => {
  execFileSync(process.execPath, ["scripts/generate.ts", "--check"], { cwd: root, stdio: "pipe" });
});
