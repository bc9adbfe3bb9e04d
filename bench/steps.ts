/**
 * `node bench/steps.ts`: training steps on one thread, compiled, in the interpreter and as plain JavaScript loops, in
 * turn. A row counts only if the losses of the first five steps agree to 1e-3.
 */
import { cpus } from "node:os";
import { compile, key, normal, type Tensor, tensor, valueAndGrad } from "../src/api/index.ts";
import { applyMlp, l2Penalty, mlp, softmaxLoss, svmLoss, type Mlp } from "../src/nn/index.ts";
import { adam, sgd, type Optimizer } from "../src/optim/index.ts";
import * as byHand from "./by-hand.ts";

interface Workload {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly rows: number;
  readonly optimizer: Optimizer;
  readonly lambda: number;
  readonly loss: (scores: Tensor, labels: Tensor) => Tensor;
  readonly byHand: byHand.Loss;
}

const workloads: readonly Workload[] = [
  { name: "W2 softmax 256 x 3072 -> 10, L2, SGD", sizes: [3072, 10], rows: 256, optimizer: sgd({ lr: 1e-3 }), lambda: 1e-3, loss: softmaxLoss, byHand: byHand.softmax },
  { name: "W3 SVM 256 x 3072 -> 10, L2, SGD", sizes: [3072, 10], rows: 256, optimizer: sgd({ lr: 1e-3 }), lambda: 1e-3, loss: svmLoss, byHand: byHand.svm },
  { name: "W4 MLP 784-512-256-10, batch 128, Adam", sizes: [784, 512, 256, 10], rows: 128, optimizer: adam({ lr: 1e-3 }), lambda: 0, loss: softmaxLoss, byHand: byHand.softmax },
];

/** One training step each time that it is called; returns the loss before it. */
type Step = () => number;

const dtype = "float32";

const prepare = ({ sizes, rows, optimizer, lambda, loss, byHand: lossByHand }: Workload): Record<"compiled" | "by hand" | "interpreted", Step> => {
  const x = normal(key(3), [rows, sizes[0]!], { dtype }).realize();
  const y = tensor(Int32Array.from({ length: rows }, (_, i) => (i * 7) % 10));
  const start = (): Mlp => mlp(key(1), sizes, { dtype, spread: () => 0.01 });
  const plain = (net: Mlp, state: object, batch: { x: Tensor; y: Tensor }) => {
    const { value, grad } = valueAndGrad((m: Mlp) => {
      const data = loss(applyMlp(m, batch.x), batch.y);
      return lambda === 0 ? data : data.add(l2Penalty(m, lambda));
    })(net);
    return { loss: value, ...optimizer.update(net, grad as Mlp, state as never) };
  };
  const ours = (step: typeof plain): Step => {
    let now = { params: start(), state: optimizer.init(start()) as object };
    return () => {
      const { loss: value, ...next } = step(now.params, now.state, { x, y });
      now = next;
      return value.itemSync();
    };
  };
  return { compiled: ours(compile(plain, { donate: [0, 1] }) as typeof plain), "by hand": handWritten(start(), x, y, lambda, lossByHand, sizes), interpreted: ours(plain) };
};

const handWritten = (net: Mlp, x: Tensor, y: Tensor, lambda: number, loss: byHand.Loss, sizes: readonly number[]): Step => {
  const copy = (t: Tensor): Float32Array => Float32Array.from(t.dataSync());
  const layers = net.map(({ w, b }, l) => ({ w: copy(w), b: copy(b), inputs: sizes[l]!, outputs: sizes[l + 1]! }));
  const zeros = () => layers.map((layer) => ({ ...layer, w: new Float32Array(layer.w.length), b: new Float32Array(layer.b.length) }));
  const [gradients, m, v] = [zeros(), zeros(), zeros()];
  const [data, labels] = [copy(x), Int32Array.from(y.dataSync())];
  let t = 0;
  return () => {
    t++;
    const penalty = lambda === 0 ? 0 : layers.reduce((sum, { w }) => sum + 0.5 * lambda * w.reduce((s, weight) => s + weight * weight, 0), 0);
    const value = penalty + byHand.backpropagate(layers, data, labels, loss, gradients);
    layers.forEach((layer, l) => {
      for (const name of ["w", "b"] as const) {
        if (lambda === 0) byHand.adam(layer[name], gradients[l]![name], m[l]![name], v[l]![name], 1e-3, t);
        else byHand.descend(layer[name], gradients[l]![name], 1e-3, name === "w" ? lambda : 0);
      }
    });
    return value;
  };
};

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1]!;

console.log(`${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}; ms a step: median, smallest, largest`);
for (const workload of workloads) {
  const steps = Object.entries(prepare(workload));
  const losses = steps.map(([, step]) => Array.from({ length: 5 }, () => step()));
  const apart = Math.max(...losses.flatMap((list) => list.map((value, i) => Math.abs(value - losses[0]![i]!))));
  console.log(`${workload.name}${apart < 1e-3 ? "" : `: THE LOSSES DIFFER by ${apart}, the row does not count`}`);
  const times = steps.map((): number[] => []);
  for (let round = 0; round < 40; round++) {
    steps.forEach(([name, step], i) => {
      // The interpreter is a hundred times slower: a few rounds tell as much.
      if (name === "interpreted" && round % 20 > 0) return;
      const began = performance.now();
      step();
      times[i]!.push(performance.now() - began);
    });
  }
  steps.forEach(([name], i) => {
    const sorted = times[i]!.sort((a, b) => a - b);
    console.log(`  ${name.padEnd(12)} ${[median(sorted), sorted[0]!, sorted.at(-1)!].map((ms) => ms.toFixed(2).padStart(9)).join(" ")}`);
  });
}
