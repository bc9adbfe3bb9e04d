/**
 * `npm run bench`: what the project says about its own speed, measured on this machine now: its start, and one step of each
 * workload beside other libraries (bench/run.mjs, which takes the arguments). Each row runs its candidates in turn, so that a
 * busy moment hits all of them alike, and prints median, smallest and largest. `npm run bench -- studio` measures the pages
 * instead.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { benchStudio } from "./bench-studio.ts";
import { root } from "./entries.ts";
import { interleaved, median, nodes } from "./measure.ts";

const row = (name: string, times: readonly number[]): string =>
  `  ${name.padEnd(36)}  ${[median(times), times[0]!, times.at(-1)!].map((ms) => `${ms.toFixed(0).padStart(5)} ms`).join("  ")}`;

const neuron = ["1/(1+exp(-(w0*x0+w1*x1+w2)))", "w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3"];
const rounds = 15;

const startUp = (): void => {
  const command = join(root, "dist", "cli.js");
  if (!existsSync(command)) throw new Error("dist/cli.js is missing: run `npm run build` first");
  console.log(`start-up: chainrule explain on the sigmoid neuron, ${rounds} runs each in turn (median, smallest, largest)`);
  for (const node of nodes()) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    const run = (args: readonly string[]) => () => void execFileSync(node, args, { stdio: "ignore" });
    const names = [`bare node ${version}`, `explain, node ${version}`];
    const times = interleaved([run(["-e", "0"]), run([command, "explain", ...neuron])], rounds);
    times.forEach((list, i) => console.log(row(names[i]!, list)));
    console.log(`  explain over bare node: ${(median(times[1]!) - median(times[0]!)).toFixed(0)} ms`);
  }
};

console.log(`${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, ${process.platform} ${process.arch}\n`);
const given = process.argv.slice(2);
if (given[0] === "studio") await benchStudio();
else {
  startUp();
  execFileSync(process.execPath, [join(root, "bench", "run.mjs"), ...given], { stdio: "inherit" });
}
