/**
 * How the recipes of the named data sets were chosen: every combination of the grid is trained with three seeds that no
 * published figure uses, and the best mean accuracy (or R^2) on the validation rows wins, among equals the lower mean
 * loss. The test rows are never read here.
 *
 *   node scripts/recipes.ts digits        about ten minutes; the small sets take less
 */
import { argv } from "node:process";
import { dataSets } from "../src/data/sets.ts";
import { startAt, fit } from "../src/train/fit.ts";
import { key as keyOf } from "../src/api/random.ts";
import { goodness, optimizerOf, planOf, settingsFor, stepsOf, type Settings } from "../src/train/index.ts";
import { streamsOf } from "../src/train/task.ts";

type Grid = { readonly [K in keyof Settings]?: readonly Settings[K][] };

const seeds = [1000, 1001, 1002];

/** Around the standard settings; with a constant learning rate a long run shows the shorter ones on its way. */
const grids: Readonly<Record<string, Grid>> = {
  digits: { hidden: [[32], [64], [128]], lr: [0.03, 0.1, 0.3], l2: [0, 1e-4, 1e-3, 1e-2], optimizer: ["momentum"], schedule: ["constant"], epochs: [40] },
};
const small: Grid = { hidden: [[16], [64], [32, 32]], lr: [0.01, 0.03], l2: [1e-4, 1e-3, 1e-2], epochs: [50, 100] };

/** Every choice of one value for each name. */
const combinations = (grid: Grid): readonly Partial<Settings>[] =>
  Object.entries(grid).reduce<readonly Partial<Settings>[]>(
    (found, [name, values]) => found.flatMap((one) => (values as readonly unknown[]).map((value) => ({ ...one, [name]: value }))),
    [{}],
  );

interface Row {
  readonly name: string;
  readonly goodness: number;
  readonly loss: number;
}

const text = ({ name, goodness: good, loss }: Row): string => `${(100 * good).toFixed(2)}%  loss ${loss.toFixed(4)}  ${name}`;
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

const [word = "digits"] = argv.slice(2);
const data = await dataSets.get(word)!.load();
const rows: Row[] = [];
for (const chosen of combinations(grids[word] ?? small)) {
  const runs = new Map<number, { readonly goodness: number[]; readonly loss: number[] }>();
  for (const seed of seeds) {
    const settings = settingsFor(word, { ...chosen, seed });
    const plan = planOf(data, settings);
    const optimizer = optimizerOf(settings, stepsOf(plan));
    const options = { optimizer, epochs: settings.epochs, batch: settings.batch, key: streamsOf(keyOf(seed)).steps, from: startAt(plan.start, optimizer) };
    for await (const event of fit(plan.task, data, options)) {
      if (event.event !== "epoch") continue;
      const wanted = event.epoch === settings.epochs || (settings.schedule === "constant" && event.epoch > 0 && event.epoch % 10 === 0);
      if (!wanted) continue;
      const run = runs.get(event.epoch) ?? { goodness: [], loss: [] };
      runs.set(event.epoch, run);
      run.goodness.push(goodness(event.validation));
      run.loss.push(event.validation.loss);
    }
  }
  for (const [epochs, run] of runs) {
    const row = { name: JSON.stringify({ ...chosen, epochs }), goodness: mean(run.goodness), loss: mean(run.loss) };
    rows.push(row);
    console.log(text(row));
  }
}
rows.sort((a, b) => b.goodness - a.goodness || a.loss - b.loss);
console.log("\nbest on validation");
for (const row of rows.slice(0, 10)) console.log(text(row));
