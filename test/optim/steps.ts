/**
 * Trains a small net for ten thousand steps and prints how much heap is in use after 1,000 and after all. With `--keep`
 * every step's parameters are kept behind an unread result, as a loop that piles up graphs would.
 */
import { key, tensor, valueAndGrad, type Tensor } from "../../src/api/index.ts";
import { applyMlp, mlp, softmaxLoss, type Mlp } from "../../src/nn/index.ts";
import { momentum } from "../../src/optim/index.ts";

const keep = process.argv.includes("--keep");
const x = tensor([[1, 2], [-1, 0.5], [0.3, -2]]);
const step = valueAndGrad((net: Mlp) => softmaxLoss(applyMlp(net, x), [0, 1, 2]));
const optimizer = momentum({ lr: 0.01 });

let net = mlp(key(0), [2, 3, 3]);
let state = optimizer.init(net);
const kept: Tensor[] = [];
const used = (): number => {
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
};

let early = 0;
for (let i = 1; i <= 10_000; i++) {
  const { grad } = step(net);
  ({ params: net, state } = optimizer.update(net, grad as Mlp, state));
  if (keep) kept.push(net[0]!.w.mul(2));
  if (i === 1_000) early = used();
}
console.log(JSON.stringify({ early, late: used(), kept: kept.length }));
