/**
 * The course's case study as its notes publish it (100 hidden units, gradient descent at step 1, 10,000 steps), over
 * seeds: other points and other weights each time. Exits 1 where the linear classifier leaves 48% to 56% or the net falls
 * below 97%.
 *
 *   node scripts/spiral-seeds.ts [seeds]      20 seeds: some minutes
 */
import { argv, exit } from "node:process";
import { key, normal, split, zeros, type Tensor } from "../src/api/index.ts";
import { asBatch } from "../src/data/examples.ts";
import { spiral } from "../src/data/generate.ts";
import type { Linear } from "../src/nn/index.ts";
import { descend } from "../test/train/spiral.ts";

const count = Number(argv[2] ?? 20);
const published = { lr: 1, reg: 1e-3 };

const layer = (from: Tensor, inputs: number, outputs: number): Linear => ({
  w: normal(from, [inputs, outputs], { deviation: 0.01 }).realize(),
  b: zeros([outputs]),
});

const linear: number[] = [];
const net: number[] = [];
for (let seed = 0; seed < count; seed++) {
  const [points, first, hidden, last] = split(key(seed), 4);
  const rows = asBatch(spiral(points!));
  linear.push(descend([layer(first!, 2, 3)], rows, { ...published, steps: 200 }).accuracy);
  net.push(descend([layer(hidden!, 2, 100), layer(last!, 100, 3)], rows, { ...published, steps: 10_000 }).accuracy);
  console.log(`seed ${String(seed).padStart(2)}  linear ${(100 * linear.at(-1)!).toFixed(1)}%  net ${(100 * net.at(-1)!).toFixed(1)}%`);
}

const three = (values: readonly number[]): string => {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map((v) => `${(100 * v).toFixed(1)}%`).join(" / ");
};
console.log(`\n${count} seeds, least / middle / most\nlinear  ${three(linear)}\nnet     ${three(net)}`);
if (Math.min(...linear) < 0.48 || Math.max(...linear) > 0.56 || Math.min(...net) < 0.97) exit(1);
