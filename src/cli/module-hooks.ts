/**
 * Lets Node import a user's TypeScript, on versions that cannot, and gives `import ... from "chainrule"` the library of
 * this very command, so that both have the same classes. The same functions serve as hooks in this thread (Node 22.15
 * and later) and, before that, in a thread of their own, where this module is loaded once more.
 */
import { existsSync, readFileSync } from "node:fs";
import type { LoadFnOutput, LoadHookContext, ResolveFnOutput, ResolveHookContext } from "node:module";
import { fileURLToPath } from "node:url";
import { transform, type TransformResult } from "sucrase";

/** In a thread of its own the next hook answers with a promise; here it is only handed on. */
type Next<C, R> = (specifier: string, context?: Partial<C>) => R;

/** Where this module is, for the thread that loads it again. */
export const here = import.meta.url;

const fromSource = here.endsWith(".ts");

/** `chainrule/nn` of the source tree; a package finds its own `exports` by its own name. */
const inSource = (specifier: string): string =>
  new URL(`..${specifier.slice("chainrule".length)}/index.ts`, here).href;

export const resolve = <R>(specifier: string, context: ResolveHookContext, next: Next<ResolveHookContext, R>): R | ResolveFnOutput => {
  if (/^chainrule(?:\/|$)/.test(specifier)) {
    return fromSource ? { url: inSource(specifier), shortCircuit: true } : next(specifier, { ...context, parentURL: here });
  }
  if (/^\.{1,2}\//.test(specifier) && context.parentURL?.startsWith("file:")) {
    const found = sourceOf(new URL(specifier, context.parentURL));
    if (found !== undefined) return next(found.href, context);
  }
  return next(specifier, context);
};

/** The file that TypeScript means by `./gates` or `./gates.js`, if it is not there under that name. */
export const sourceOf = (url: URL): URL | undefined => {
  const exists = (candidate: URL) => existsSync(fileURLToPath(candidate));
  if (exists(url) && !url.pathname.endsWith("/")) return undefined;
  const candidates = [url.href.replace(/\.([cm]?)js$/, ".$1ts"), `${url.href}.ts`, `${url.href}.js`];
  return candidates.map((href) => new URL(href)).find(exists);
};

export const load = <R>(url: string, context: LoadHookContext, next: Next<LoadHookContext, R>): R | LoadFnOutput => {
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return next(url, context);
  if (/\.[cm]?ts$/.test(url)) {
    return { format: url.endsWith(".cts") ? "commonjs" : "module", shortCircuit: true, source: withMap(fileURLToPath(url)) };
  }
  if (url.endsWith(".js") && context.format !== "module") {
    const source = readFileSync(fileURLToPath(url), "utf8");
    // Without a package.json beside it Node would guess as well, but with a warning.
    if (/^\s*(?:import|export)\b/m.test(source)) return { format: "module", shortCircuit: true, source };
  }
  return next(url, context);
};

/** The code of a TypeScript file without its types: every line keeps its number. */
export const withoutTypes = (file: string, text: string): TransformResult =>
  transform(text, {
    transforms: ["typescript"],
    disableESTransforms: true,
    filePath: file,
    sourceMapOptions: { compiledFilename: file },
  });

/** The same with a map, from which Node says the columns of the user's own text. */
const withMap = (file: string): string => {
  const { code, sourceMap } = withoutTypes(file, readFileSync(file, "utf8"));
  const map = Buffer.from(JSON.stringify(sourceMap)).toString("base64");
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${map}`;
};
