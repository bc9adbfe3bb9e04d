/**
 * One step of each workload in this project and in the libraries around it, all from the same numbers. Every measurement
 * is a process of its own, the libraries take turns, and a row counts only if the gradients of its first step agree with
 * the float64 reference to 1e-4 for every parameter, and its loss after five steps to 1e-3.
 * Arguments: --only W2,W4 --peers chainrule,jax --rounds 3 --seconds 1 --no-flags --json --readme. This project calls
 * tuneEngine first, but not with --no-flags, and not in the other Node. With --readme the README's table is written anew.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readArray, writeWorkload } from "./files.mjs";
import { growth, printGrowth } from "./growth.mjs";
import { inPage, printInPage } from "./page.mjs";
import { digits, median } from "./numbers.mjs";
import { printSoak, soak } from "./soak.mjs";
import { startUp } from "./start-up.mjs";
import { tableOf, writeTable } from "./table.mjs";
import { printThreads, threads } from "./threads.mjs";
import { workloads } from "./workloads.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values: given } = parseArgs({
  options: { only: { type: "string" }, peers: { type: "string" }, rounds: { type: "string" }, seconds: { type: "string" }, json: { type: "boolean" }, readme: { type: "boolean" }, "no-flags": { type: "boolean" } },
});
const rounds = Number(given.rounds ?? 3);
const seconds = given.seconds ?? "1";

if (!existsSync(join(here, "..", "dist", "index.js"))) throw new Error("dist is missing: run `npm run build` first");
if (!existsSync(join(here, "node_modules"))) {
  // Their install scripts fetch what is not needed here.
  execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: here, stdio: "inherit" });
}

/** The oldest Node at hand besides this one, for the column without flags. */
const systemNode = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules")).map((folder) => join(folder, "node")).find((path) => existsSync(path));
const versionOf = (node) => execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
/** PyTorch as Debian has it; without a fast BLAS beside it its figures would say nothing. */
const torchLibraries = spawnSync("/usr/bin/python3", ["-c", "import torch; print(open('/proc/self/maps').read())"], { encoding: "utf8", maxBuffer: 2 ** 26 });
const hasTorch = torchLibraries.status === 0 && /openblas|mkl/i.test(torchLibraries.stdout);
if (torchLibraries.status === 0 && !hasTorch) console.error("PyTorch is here without a fast BLAS and is left out: apt-get install libopenblas0-pthread");

/** Debian's OpenBLAS chooses its kernels by itself unless these say otherwise. */
const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...plain } = process.env;
const torch = (threads) => ({
  run: (folder) => ["/usr/bin/python3", [join(here, "peers", "pytorch.py"), folder, seconds, String(threads)]],
  env: { ...plain, OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) },
});
const script = (peer, node = process.execPath, more = []) => ({ run: (folder) => [node, [join(here, "one.mjs"), peer, folder, seconds, ...more]], env: plain, files: peer });
const flags = given["no-flags"] ? [] : ["tuned"];
const pinned = `chainrule, ${process.version}`;

const otherNode = systemNode && versionOf(systemNode) !== process.version ? systemNode : undefined;
/** Who is nearest in speed comes next to each other: a machine's speed moves within the minutes that the slow ones take. */
const all = {
  [pinned]: script("chainrule", process.execPath, flags),
  ...(hasTorch ? { "torch-1": torch(1), "torch-2": torch(2) } : {}),
  [`${pinned}, alone`]: script("chainrule", process.execPath, [...flags, "alone"]),
  ...(otherNode ? { [`chainrule, ${versionOf(otherNode)}`]: script("chainrule", otherNode) } : {}),
  hand: script("hand"),
  jax: script("jax"),
  tfjs: script("tfjs"),
  convnetjs: script("convnetjs"),
};
const chosen = given.peers?.split(",");
const peers = Object.entries(all).filter(([name]) => !chosen || chosen.some((word) => name.startsWith(word)));
const asked = given.only?.split(",") ?? [...Object.keys(workloads), "W4-page", "W8", "growth", "threads", "memory"];
const ids = asked.filter((id) => id in workloads);

/** In the last round everybody trains for as many steps, or seconds, before the peak of memory is read. */
const until = "until=200,10";

const run = (command, args, env) => {
  const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: "utf8", maxBuffer: 2 ** 28, timeout: 300_000 });
  const line = stdout.trim().split("\n").at(-1);
  return status === 0 && line ? JSON.parse(line) : { failed: (stderr.trim().split("\n").find((each) => /error/i.test(each)) ?? `exit code ${status}`).slice(0, 90) };
};

/** The largest difference over the parameters, each relative to the length of its gradient. */
const disagreement = (folder, files, names) =>
  Math.max(
    ...names.map((name) => {
      const [ours, wanted] = [files, "reference"].map((from) => readArray(join(folder, `${from}.${name}.grad`), Float64Array));
      let [difference, size] = [0, 0];
      for (let i = 0; i < wanted.length; i++) {
        difference += (ours[i] - wanted[i]) ** 2;
        size += wanted[i] ** 2;
      }
      return ours.length === wanted.length ? Math.sqrt(difference / (size || 1)) : Infinity;
    }),
  );

const temporary = mkdtempSync(join(tmpdir(), "chainrule-bench-"));
const results = [];
try {
  if (!given.json) console.log(`${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, ${rounds} rounds in turn, ms a step: median (smallest to largest of the rounds' medians)\n`);
  for (const id of ids) {
    const folder = join(temporary, id);
    const workload = workloads[id]();
    writeWorkload(folder, id, workload);
    const reference = run(process.execPath, [join(here, "reference.mjs"), folder], plain);
    const rows = new Map(peers.map(([name]) => [name, { id, peer: name, medians: [], peaks: [], forwards: [], ratios: [] }]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, { run: command, env, files = name }] of peers) {
        const row = rows.get(name);
        if (row.absent || row.failed) continue;
        const [program, args] = command(folder);
        const result = run(program, round + 1 === rounds ? [...args, until] : args, env);
        if (result.absent || result.failed) {
          Object.assign(row, result);
          continue;
        }
        row.medians.push(result.step);
        row.peaks.push(result.peak);
        if (result.forward) row.forwards.push(result.forward);
        if (result.ratio) row.ratios.push(result.ratio);
        row.gradient = disagreement(folder, files, Object.keys(workload.params));
        row.loss = result.loss;
        row.agrees = row.gradient <= 1e-4 && Math.abs(result.loss - reference.loss) <= 1e-3;
      }
    }
    results.push(...rows.values());
    if (!given.json) print(id, rows, reference);
  }
  if (asked.includes("W4-page")) {
    const rows = await inPage(rounds);
    results.push(...rows);
    if (!given.json) printInPage(rows);
  }
  if (asked.includes("W8")) {
    const rows = await startUp({ python: hasTorch ? "/usr/bin/python3" : undefined });
    results.push(...rows);
    if (!given.json) printStartUp(rows);
  }
  if (asked.includes("growth")) {
    const rows = growth();
    results.push(...rows.map((row) => ({ id: "growth", peer: "chainrule", ...row })));
    if (!given.json) printGrowth(rows);
  }
  if (asked.includes("threads")) {
    const rows = await threads();
    results.push(...rows.map((row) => ({ id: "threads", peer: "chainrule", ...row })));
    if (!given.json) printThreads(rows);
  }
  if (asked.includes("memory")) {
    const rows = soak();
    results.push(...rows.map((row) => ({ id: "memory", peer: "chainrule", ...row })));
    if (!given.json) printSoak(rows);
  }
  if (given.readme) writeTable(join(here, "..", "README.md"), tableOf(results, readmeTable()));
  if (given.json) console.log(JSON.stringify(results));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** What the README's table shows, in its words. */
function readmeTable() {
  const versionIn = (name) => JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"), "utf8")).version;
  return {
    columns: [
      [`chainrule, Node ${process.versions.node.split(".")[0]}`, [pinned]],
      ...(otherNode ? [[`chainrule, Node ${versionOf(otherNode).slice(1).split(".")[0]}, no flags`, [`chainrule, ${versionOf(otherNode)}`]]] : []),
      ["by hand in JavaScript", ["hand"]],
      [`jax-js ${versionIn("@jax-js/jax")}`, ["jax"]],
      [`TensorFlow.js ${versionIn("@tensorflow/tfjs")}, wasm`, ["tfjs"]],
      ["ConvNetJS", ["convnetjs"]],
      ["PyTorch, its better number of threads", ["torch-1", "torch-2"]],
    ],
    names: {
      W1: "sigmoid neuron, scalars",
      W2: "softmax classifier, 256 x 3072 -> 10",
      W3: "SVM classifier, 256 x 3072 -> 10",
      W4: "MLP 784-512-256-10, batch 128, Adam",
      W5: "CNN 1x28x28, two convolutions, batch 64",
      "W6-512": "product 512 x 512 with both gradients",
      "W6-1024": "product 1024 x 1024 with both gradients",
      W7: "transformer block, d 128, 8 x 64 tokens",
    },
    machine: `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, ${new Date().toISOString().slice(0, 10)}: medians of ${rounds} rounds in turn, with the smallest and largest of the rounds' medians.`,
  };
}

function print(id, rows, reference) {
  const [first] = rows.values();
  const ours = first.medians.length > 0 ? median(first.medians) : NaN;
  console.log(`${id}  loss after five steps ${reference.loss ?? reference.failed}`);
  for (const row of rows.values()) {
    if (row.absent) continue;
    if (row.failed) {
      console.log(`  ${row.peer.padEnd(26)} failed: ${row.failed}`);
      continue;
    }
    const middle = median(row.medians);
    const range = `(${digits(Math.min(...row.medians))} to ${digits(Math.max(...row.medians))})`;
    const forward = row.forwards.length > 0 ? `  forward ${digits(median(row.forwards))}, a step ${median(row.ratios).toFixed(1)} of it` : "";
    const agrees = row.agrees ? "agrees" : `DISAGREES: gradient ${row.gradient.toExponential(1)}, loss ${row.loss}`;
    console.log(`  ${row.peer.padEnd(26)} ${digits(middle).padStart(9)} ${range.padEnd(26)} ${(middle / ours).toPrecision(3).padStart(7)} x ours  ${(Math.max(...row.peaks) / 2 ** 20).toFixed(0).padStart(5)} MB  ${agrees}${forward}`);
  }
  console.log();
}

function printStartUp(rows) {
  console.log("W8  from the start of a process to the first gradient, and the size of its bundle");
  for (const { peer, median: middle, least, most, overBare, kB, gzipped } of rows) {
    const size = kB === undefined ? "" : `  ${kB.toFixed(1)} kB, gzipped ${gzipped.toFixed(1)} kB`;
    console.log(`  ${peer.padEnd(26)} ${middle.toFixed(0).padStart(5)} ms (${least.toFixed(0)} to ${most.toFixed(0)})  ${overBare.toFixed(0).padStart(5)} ms over bare node${size}`);
  }
}
