/**
 * The doctor on many seeds: every broken training of the tests must be named by its own code alone, every healthy one
 * not at all.
 *
 *   node scripts/doctor-seeds.ts                    twenty seeds of everything (some minutes)
 *   node scripts/doctor-seeds.ts --seeds 3 --only moons
 *   node scripts/doctor-seeds.ts --alone            as models of which nothing is known but their loss
 */
import { parseArgs } from "node:util";
import { examine } from "../test/train/examine.ts";
import { alsoBroken, asLossAlone, broken, healthy } from "../test/train/set-ups.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "20" }, first: { type: "string", default: "1" }, only: { type: "string", default: "" }, alone: { type: "boolean", default: false } } });
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => Number(values.first) + i);
const setUps = [
  ...Object.entries({ ...broken, ...alsoBroken }).flatMap(([code, named]) => Object.entries(named).map(([name, setUp]) => ({ title: `${code}: ${name}`, wanted: code, setUp }))),
  ...Object.entries(healthy).map(([name, setUp]) => ({ title: `healthy: ${name}`, wanted: "", setUp })),
];

let wrong = 0;
for (const { title, wanted, setUp } of setUps) {
  if (!title.includes(values.only)) continue;
  const others: string[] = [];
  for (const seed of seeds) {
    const { live, end } = await examine(await (values.alone ? asLossAlone(setUp) : setUp)(seed));
    const named = [...new Set([...end, ...live].map(({ code }) => code))].join(" ");
    if (named !== wanted) others.push(`seed ${seed}: ${named || "nothing"}`);
  }
  wrong += others.length;
  console.log(`${title}: ${seeds.length - others.length} of ${seeds.length}${others.length === 0 ? "" : ` (${others.join("; ")})`}`);
}
console.log(wrong === 0 ? "all rightly named" : `${wrong} wrongly named`);
process.exitCode = wrong === 0 ? 0 : 1;
