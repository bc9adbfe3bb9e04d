/** What `chainrule info` says, on machines that are made up and on this one. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Info, infoText } from "../../src/cli/info.ts";
import { chainrule } from "./support.ts";

const fast: Info = {
  chainrule: "0.1.0",
  node: "v24.21.0",
  v8: "13.6.233.17",
  system: "linux x64",
  processor: "AMD EPYC",
  cores: 2,
  engine: {
    on: true,
    fusedMultiplyAdd: true,
    wideVectors: true,
    flags: [{ flag: "--experimental-wasm-revectorize", on: true, by: "tuneEngine", why: "two vectors of 128 bits run as one of 256" }],
  },
  threads: { wanted: 2, why: undefined },
  memory: { machine: 25e9, free: 24e9, heap: 4.5e9, program: 2 ** 32 },
  peak: { float32: 102.7, float64: 51.3, memory: 19.6 },
};

const machines: Readonly<Record<string, readonly [Info, forbidden: boolean]>> = {
  "flags on": [fast, false],
  "flags forbidden": [{ ...fast, engine: { on: true, fusedMultiplyAdd: true, wideVectors: false, flags: [] } }, true],
  "a flag of no use, given on the command line, and one core": [
    {
      ...fast,
      cores: 1,
      engine: {
        on: true,
        fusedMultiplyAdd: false,
        wideVectors: false,
        flags: [{ flag: "--experimental-wasm-revectorize", on: true, by: "command line", why: "of no use without fused multiply-add" }],
      },
      threads: { wanted: 1, why: "a worker could not be loaded" },
    },
    false,
  ],
  "no engine": [{ ...fast, engine: { on: false, why: "this runtime has no WebAssembly", fusedMultiplyAdd: false, wideVectors: false, flags: [] }, peak: undefined }, false],
};

test("the text is as it stands in info.golden.txt", () => {
  const golden = new URL("info.golden.txt", import.meta.url);
  const said = Object.entries(machines).map(([title, [info, forbidden]]) => `${title}\n\n${infoText(info, forbidden)}`).join("\n");
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(golden, said);
  assert.equal(said, readFileSync(golden, "utf8"));
});

test("on this machine every figure is there, as text and as JSON", async () => {
  const text = await chainrule(["info"]);
  assert.equal(text.code, 0);
  const masked = text.out.replace(/\d+(\.\d+)?/g, "#");
  assert.match(masked, /^chainrule +#.*\nruntime +Node v#.*\nprocessor +.+ #? ?cores?\nengine +on: WebAssembly, vectors of # bits, .+\n/);
  assert.match(masked, /\nthreads +#.*\nmemory +# GiB, # GiB free; JavaScript may use # GiB, a compiled program # GiB\nspeed +one thread: # GFLOP\/s in float#, # in float#; memory # GB\/s\n$/);
  const { out, code } = await chainrule(["info", "--json"]);
  assert.equal(code, 0);
  const info = JSON.parse(out) as Info & { readonly schema: number };
  assert.equal(info.schema, 1);
  assert.equal(info.node, process.version);
  const { float32, float64, memory } = info.peak!;
  for (const figure of [float32, float64, memory, info.memory.machine, info.cores]) assert.ok(figure > 0 && Number.isFinite(figure));
});

test("no flag of V8 is touched where the environment forbids it", () => {
  // A process of its own: what is on stays on.
  const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
  const out = execFileSync(process.execPath, [main, "info", "--json"], { encoding: "utf8", env: { ...process.env, CHAINRULE_NO_V8_FLAGS: "1" } });
  const { engine } = JSON.parse(out) as Info;
  assert.deepEqual(engine.flags, []);
  assert.equal(engine.wideVectors, false);
});
