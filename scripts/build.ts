/**
 * Makes dist/: every entry of package.json in one bundle with shared chunks, so that the command and a user's
 * program that imports the library meet the same classes; and the library's declarations.
 * Third-party code may stand only in chunks that the command loads when it needs them, and the library needs nothing
 * of Node: both are checked here, where the bundler still knows which module went where.
 */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { type OutputChunk, rolldown } from "rolldown";
import { withDeclaredFunctions } from "./declared-functions.ts";
import { type Entry, entries, root } from "./entries.ts";
import { buildStudio } from "./studio.ts";
import { weigh } from "./studio-weight.ts";

const stage = join(root, ".tmp", `build-${process.pid}`);
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
const packageOf = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/**
 * What is loaded together is one file, with all that it imports and no file above it in this list holds: each file costs a
 * process up to a millisecond, and each hundred kB of code that is read without being used some four. The core is what a
 * gradient needs. It attaches methods to the handle and the runtime to its reading, so whoever bundles the library must
 * keep it whole; package.json names it among the side effects, and may drop everything else.
 */
const together: readonly (readonly [name: string, modules: RegExp])[] = [
  ["diagnostic", /\/src\/ir\/(?:diagnostic|once)\.ts$/],
  ["core", /\/src\/api\/(?:functions|random|run|transforms)\.ts$/],
  ["text", /\/src\/(?:data\/words|explain\/language\/(?:bounds|quote|source|too-large)|ir\/(?:nearest|sha256))\.ts$/],
  ["grouping", /\/src\/(?:api\/grouping|passes\/expand)\.ts$/],
  ["code", /\/src\/emit\/code\.ts$/],
  ["check", /\/src\/check\/index\.ts$/],
  ["wasm", /\/src\/run\/(?:peak|pool|tune)\.ts$/],
  ["engine", /\/src\/api\/(?:compile|profile|threads|vmap)\.ts$/],
  ["language", /\/src\/explain\/language\/values\.ts$/],
  ["drawing", /\/src\/explain\/svg\.ts$/],
  ["explain", /\/src\/explain\/index\.ts$/],
];

const groups = together.map(([name, modules], i) => ({ name, test: (id: string) => modules.test(id.replaceAll("\\", "/")), priority: together.length - i }));

const bundle = async (): Promise<readonly OutputChunk[]> => {
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map(({ output, source }) => [basename(output, ".js"), source])),
    // Not "node": with it the bundler puts a createRequire into what a browser loads.
    platform: "neutral",
    resolve: { mainFields: ["module", "main"] },
    external: /^node:/,
    transform: { target: "es2022" },
    plugins: [{ name: "declared-functions", renderChunk: withDeclaredFunctions }],
    onLog: (level, log) => {
      if (level === "warn") throw new Error(log.message);
    },
  });
  const { output } = await build.write({
    dir: stage,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    // A fifth of the code would be what stands in the declarations, too, and every process would read it.
    comments: { jsdoc: false },
    codeSplitting: { groups },
  });
  await build.close();
  return output.filter((item) => item.type === "chunk");
};

/** A name that no chunk gets by itself: the command has a module called worker, too. */
const workerName = "engine-worker.js";

/** The worker's script: one file beside the engine, which finds it there. In the source it is TypeScript. */
const bundleWorker = async (chunks: readonly OutputChunk[]): Promise<void> => {
  const build = await rolldown({ cwd: root, input: "src/run/worker.ts", platform: "neutral", transform: { target: "es2022" } });
  await build.write({ dir: join(stage, "chunks"), format: "esm", entryFileNames: workerName });
  await build.close();
  const named = chunks.filter(({ code }) => code.includes('"./worker.ts"'));
  if (named.length !== 1) throw new Error("One chunk is to name the worker's script.");
  const engine = join(stage, named[0]!.fileName);
  writeFileSync(engine, readFileSync(engine, "utf8").replace('"./worker.ts"', `"./${workerName}"`));
};

const declare = async (): Promise<void> => {
  const types = join(stage, "types");
  const tsc = promisify(execFile)(process.execPath, [compiler, "-p", "tsconfig.build.json", "--outDir", types], { cwd: root });
  await tsc.catch((error: { stdout?: string }) => {
    throw new Error(`The declarations do not compile:\n${error.stdout}`);
  });
};

const packagesIn = (chunk: OutputChunk): string[] => chunk.moduleIds.flatMap((id) => packageOf.exec(id)?.[0] ?? []);

const outputsOf = (kinds: readonly Entry["kind"][]): readonly string[] => entries.filter(({ kind }) => kinds.includes(kind)).map(({ output }) => basename(output));

/** What is loaded with these files at once, without a dynamic import. */
const loadedWith = (chunks: readonly OutputChunk[], outputs: readonly string[]): ReadonlySet<OutputChunk> => {
  const loaded = new Set(chunks.filter(({ fileName }) => outputs.includes(fileName)));
  for (const { imports } of loaded) for (const chunk of chunks) if (imports.includes(chunk.fileName)) loaded.add(chunk);
  return loaded;
};

/** A module that was renamed would silently go back to a file of its own. */
const refuseLostGroups = (chunks: readonly OutputChunk[]): void => {
  const lost = groups.find(({ name, test }) => !chunks.some(({ fileName, moduleIds }) => fileName === `chunks/${name}.js` && moduleIds.some(test)));
  if (lost) throw new Error(`No file of the package is ${lost.name}.js: no module is called as its group says.`);
};

const refuseEagerImports = (chunks: readonly OutputChunk[]): void => {
  for (const chunk of loadedWith(chunks, outputsOf(["library", "command"]))) {
    const [first] = packagesIn(chunk);
    if (first) throw new Error(`${basename(first)} is bundled into ${chunk.fileName}, which is always loaded: import it lazily.`);
  }
  for (const { fileName, imports } of loadedWith(chunks, outputsOf(["library"]))) {
    const builtin = imports.find((name) => name.startsWith("node:"));
    if (builtin) throw new Error(`${fileName} is loaded with the library and imports ${builtin}: no browser could load it.`);
  }
};

/** The two that start often load little, in kB: one import too many, somewhere below them, and they load the library. */
const refuseHeavyStarts = (chunks: readonly OutputChunk[]): void => {
  for (const [output, most] of [["grad.js", 165], ["cli.js", 60]] as const) {
    const loaded = [...loadedWith(chunks, [output])];
    const size = loaded.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0) / 1000;
    if (size > most) throw new Error(`${output} loads ${size.toFixed(0)} kB at once, ${most} at most: ${loaded.map(({ fileName }) => fileName).join(", ")}`);
  }
};

/** Bundled code carries its authors' notices along. */
const notices = (packages: readonly string[]): string =>
  packages
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} is bundled but has no licence file.`);
      return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);

const start = performance.now();
mkdirSync(stage, { recursive: true });
try {
  const [chunks] = await Promise.all([bundle(), declare()]);
  await bundleWorker(chunks);
  refuseLostGroups(chunks);
  refuseEagerImports(chunks);
  refuseHeavyStarts(chunks);
  const studio = await buildStudio(join(stage, "studio"));
  const packages = [...new Set([...chunks.flatMap(packagesIn), ...studio.packages])].sort();
  if (packages.length > 0) writeFileSync(join(stage, "THIRD-PARTY-LICENSES.txt"), notices(packages));
  // The site may stand on a host of its own, without the rest of the package.
  writeFileSync(join(studio.folder, "THIRD-PARTY-LICENSES.txt"), notices(studio.packages));
  const weight = weigh(studio.folder);
  if (weight.problem !== undefined) throw new Error(weight.problem);
  // Digits and iris ship inside chunks; their notices also stand beside them, where people look for one.
  mkdirSync(join(stage, "data"));
  for (const set of ["digits", "iris"]) {
    const { notice } = JSON.parse(readFileSync(join(root, "src", "data", `${set}.json`), "utf8")) as { notice: string };
    writeFileSync(join(stage, "data", `${set.toUpperCase()}-NOTICE.txt`), `${notice}\n`);
  }
  for (const { kind, output } of entries) if (kind === "command") chmodSync(join(stage, basename(output)), 0o755);
  const dist = join(root, "dist");
  if (existsSync(dist)) renameSync(dist, `${stage}-old`);
  renameSync(stage, dist);
  const size = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk.code), 0);
  console.log(weight.text);
  console.log(`dist: ${chunks.length} files, ${(size / 1024).toFixed(0)} KiB, ${(performance.now() - start).toFixed(0)} ms`);
} finally {
  rmSync(stage, { recursive: true, force: true });
  rmSync(`${stage}-old`, { recursive: true, force: true });
}
