/**
 * The honest figures of a data set: test accuracy and time for seeds 0 to 19 with its recipe. Nothing is chosen by what
 * it prints. Exits 1 where the project's promise is broken.
 *
 *   node scripts/seeds.ts [digits] [seeds]
 */
import { argv, exit } from "node:process";
import { dataSets } from "../src/data/sets.ts";
import { planOf, settingsFor, train } from "../src/train/index.ts";
import { median } from "./measure.ts";

/** The least test accuracy of each run and of the median, and the seconds that each run takes at most. */
const promises: Readonly<Record<string, { readonly least: number; readonly median: number; readonly seconds: number }>> = {
  digits: { least: 0.96, median: 0.97, seconds: 60 },
  spiral: { least: 0.97, median: 0.97, seconds: 60 },
};

const [word = "digits", seeds = "20"] = argv.slice(2);
const set = dataSets.get(word);
if (set === undefined) throw new Error(`there is no data set ${word}`);
const data = await set.load();
const count = Number(seeds);
const accuracies: number[] = [];
const seconds: number[] = [];
for (let seed = 0; seed < count; seed++) {
  for await (const event of train(planOf(data, settingsFor(word, { seed })))) {
    if (event.event !== "done" || !("testAccuracy" in event)) continue;
    const accuracy = (100 * event.testAccuracy).toFixed(2);
    console.log(`seed ${String(seed).padStart(2)}  test accuracy ${accuracy}%  ${event.seconds.toFixed(1)} s`);
    accuracies.push(event.testAccuracy);
    seconds.push(event.seconds);
  }
}

const middleOf = (values: readonly number[]): number => median(values.toSorted((a, b) => a - b));
const three = (values: readonly number[], text: (v: number) => string): string =>
  [Math.min(...values), middleOf(values), Math.max(...values)].map(text).join(" / ");

console.log(`\n${word}, ${count} seeds, min / median / max`);
console.log(`test accuracy  ${three(accuracies, (v) => `${(100 * v).toFixed(2)}%`)}`);
console.log(`seconds        ${three(seconds, (v) => v.toFixed(1))}`);
const promise = promises[word];
if (promise && (Math.min(...accuracies) < promise.least || middleOf(accuracies) < promise.median || Math.max(...seconds) >= promise.seconds)) exit(1);
