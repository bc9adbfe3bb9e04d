/**
 * `node scripts/bench-kernels.ts`: the speed of the kernels in src/emit/wasm on every Node at hand, with and without the
 * flags of V8 that matter to them, each beside a loop that never leaves the registers, in the same process. A register
 * tile can lose half of its speed to a change that looks like nothing; the ratio to that loop shows it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./entries.ts";
import { nodes } from "./measure.ts";

const output = join(root, ".tmp", "bench-kernels.mjs");
mkdirSync(join(root, ".tmp"), { recursive: true });
// One file of JavaScript, which also a Node runs that does not know TypeScript.
const build = await rolldown({ input: join(root, "scripts", "kernels", "run.ts"), platform: "node" });
await build.write({ file: output, format: "esm" });
await build.close();

/** Flags that not every Node knows; one that refuses is left out. */
const settings: readonly (readonly string[])[] = [[], ["--experimental-wasm-relaxed-simd"], ["--experimental-wasm-revectorize"]];

for (const node of nodes()) {
  const seen = new Set<string>();
  for (const flags of settings) {
    let kind: string;
    try {
      kind = execFileSync(node, [...flags, output, "kind"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      continue;
    }
    // A flag that this Node has switched on by itself changes nothing.
    if (seen.has(kind)) continue;
    seen.add(kind);
    execFileSync(node, [...flags, output, kind], { stdio: "inherit" });
  }
}
