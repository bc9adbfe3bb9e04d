/** Whole training steps that are large enough for several threads: what the tests of threads run. */
import { compile, key, maxPool2d, normal, type Tensor, tensor, valueAndGrad } from "../../src/api/index.ts";
import { createHash } from "node:crypto";
import type { Donated } from "../../src/api/engine.ts";
import type { DType } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { applyConv, applyLayerNorm, applyLinear, applyMlp, applyMultiHeadAttention, conv, layerNorm, linear, mlp, multiHeadAttention, softmaxLoss } from "../../src/nn/index.ts";
import { adam, momentum, sgd, type Optimizer } from "../../src/optim/index.ts";
import { input } from "../../src/ops/forms/source.ts";
import { Tensor as Handle } from "../../src/trace/tensor.ts";
import { leavesOf, mapTree } from "../../src/trace/tree.ts";

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

export interface Standing {
  readonly params: unknown;
  readonly state: unknown;
}

type Step = (params: unknown, state: unknown, batch: Batch) => Standing & { readonly loss: Tensor };

export interface Training {
  readonly name: string;
  readonly step: Step;
  readonly start: () => Standing;
  readonly batch: Batch;
}

const classes = (rows: number): Tensor => tensor(Int32Array.from({ length: rows }, (_, i) => (i * 7) % 10));

const training = <M>(name: string, params: M, optimizer: Optimizer, batch: Batch, loss: (params: M, batch: Batch) => Tensor): Training => ({
  name,
  // Copies: a step that is given them may write over them.
  start: () => {
    const own = mapTree(params, (leaf) => tensor(leaf.dataSync().slice(), { shape: leaf.shape })) as M;
    return { params: own, state: optimizer.init(own) };
  },
  batch,
  step: (now, state, given) => {
    const { value, grad } = valueAndGrad((p: M) => loss(p, given))(now as never);
    return { loss: value, ...optimizer.update(now as M, grad as M, state as never) };
  },
});

const dense = (name: string, sizes: readonly number[], rows: number, dtype: DType): Training => {
  const batch = { x: normal(key(5), [rows, sizes[0]!], { dtype }), y: classes(rows) };
  return training(name, mlp(key(1), sizes, { dtype }), adam({ lr: 1e-3 }), batch, (p, { x, y }) => softmaxLoss(applyMlp(p, x), y));
};

const image = (): Training => {
  const options = { dtype: "float32" } as const;
  const params = { first: conv(key(1), 1, 6, 3, options), second: conv(key(2), 6, 9, 3, options), out: linear(key(3), 9 * 7 * 7, 10, options) };
  const batch = { x: normal(key(5), [12, 1, 28, 28], options), y: classes(12) };
  return training("a convolutional net with momentum", params, momentum({ lr: 1e-2 }), batch, ({ first, second, out }, { x, y }) => {
    const once = maxPool2d(applyConv(first, x, { padding: 1 }).relu(), 2);
    const twice = maxPool2d(applyConv(second, once, { padding: 1 }).relu(), 2);
    return softmaxLoss(applyLinear(out, twice.reshape([12, 9 * 7 * 7])), y);
  });
};

const block = (): Training => {
  const options = { dtype: "float32" } as const;
  const size = 48;
  const { heads, ...attention } = multiHeadAttention(key(1), size, 4, options);
  const params = {
    before: layerNorm(size, options), attention,
    between: layerNorm(size, options), wide: linear(key(2), size, 96, options), back: linear(key(3), 96, size, options), out: linear(key(4), size, 10, options),
  };
  const batch = { x: normal(key(5), [3, 31, size], options), y: classes(3) };
  const loss = (p: typeof params, { x, y }: Batch): Tensor => {
    const middle = x.add(applyMultiHeadAttention({ heads, ...p.attention }, applyLayerNorm(p.before, x)));
    const end = middle.add(applyLinear(p.back, applyLinear(p.wide, applyLayerNorm(p.between, middle)).geluTanh()));
    return softmaxLoss(applyLinear(p.out, end.mean({ axes: [1] })), y);
  };
  return training("a transformer block with SGD", params, sgd({ lr: 1e-2 }), batch, loss);
};

export const trainings = (): readonly Training[] => [
  dense("a net with Adam", [784, 128, 64, 10], 64, "float32"),
  dense("a net of odd sizes with Adam, float64", [301, 67, 45, 10], 37, "float64"),
  image(),
  block(),
];

/** A function of the training that runs one step, compiled anew. */
export const compiled = ({ step }: Training, onCompile: () => void = () => {}): Step => compile(step as never, { donate: [0, 1], onCompile }) as never;

/** The graph of each training's step, and which input each result takes the place of. */
export const programs = (): readonly { readonly name: string; readonly roots: readonly Node[]; readonly donated: Donated }[] =>
  trainings().map(({ name, step, start, batch }) => {
    const stand = <T>(tree: T): T => mapTree(tree, (leaf, path) => new Handle(input(leaf.shape, leaf.dtype, path), Infinity)) as T;
    const { params, state } = start();
    const given = { params: stand(params), state: stand(state) };
    const { loss, ...next } = step(given.params, given.state, stand(batch));
    const nodes = (tree: unknown): readonly Node[] => leavesOf(tree).map(({ tensor: { node } }) => node);
    const before = nodes(given);
    return { name, roots: [...nodes(next), loss.node], donated: new Map(before.map((node, i) => [node, i])) };
  });

/** The exact bits of all that a step leaves. */
export const bitsOf = (standing: Standing): string => {
  const hash = createHash("sha256");
  for (const { tensor: x } of leavesOf(standing)) hash.update(new Uint8Array(Float64Array.from(x.dataSync()).buffer));
  return hash.digest("hex").slice(0, 16);
};
