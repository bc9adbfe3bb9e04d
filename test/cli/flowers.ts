/** A table and the run that was trained on it, as users have them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chainrule, temporaryFolder } from "./support.ts";

const colours = ["red", "blue"];

/** Lengths around 5 of red ones and around 6 of blue ones; one cell is empty, one column constant. */
export const flowers = [
  "id,length,colour,planet,species",
  ...Array.from({ length: 40 }, (_, i) => `${i + 1},${i === 2 ? "" : (5 + (i % 2) + i / 100).toFixed(2)},${colours[i % 2]},earth,${i % 2 === 0 ? "setosa" : "virginica"}`),
  "",
].join("\n");

/** Prices that follow from the length, to be learned as numbers. */
export const prices = ["length,colour,price", ...Array.from({ length: 40 }, (_, i) => `${i / 8},${colours[i % 2]},${(3 * i) / 8 + 10 * (i % 2) + 0.25}`), ""].join("\n");

/** Trains in a folder; what the run is called says what it learned. */
export const trainIn = async (folder: string, data: string, out: string, ...more: readonly string[]): Promise<void> => {
  const { code, err } = await chainrule(["train", data, "--out", out, "--epochs", "20", "--lr", "0.05", "--check=0", "--quiet", ...more], { folder });
  if (code !== 0) throw new Error(err);
};

/** A folder with the tables, and runs/flowers and runs/prices trained on them. */
export const folderWithRuns = async (): Promise<string> => {
  const folder = temporaryFolder({ "flowers.csv": flowers, "prices.csv": prices, "rows.csv": "length,colour\n5.1,red\n6.2,blue\n" });
  mkdirSync(join(folder, "runs"));
  await trainIn(folder, "flowers.csv", "runs/flowers");
  await trainIn(folder, "prices.csv", "runs/prices", "--as", "number");
  writeFileSync(join(folder, "runs", "note.txt"), "no run\n");
  return folder;
};
