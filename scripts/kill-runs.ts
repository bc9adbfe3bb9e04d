/**
 * Kills a training with SIGKILL at random moments, goes on with it each time, and compares what comes out with a run that
 * was left alone: the bytes of the weights, and the metrics but for the seconds. Half of the trainings keep their position
 * after every step, so that many of the kills fall into the writing of a checkpoint.
 *
 *   npm run -s build && node scripts/kill-runs.ts [kills]      100 kills: some minutes
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

export interface Killed {
  readonly kills: number;
  /** Kills that found a file half-written beside the others. */
  readonly whileWriting: number;
  /** Kills before there was a run to go on with. */
  readonly beforeRun: number;
  /** Trainings that were killed and went on until they were done. */
  readonly runs: number;
}

interface Options {
  /** The program and its first arguments. */
  readonly command: readonly string[];
  /** Of the training, without --out. */
  readonly args: readonly string[];
  readonly kills: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

interface Ended {
  readonly code: number | null;
  readonly err: string;
}

const start = ([program, ...first]: readonly string[], args: readonly string[], folder: string, env: Record<string, string>) => {
  const child = spawn(program!, [...first, ...args], { cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  return { child, ended: new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, err }))) };
};

const metricsOf = (folder: string, run: string): unknown[] =>
  readFileSync(join(folder, run, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }));

const compare = (folder: string, run: string): void => {
  const weights = (name: string) => readFileSync(join(folder, name, "weights.safetensors"));
  if (!weights(run).equals(weights("whole"))) throw new Error(`${run}: the weights are not those of the run that was left alone`);
  const [a, b] = [metricsOf(folder, run), metricsOf(folder, "whole")].map((events) => JSON.stringify(events));
  if (a !== b) throw new Error(`${run}: the metrics are not those of the run that was left alone:\n${a}\n${b}`);
};

/** Kills until there were enough; throws where a run does not go on, or ends in other bits. */
export const killRuns = async ({ command, args, kills, random }: Options): Promise<Killed> => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-kill-"));
  const train = ["train", ...args, "--quiet", "--check=0", "--out"];
  try {
    const began = performance.now();
    const whole = await start(command, [...train, "whole"], folder, {}).ended;
    if (whole.code !== 0) throw new Error(`the run that is left alone failed: ${whole.err}`);
    // Long enough to reach every part of a run, from before its first file to behind its last.
    const longest = performance.now() - began;
    let [done, whileWriting, beforeRun, runs] = [0, 0, 0, 0];
    while (done < kills) {
      const run = `run-${runs}`;
      const env: Record<string, string> = runs % 2 === 0 ? { CHAINRULE_CHECKPOINT_SECONDS: "0" } : {};
      for (;;) {
        const exists = existsSync(join(folder, run, "settings.json"));
        const { child, ended } = start(command, exists ? ["train", "--resume", run, "--quiet", "--check=0"] : [...train, run], folder, env);
        const timer = done < kills ? setTimeout(() => child.kill("SIGKILL"), random() * longest) : undefined;
        const { code, err } = await ended;
        clearTimeout(timer);
        if (code === 0) break;
        if (code !== null) throw new Error(`${run} did not go on: exit ${code}\n${err}`);
        done++;
        if (!existsSync(join(folder, run, "settings.json"))) beforeRun++;
        else if (readdirSync(join(folder, run)).some((name) => name.endsWith(".part"))) whileWriting++;
      }
      compare(folder, run);
      runs++;
    }
    return { kills: done, whileWriting, beforeRun, runs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Numbers of a seed, so that what failed can be run again (mulberry32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

if (argv[1] === fileURLToPath(import.meta.url)) {
  const command = [process.execPath, fileURLToPath(new URL("../dist/cli.js", import.meta.url))];
  const args = ["iris", "--hidden", "16", "--epochs", "40", "--batch", "10", "--dropout", "0.2", "--schedule", "warm-up"];
  const { kills, whileWriting, beforeRun, runs } = await killRuns({ command, args, kills: Number(argv[2] ?? 100), random: randomFrom(231) });
  console.log(`${kills} kills of ${runs} runs: every run went on to the same weights and metrics, byte for byte`);
  console.log(`${whileWriting} of the kills fell into the writing of a file, ${beforeRun} came before the run was there`);
}
