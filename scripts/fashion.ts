/**
 * Fashion-MNIST beside PyTorch: a net of 256 units and a small cnn, trained on the same rows from the same weights with
 * the settings that a folder of images has. Prints seconds an epoch (measurements left out) and the accuracy on the test rows; exits 1 where the
 * net falls below 88% or the cnn below 90% after the epochs of its settings. PyTorch runs with one and with two threads
 * if python3 has it (Debian: python3-torch); the faster counts.
 *
 *   node scripts/fashion.ts <folder> [mlp|cnn] [epochs]     the idx files (Debian: dataset-fashion-mnist)
 *
 * Seconds mean something only on a machine that does nothing else.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, cwd, env, exit, resourceUsage } from "node:process";
import { fileURLToPath } from "node:url";
import { openData } from "../src/cli/data.ts";
import type { DataSet } from "../src/data/data-set.ts";
import { inType } from "../src/data/examples.ts";
import { namedTensors } from "../src/nn/named.ts";
import { planOf, settingsFor, train, type Plan, type Network } from "../src/train/index.ts";
import { median } from "./measure.ts";

const [folder, only, given] = argv.slice(2);
if (folder === undefined) throw new Error("name the folder of the idx files");

const nets = {
  mlp: { chosen: { model: "mlp", hidden: [256], epochs: 10 }, least: 0.88 },
  cnn: { chosen: { model: "cnn", hidden: [], epochs: 4 }, least: 0.9 },
} as const;

interface Result {
  /** Of each epoch. */
  readonly seconds: readonly number[];
  readonly accuracy: number;
}

const ours = async (plan: Plan<Network>): Promise<Result> => {
  const seconds: number[] = [];
  let [began, ended] = [0, 0];
  for await (const event of train(plan)) {
    if (event.event === "step") ended = performance.now();
    if (event.event === "epoch") {
      if (event.epoch > 0) seconds.push((ended - began) / 1000);
      began = performance.now();
    }
    if (event.event === "done" && "testAccuracy" in event) return { seconds, accuracy: event.testAccuracy };
  }
  throw new Error("the training ended without its figures");
};

/** What PyTorch is given, as files. */
const write = (to: string, { train: rows, test }: DataSet, plan: Plan<Network>): void => {
  for (const [name, part] of [["train", rows], ["test", test]] as const) {
    writeFileSync(join(to, `${name}-x.bin`), inType(part, "float32").x);
    writeFileSync(join(to, `${name}-y.bin`), part.y);
  }
  const tensors = namedTensors(plan.start);
  for (const { name, tensor } of tensors) writeFileSync(join(to, `${name}.bin`), tensor.dataSync());
  const { batch, lr, l2 } = plan.settings;
  writeFileSync(join(to, "about.json"), JSON.stringify({ batch, lr, l2, params: tensors.map(({ name, tensor }) => [name, tensor.shape]) }));
};

const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...plain } = env;
const theirs = (from: string, net: string, epochs: number, threads: number): Result | undefined => {
  const count = String(threads);
  const { status, stdout, stderr } = spawnSync("python3", [fileURLToPath(new URL("fashion.py", import.meta.url)), from, net, String(epochs), count], {
    encoding: "utf8",
    env: { ...plain, PATH: ["/usr/bin", plain["PATH"]].join(":"), OPENBLAS_NUM_THREADS: count, OMP_NUM_THREADS: count },
  });
  if (status === 0) return JSON.parse(stdout) as Result;
  console.log(`PyTorch does not run: ${stderr.trim().split("\n").at(-1)}`);
  return undefined;
};

const line = (name: string, { seconds, accuracy }: Result): void =>
  console.log(`  ${name.padEnd(20)} ${median(seconds.toSorted((a, b) => a - b)).toFixed(2).padStart(7)} s an epoch   test accuracy ${(100 * accuracy).toFixed(2)}%`);

const began = performance.now();
const data = await openData(folder, {}, { folder: cwd(), env } as Parameters<typeof openData>[2]);
console.log(`${data.train.y.length} rows to train, ${data.validation.y.length} to validate, ${data.test.y.length} to test, read in ${((performance.now() - began) / 1000).toFixed(1)} s`);
const place = mkdtempSync(join(tmpdir(), "chainrule-fashion-"));
let isGood = true;
try {
  for (const [name, { chosen, least }] of Object.entries(nets)) {
    if (only !== undefined && only !== name) continue;
    const epochs = given === undefined ? chosen.epochs : Number(given);
    const settings = settingsFor(folder, { ...chosen, epochs }, data.schema);
    const plan = planOf(data, settings);
    console.log(`\n${name}, hidden ${settings.hidden.join(",") || "none"}, ${epochs} epochs, batch ${settings.batch}, ${settings.optimizer} ${settings.lr} (${settings.schedule}), L2 ${settings.l2}, ${settings.dtype}`);
    write(place, data, plan);
    const own = await ours(plan);
    line("chainrule", own);
    if (epochs >= chosen.epochs && own.accuracy < least) isGood = false;
    for (const threads of [1, 2]) {
      const other = theirs(place, name, epochs, threads);
      if (other === undefined) break;
      line(`PyTorch, ${threads} thread${threads === 1 ? "" : "s"}`, other);
    }
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
console.log(`\nmemory: ${Math.round(resourceUsage().maxRSS / 1024)} MiB at most`);
exit(isGood ? 0 : 1);
