/** Convolution, embedding and attention as layers: shapes, starting weights, counts, gradients, errors. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, Diagnostic, grads, key, normal, split, tensor, valueAndGrad, zeros, type Tensor } from "../../src/api/index.ts";
import { checkGradients } from "../../src/check/index.ts";
import {
  applyConv, applyEmbedding, applyLayerNorm, applyLinear, applyMultiHeadAttention, batchNorm, causalMask, conv, embedding, he, layerNorm,
  linear, loadModel, maxNorm, multiHeadAttention, runningStatistics, saveModel, softmaxLoss, summary, weightsOf, xavier,
} from "../../src/nn/index.ts";
import { momentum } from "../../src/optim/index.ts";
import { near } from "./cases.ts";

const exact = { rtol: 1e-12, atol: 1e-12 };

const deviation = (x: Tensor): number => Math.sqrt(x.variance().itemSync());

const fails = (f: () => unknown, code: string, ...words: string[]): void => {
  assert.throws(f, (error) => error instanceof Diagnostic && error.code === code && words.every((word) => error.message.includes(word)), code);
};

test("starting weights of a convolution: a unit sees in * height * width numbers, and out * height * width units see it", () => {
  // 48,000 draws: the deviation of the deviation is 0.3%.
  for (const [spread, expected] of [[he, Math.sqrt(2 / (40 * 15))], [xavier, Math.sqrt(2 / (120 * 15))]] as const) {
    const found = deviation(conv(key(7), 40, 80, [3, 5], { spread }).w);
    assert.ok(Math.abs(found / expected - 1) < 0.015, `${found} for ${expected}`);
  }
  const layer = conv(key(1), 2, 3, 3);
  assert.deepEqual(layer.w.toArraySync(), conv(key(1), 2, 3, 3).w.toArraySync());
  assert.notDeepEqual(layer.w.toArraySync(), conv(key(2), 2, 3, 3).w.toArraySync());
  assert.deepEqual(layer.b.toArraySync(), [0, 0, 0]);
  assert.equal(conv(key(1), 2, 3, 3, { dtype: "float32" }).w.dtype, "float32");
  for (const size of [0, 1.5, -1]) fails(() => conv(key(1), 2, 3, size), "bad-window", String(size));
});

test("a convolution layer is conv2d with a bias for each channel, and its gradients are the measured ones", () => {
  const layer = { ...conv(key(1), 2, 3, 2), b: tensor([1, 2, 3]) };
  const x = normal(key(2), [2, 2, 4, 3]).realize();
  const options = { stride: [2, 1], padding: 1 };
  near(applyConv(layer, x, options).sub(x.conv2d(layer.w, options)).mean({ axes: [0, 2, 3] }), [1, 2, 3], exact, "bias");
  const check = checkGradients((l: typeof layer, x: Tensor) => applyConv(l, x, options).sin().sum(), [layer, x], { samples: 12 });
  assert.equal(check.verdict, "good", check.text);
});

const cnn = (k: Tensor) => {
  const [a, b, c] = split(k, 3) as [Tensor, Tensor, Tensor];
  return { first: conv(a, 1, 4, 3), norm: batchNorm(4), second: conv(b, 4, 2, 3), head: linear(c, 2 * 2 * 2, 3) };
};

const scores = (net: ReturnType<typeof cnn>, x: Tensor): Tensor => {
  const hidden = applyConv(net.first, x, { padding: 1 }).relu().maxPool2d(2);
  const deep = applyConv(net.second, hidden, { padding: 1 }).relu().maxPool2d(2);
  return applyLinear(net.head, deep.reshape([x.shape[0], -1]));
};

test("summary: shapes and counts of every kind of layer; statistics count for nothing", () => {
  const net = {
    cnn: cnn(key(0)),
    running: runningStatistics(4),
    words: embedding(key(1), 10, 6),
    attention: multiHeadAttention(key(2), 6, 2),
    norm: layerNorm(6, { dtype: "float32" }),
    mask: causalMask(2),
  };
  const { rows, text } = summary(net);
  const count = (prefix: string): number => rows.filter(({ path }) => path.startsWith(prefix)).reduce((sum, row) => sum + row.parameters, 0);
  assert.equal(count("cnn.first"), 4 * 9 + 4);
  assert.equal(count("cnn.norm"), 8);
  assert.equal(count("cnn.second"), 2 * 4 * 9 + 2);
  assert.equal(count("cnn.head"), 8 * 3 + 3);
  assert.equal(count("running"), 0);
  assert.equal(count("words"), 60);
  assert.equal(count("attention"), 4 * (36 + 6));
  assert.equal(count("norm"), 12);
  assert.equal(count("mask"), 0);
  assert.match(text, /^cnn\.first\.w +\[4, 1, 3, 3\] +36$/m);
  assert.match(text, /^attention\.query\.w +\[6, 6\] +36$/m);
  assert.equal(weightsOf(net).length, 3 + 1 + 4, "biases, scales, shifts and statistics are left out");
  const back = loadModel(saveModel(net), net);
  assert.equal(back.attention.heads, 2);
  assert.deepEqual(back.cnn.first.w.toArraySync(), net.cnn.first.w.toArraySync());
});

test("a small convolutional net learns, outside and inside compile alike", () => {
  const x = normal(key(3), [6, 1, 8, 8]).realize();
  const labels = [0, 1, 2, 0, 1, 2];
  const optimizer = momentum({ lr: 0.1, mu: 0.9 });
  const step = (net: ReturnType<typeof cnn>, state: ReturnType<typeof optimizer.init<ReturnType<typeof cnn>>>) => {
    const { value, grad } = valueAndGrad((n: typeof net) => softmaxLoss(scores(n, x), labels))(net);
    return { value, ...optimizer.update(net, grad as typeof net, state) };
  };
  const start = cnn(key(4));
  const once = step(start, optimizer.init(start));
  const compiled = compile(step)(start, optimizer.init(start));
  near(compiled.params.first.w, once.params.first.w.toArraySync() as never, exact, "compiled");
  let { params, state, value } = once;
  const before = value.itemSync();
  for (let i = 0; i < 25; i++) ({ params, state, value } = step(params, state));
  assert.ok(value.itemSync() < before / 4, `${before} to ${value.itemSync()}`);
});

test("max-norm: the neuron of a convolution is a kernel", () => {
  const layer = { w: tensor([[[[3, 4]]], [[[0.3, 0.4]]]]), b: tensor([9, 9]) };
  assert.deepEqual(maxNorm(layer, 2.5).w.toArraySync(), [[[[1.5, 2]]], [[[0.3, 0.4]]]]);
});

test("embedding: rows by number, their gradients add up, other numbers are refused", () => {
  const layer = embedding(key(1), 5, 3);
  assert.deepEqual(applyEmbedding(layer, [[4, 0]]).toArraySync(), [[(layer.w.toArraySync() as number[][])[4], (layer.w.toArraySync() as number[][])[0]]]);
  const [d] = grads((l: typeof layer) => applyEmbedding(l, tensor(Int32Array.of(2, 2, 0))).sum())(layer);
  assert.deepEqual(d.w.toArraySync(), [[1, 1, 1], [0, 0, 0], [2, 2, 2], [0, 0, 0], [0, 0, 0]]);
  const found = deviation(embedding(key(2), 200, 200).w);
  assert.ok(Math.abs(found - 1) < 0.015, `${found}`);
  fails(() => applyEmbedding(layer, [0, 5]), "index-out-of-range", "id 1 is 5", "[5, 3]", "0 to 4");
  fails(() => applyEmbedding(layer, [-1]), "index-out-of-range", "-1");
  fails(() => applyEmbedding(layer, [0.5]), "index-type");
  const traced = compile((ids: Tensor) => applyEmbedding(layer, ids));
  assert.deepEqual(traced(tensor(Int32Array.of(9))).toArraySync(), [[0, 0, 0]]);
});

const block = (k: Tensor, size: number, heads: number) => {
  const [a, b, c] = split(k, 3) as [Tensor, Tensor, Tensor];
  return { norm1: layerNorm(size), attention: multiHeadAttention(a, size, heads), norm2: layerNorm(size), up: linear(b, size, 8), down: linear(c, 8, size) };
};

const applyBlock = (m: ReturnType<typeof block>, x: Tensor, mask?: Tensor): Tensor => {
  const mixed = x.add(applyMultiHeadAttention(m.attention, applyLayerNorm(m.norm1, x), mask));
  return mixed.add(applyLinear(m.down, applyLinear(m.up, applyLayerNorm(m.norm2, mixed)).geluTanh()));
};

test("a transformer block: all gradients are the measured ones, and later places do not reach earlier ones", () => {
  const m = block(key(3), 4, 2);
  const x = normal(key(4), [2, 3, 4]).realize();
  const check = checkGradients((m: ReturnType<typeof block>, x: Tensor) => applyBlock(m, x, causalMask(3)).sin().sum(), [m, x], { samples: 8 });
  // Softmax does not see a bias of all keys: its gradient is 0, and what is measured is rounding.
  assert.ok(["good", "ok"].includes(check.verdict), check.text);
  assert.ok(check.entries.every(({ name, verdict }) => verdict === "good" || name.startsWith("m.attention.key.b")), check.text);
  const gates = check.witnesses.find(({ name }) => name === "gate by gate")!;
  assert.ok(gates.agrees && gates.compared > 50, "an infinity that a mask is made of is no overflow");
  const y = applyBlock(m, x, causalMask(3)).slice([null, [0, 2]]);
  const changed = x.add(tensor([[0], [0], [1]]));
  near(applyBlock(m, changed, causalMask(3)).slice([null, [0, 2]]), y.toArraySync() as never, exact, "earlier places");
  assert.notDeepEqual(applyBlock(m, changed).slice([null, [0, 2]]).toArraySync(), applyBlock(m, x).slice([null, [0, 2]]).toArraySync());
});

test("heads work on their own parts; a mask for each example; one place sequence without a batch", () => {
  const layer = multiHeadAttention(key(5), 4, 2);
  const x = normal(key(6), [2, 3, 4]).realize();
  // By hand: each head is attention over half of the numbers.
  const [q, k, v] = (["query", "key", "value"] as const).map((name) => applyLinear(layer[name], x)) as [Tensor, Tensor, Tensor];
  const half = (t: Tensor, h: number): Tensor => t.slice([null, null, [2 * h, 2 * h + 2]]);
  const heads = [0, 1].map((h) => half(q, h).attention(half(k, h), half(v, h)).matmul(layer.out.w.slice([[2 * h, 2 * h + 2]])));
  near(applyMultiHeadAttention(layer, x), heads[0]!.add(heads[1]!).add(layer.out.b).toArraySync() as never, exact, "by hand");
  near(applyMultiHeadAttention(layer, x.slice([1])), applyMultiHeadAttention(layer, x).slice([1]).toArraySync() as never, exact, "one example");
  const masks = tensor([[[1, 1, 1], [1, 1, 1], [1, 1, 1]], [[1, 0, 0], [1, 1, 0], [1, 1, 1]]]).gt(0);
  const masked = applyMultiHeadAttention(layer, x, masks);
  near(masked.slice([0]), applyMultiHeadAttention(layer, x).slice([0]).toArraySync() as never, exact, "open");
  near(masked.slice([1]), applyMultiHeadAttention(layer, x, causalMask(3)).slice([1]).toArraySync() as never, exact, "causal");
  assert.ok(Math.abs(deviation(multiHeadAttention(key(1), 200, 4).query.w) / Math.sqrt(2 / 400) - 1) < 0.02, "Xavier");
  fails(() => multiHeadAttention(key(0), 6, 4), "bad-heads", "4 heads for 6");
  fails(() => multiHeadAttention(key(0), 6, 0), "bad-heads");
  fails(() => applyMultiHeadAttention(layer, zeros([3, 5])), "heads-do-not-fit", "[3, 5]", "4 numbers");
  fails(() => applyMultiHeadAttention(layer, x, causalMask(2)), "attention-shapes", "[2, 2]");
});
