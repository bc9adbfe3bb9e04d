/**
 * The package as its users get it: packed, installed in an empty folder, and used there by each Node at hand: the
 * pinned one, the system's, and those whose folders CHAINRULE_NODES lists.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { after, describe, it, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { entries, manifest, root } from "../../scripts/entries.ts";
import { installPacked } from "./install.ts";

const { folder, packed, remove } = installPacked();
after(remove);

const files = readdirSync(packed, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(packed.length + 1).replaceAll("\\", "/"));

const windows = process.platform === "win32";
const program = windows ? "node.exe" : "node";

/** Folders of the Nodes to try; the system's is the first on PATH that npm did not put there. */
const nodeFolders = [
  dirname(process.execPath),
  (process.env["PATH"] ?? "").split(delimiter).find((path) => !path.includes("node_modules") && existsSync(join(path, program))),
  ...(process.env["CHAINRULE_NODES"] ?? "").split(delimiter),
].filter((path): path is string => !!path);

test("the package holds what is built, its licence and its pages, and nothing else", () => {
  const expected = /^(?:package\.json|LICENSE|README\.md|CHANGELOG\.md|dist\/(?:(?:studio\/)?THIRD-PARTY-LICENSES\.txt|.+\.js|studio\/(?:index\.html|icon\.svg|assets\/.+\.css)|types\/.+\.d\.ts|data\/(?:DIGITS|IRIS)-NOTICE\.txt))$/;
  assert.deepEqual(files.filter((file) => !expected.test(file)), []);
  for (const needed of ["LICENSE", "README.md", "dist/studio/index.html", "dist/data/DIGITS-NOTICE.txt", "dist/data/IRIS-NOTICE.txt"]) assert.ok(files.includes(needed), needed);
  for (const { name, output, types } of entries) {
    assert.ok(files.includes(output), `${name}: ${output} is missing`);
    if (types !== undefined) assert.ok(files.includes(types), `${name}: ${types} is missing`);
  }
});

test("no file of the package names the folder it was built in", () => {
  const naming = files.filter((file) => readFileSync(join(packed, file), "utf8").includes(root));
  assert.deepEqual(naming, []);
});

test("nothing else is installed and nothing is run at installation", () => {
  assert.deepEqual(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith(".")), [manifest.name]);
  const lock = JSON.parse(readFileSync(join(folder, "node_modules", ".package-lock.json"), "utf8"));
  assert.deepEqual(Object.keys(lock.packages), [`node_modules/${manifest.name}`]);
  assert.equal(lock.packages[`node_modules/${manifest.name}`].hasInstallScript, undefined);
});

const userProgram = `
import { grads } from "${manifest.name}";
console.log(JSON.stringify(grads((x, y, z) => x.add(y).mul(z))(-2, 5, -4)));
`;
const model = `
import { type Tensor, add } from "${manifest.name}";
export const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => add(x, y).mul(z);
`;
const requiring = `
const { grads } = require("${manifest.name}");
console.log(typeof grads);
`;
const importing = `
for (const name of ${JSON.stringify(entries.filter(({ kind }) => kind === "library").map(({ name }) => name))}) {
  const count = Object.keys(await import(name)).length;
  if (count === 0) throw new Error(name + " exports nothing");
}
console.log("ok");
`;
writeFileSync(join(folder, "program.mjs"), userProgram);
writeFileSync(join(folder, "program.cjs"), requiring);
writeFileSync(join(folder, "every.mjs"), importing);
writeFileSync(join(folder, "model.ts"), model);

for (const nodeFolder of nodeFolders) {
  const node = join(nodeFolder, program);
  const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();

  describe(`used by Node ${version}`, { concurrency: 2 }, () => {
    const run = async (file: string, args: readonly string[], input = "") => {
      const { NODE_TEST_CONTEXT: _, FORCE_COLOR: __, ...inherited } = process.env;
      const env = { ...inherited, PATH: `${nodeFolder}${delimiter}${process.env["PATH"]}`, NO_COLOR: "1" };
      const child = promisify(execFile)(file, args, { cwd: folder, env, shell: windows });
      child.child.stdin?.end(input);
      const { stdout, stderr } = await child;
      assert.equal(stderr, "");
      return stdout.trim();
    };
    const command = join(folder, "node_modules", ".bin", "chainrule");

    it("runs the command", async () => {
      assert.equal(await run(command, ["--version"]), manifest.version);
    });

    it("explains the lecture's first circuit", async () => {
      const explained = JSON.parse(await run(command, ["explain", "(x+y)*z", "x=-2", "y=5", "z=-4", "--json"]));
      const grads = Object.fromEntries(explained.nodes.map(({ name, grad }: { name: string; grad: unknown }) => [name, grad]));
      assert.deepEqual([explained.value, grads.x, grads.y, grads.z], [-12, -4, -4, 3]);
    });

    it("explains a function of the user's own TypeScript, which imports the library", async () => {
      const args = ["explain", "model.ts", "--function", "f", "x=-2", "y=5", "z=-4", "--json"];
      assert.equal(JSON.parse(await run(command, args)).value, -12);
    });

    it("imports the library", async () => {
      assert.equal(await run(node, ["program.mjs"]), "[-4,-4,3]");
    });

    it("requires the library from CommonJS, without a warning", async () => {
      assert.equal(await run(node, ["program.cjs"]), "function");
    });

    it("finds every subpath", async () => {
      assert.equal(await run(node, ["every.mjs"]), "ok");
    });
  });
}

test("a bundler that drops what is not used keeps the handle able to read itself", async () => {
  // The runtime is attached when the core is loaded; a program that names none of the transforms needs it all the same.
  writeFileSync(join(folder, "small.mjs"), `import { tensor } from "${manifest.name}"; console.log(tensor([1, 2]).mul(3).sum().itemSync());`);
  const bundle = await rolldown({ cwd: folder, input: "small.mjs" });
  await bundle.write({ file: join(folder, "small.bundle.mjs"), minify: true });
  await bundle.close();
  assert.equal(execFileSync(process.execPath, [join(folder, "small.bundle.mjs")], { encoding: "utf8" }).trim(), "9");
});

test("a bundler that drops what is not used keeps the engine for reading only where compile is used", async () => {
  for (const [name, used] of [["grad", false], ["compile", true]] as const) {
    writeFileSync(join(folder, `${name}.mjs`), `import { ${name} } from "${manifest.name}"; console.log(${name}((x) => x.mul(x))(3));`);
    const bundle = await rolldown({ cwd: folder, input: `${name}.mjs` });
    const { output } = await bundle.generate({ minify: true });
    await bundle.close();
    assert.equal(output[0].code.includes("WebAssembly"), used, name);
    if (!used) assert.ok(gzipSync(output[0].code).length < 30_000, "a gradient alone is bundled in 30 kB");
  }
});

const typed = `
import { type Tensor, grads } from "${manifest.name}";
export const gradients = grads((x: Tensor, y: Tensor, z: Tensor) => x.add(y).mul(z))(-2, 5, -4);
// @ts-expect-error: a gradient of text makes no sense
grads((x: Tensor) => x)("two");
${entries.filter(({ kind }) => kind === "library").map(({ name }, i) => `export * as entry${i} from "${name}";`).join("\n")}
`;

for (const [module, moduleResolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]] as const) {
  test(`a strict TypeScript program type-checks with ${moduleResolution} resolution and no types of Node or the DOM`, async () => {
    const compilerOptions = { strict: true, target: "es2022", lib: ["es2022"], types: [], module, moduleResolution, noEmit: true };
    const project = join(folder, `tsconfig.${moduleResolution}.json`);
    writeFileSync(join(folder, "consumer.mts"), typed);
    writeFileSync(project, JSON.stringify({ compilerOptions, files: ["consumer.mts"] }));
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const checked = promisify(execFile)(process.execPath, [compiler, "-p", project], { cwd: folder });
    const { stdout } = await checked.catch((error: { stdout: string }) => error);
    assert.equal(stdout, "");
  });
}
