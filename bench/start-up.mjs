/** W8: from the start of a process to the first gradient, over the start of a bare one; and what a page has to load for it. */
import { execFileSync } from "node:child_process";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const here = fileURLToPath(new URL(".", import.meta.url));
const wanted = (() => {
  const s = 1 / (1 + Math.exp(-1.5));
  return s + 1.5 * s * (1 - s);
})();

/** kB of the first gradient's program with all that it imports, minified, plain and gzipped. */
const bundleSize = async (file) => {
  const build = await rolldown({ input: join(here, "first", file), platform: "browser", onLog: () => {} });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  const code = output.filter((each) => each.type === "chunk").map((each) => each.code).join("");
  return [code.length / 1000, gzipSync(code).length / 1000];
};

/** One line for each program: its median with the range, over a bare Node, and its size. */
export const startUp = async ({ python, rounds = 15 }) => {
  const programs = [
    ["bare node", process.execPath, ["-e", "0"]],
    ...["hand", "chainrule", "chainrule-grad", "jax", "tfjs"].map((name) => [name, process.execPath, [join(here, "first", `${name}.mjs`)]]),
    ...(python ? [["torch", python, [join(here, "first", "pytorch.py")]]] : []),
  ];
  const times = programs.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, [name, command, args]] of programs.entries()) {
      const start = performance.now();
      const out = execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      if (round >= 0) times[i].push(performance.now() - start);
      if (name !== "bare node" && Math.abs(Number(out.trim().split("\n").at(-1)) - wanted) > 1e-6) throw new Error(`${name}: ${out}`);
    }
  }
  const rows = [];
  let bare = 0;
  for (const [i, [name, , args]] of programs.entries()) {
    const sorted = times[i].sort((a, b) => a - b);
    const middle = sorted[sorted.length >> 1];
    if (i === 0) bare = middle;
    const file = basename(args.at(-1));
    const size = i > 0 && file.endsWith(".mjs") ? await bundleSize(file) : undefined;
    rows.push({ id: "W8", peer: name, median: middle, least: sorted[0], most: sorted.at(-1), overBare: middle - bare, ...(size ? { kB: size[0], gzipped: size[1] } : {}) });
  }
  return rows;
};
