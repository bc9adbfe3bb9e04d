/**
 * W4 in a page: the test's own page trains it in a worker, in headless Chromium, on one thread and on two. Each round is a
 * browser of its own.
 * By itself: node page.mjs <rounds> prints the rows.
 */
import { fileURLToPath } from "node:url";
import { digits, median } from "./numbers.mjs";

const words = { alone: "one thread", together: "two threads" };

/** A row for each number of threads, with milliseconds a step of each round; one row that says why where there is no browser. */
export const inPage = async (rounds) => {
  const rows = Object.keys(words).map((name) => ({ id: "W4-page", peer: `chainrule in a page, ${words[name]}`, name, medians: [] }));
  try {
    const { isolation, visit } = await import("../test/browser/w4-visit.ts");
    for (let round = 0; round < rounds; round++) {
      const seen = await visit(isolation);
      if (seen.errors.length > 0) throw new Error(seen.errors[0]);
      for (const row of rows) {
        const { milliseconds, threads } = seen[row.name];
        if (threads.why !== undefined) throw new Error(threads.why);
        row.browser = `Chromium ${seen.version}`;
        row.medians.push(milliseconds);
      }
    }
    return rows;
  } catch (error) {
    return [{ id: "W4-page", peer: "chainrule in a page", failed: error.message.split("\n")[0] }];
  }
};

export const printInPage = (rows) => {
  const [{ browser, failed }] = rows;
  if (failed) return console.log(`W4-page  left out: ${failed}\n`);
  console.log(`W4-page  W4 in a worker of a page, ${browser}, ms a step: median (smallest to largest of the rounds' medians), steps a second`);
  for (const { name, medians } of rows) {
    const [least, most] = [Math.min(...medians), Math.max(...medians)];
    const rate = (ms) => (1000 / ms).toFixed(0);
    console.log(`  ${words[name].padEnd(26)} ${digits(median(medians)).padStart(9)} ${`(${digits(least)} to ${digits(most)})`.padEnd(26)} ${rate(median(medians)).padStart(5)} a second (${rate(most)} to ${rate(least)})`);
  }
  console.log();
};

if (process.argv[1] === fileURLToPath(import.meta.url)) printInPage(await inPage(Number(process.argv[2] ?? 3)));
