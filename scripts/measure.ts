/** What measurements of this project share: candidates run in turn, medians, the Nodes at hand. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export const median = (sorted: readonly number[]): number => {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/**
 * Milliseconds of this process's own work, all of its threads together: what others take of the machine is not in it,
 * though sharing a core's caches and units with them still is.
 */
export const ownTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Milliseconds of each candidate, sorted, by the wall's clock or another. The first round warms caches and is not counted. */
export const interleaved = (candidates: readonly (() => void)[], rounds: number, clock: () => number = () => performance.now()): number[][] => {
  const times = candidates.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    candidates.forEach((run, i) => {
      const start = clock();
      run();
      if (round >= 0) times[i]!.push(clock() - start);
    });
  }
  return times.map((list) => list.sort((a, b) => a - b));
};

/** The Nodes at hand: this one, and the system's if it is another. */
export const nodes = (): string[] => {
  const program = process.platform === "win32" ? "node.exe" : "node";
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const system = folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
  const found = [process.execPath, ...(system === undefined ? [] : [system])];
  const versions = found.map((node) => execFileSync(node, ["--version"], { encoding: "utf8" }));
  return found.filter((_, i) => versions.indexOf(versions[i]!) === i);
};
