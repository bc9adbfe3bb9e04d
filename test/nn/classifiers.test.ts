/** The cases of classifiers.json: losses, penalties, the bias trick, single neurons and plain descent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { grads, relu, sigmoid, softmax, softmaxCrossEntropy, tensor, valueAndGrad, type Tensor } from "../../src/api/index.ts";
import {
  applyLinear, hingeLoss, joinBias, logisticLoss, oneVsAllLoss, penalty, softmaxLoss, squaredSvmLoss, structuredSvmLoss,
  svmLoss, withOnes, type Labels,
} from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { load, near } from "./cases.ts";

const cases = load("classifiers");

/** A training run, and published numbers without their data. */
const notHere = ["guide-svm-train", "step-size", "search-strategies"];

test("every kind of case is run here or named as not run", () => {
  const kinds = new Set(cases.all.filter(({ id }) => !notHere.includes(id)).map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), [
    "batch_mean", "binary_hinge", "binary_neuron", "binary_svm_cost", "chance", "dscores_from_probs", "identity", "l2",
    "landscape", "linear_batch", "linear_full", "linear_scores", "scores", "weight_decay",
  ]);
  for (const id of notHere) cases.of(id);
});

type Loss = (scores: Tensor, labels: Labels) => Tensor;

/** The losses by their fields in the file; only the first two have a margin that can be chosen. */
const lossesFor = (delta: number): readonly (readonly [string, Loss])[] => [
  ["svm", (s, y) => svmLoss(s, y, { delta })],
  ["squared_hinge", (s, y) => squaredSvmLoss(s, y, { delta })],
  ["one_vs_all_hinge", oneVsAllLoss],
  ["structured_svm", structuredSvmLoss],
  ["softmax", softmaxLoss],
];

for (const c of cases.kind("scores")) {
  test(`scores: ${c.id}`, () => {
    const tol = cases.tolerance(c);
    const scores = tensor([c["scores"]]);
    for (const [name, loss] of lossesFor(c["delta"])) {
      const { value, grad } = valueAndGrad((s: Tensor) => loss(s, [c["label"]]))(scores);
      near(value, c[name].loss, tol, `${name} loss`);
      near(grad, [c[name].dscores], tol, `${name} dscores`);
    }
    near(softmax(scores), [c["softmax"].probs], tol, "probs");
  });
}

for (const c of cases.kind("scores").filter((each) => "printed_in_source" in each)) {
  test(`as printed, to two decimals: ${c.id}`, () => {
    const scores = tensor([c["scores"]]);
    const ours: Record<string, Tensor> = {
      "svm loss": svmLoss(scores, [c["label"]], { delta: c["delta"] }),
      svm: svmLoss(scores, [c["label"]], { delta: c["delta"] }),
      "softmax loss": softmaxLoss(scores, [c["label"]]),
      probs: softmax(scores).reshape([3]),
    };
    const printed = Object.entries(c["printed_in_source"]).filter(([name]) => name in ours);
    assert.ok(printed.length > 0);
    for (const [name, numbers] of printed) near(ours[name]!, numbers as number, { rtol: 0, atol: 0.006 }, name);
  });
}

for (const c of cases.kind("batch_mean")) {
  test(`the mean over a batch: ${c.id}`, () => {
    const tol = cases.tolerance(c);
    near(svmLoss(tensor(c["scores"]), c["labels"]), c["svm_mean"], tol, "svm");
    near(softmaxLoss(tensor(c["scores"]), c["labels"]), c["softmax_mean"], tol, "softmax");
    for (const [name, loss] of lossesFor(1)) {
      const alone = c["scores"].map((row: number[], i: number) => loss(tensor([row]), [c["labels"][i]]).itemSync());
      near(loss(tensor(c["scores"]), c["labels"]), (alone[0] + alone[1] + alone[2]) / 3, tol, name);
    }
  });
}

for (const c of cases.kind("linear_scores")) {
  test(`linear scores: ${c.id}`, () => {
    const scores = tensor(c["W"]).matmul(tensor(c["x"]));
    near(c["b"] === null ? scores : scores.add(tensor(c["b"])), c["scores"], cases.tolerance(c), "scores");
  });
}

test("bias-trick: weights and biases joined are the file's one matrix, and give its scores", () => {
  const c = cases.of("bias-trick");
  const apart = cases.of("imagemap");
  const joined = joinBias({ w: tensor(apart["W"]).transpose(), b: tensor(apart["b"]) });
  near(joined.transpose(), c["W"], { rtol: 0, atol: 0 }, "W");
  near(withOnes(tensor(apart["x"])), c["x"], { rtol: 0, atol: 0 }, "x");
  near(withOnes(tensor([apart["x"]])).matmul(joined), [c["scores"]], cases.tolerance(c), "scores");
});

test("bias trick: gradients are those of weights and biases apart", () => {
  const { W, x, b } = cases.of("fig-svm-vs-softmax-full");
  const [layer, input] = [{ w: tensor(W).transpose(), b: tensor(b) }, tensor([x])];
  const [apart] = grads((model: typeof layer) => softmaxLoss(applyLinear(model, input), [2]))(layer);
  const [together] = grads((wb: Tensor) => softmaxLoss(withOnes(input).matmul(wb), [2]))(joinBias(layer));
  near(joinBias(apart), together, { rtol: 1e-12, atol: 1e-14 }, "gradients");
});

for (const c of cases.kind("linear_full")) {
  test(`a linear classifier and all its gradients: ${c.id}`, () => {
    const tol = cases.tolerance(c);
    const scores = (w: Tensor, b: Tensor, x: Tensor): Tensor => w.matmul(x).add(b).reshape([1, 3]);
    near(scores(tensor(c["W"]), tensor(c["b"]), tensor(c["x"])), [c["scores"]], tol, "scores");
    for (const [name, loss] of [["svm", svmLoss], ["softmax", softmaxLoss]] as const) {
      const f = (w: Tensor, b: Tensor, x: Tensor): Tensor => loss(scores(w, b, x), [c["label"]]);
      const [dW, db, dx] = grads(f)(tensor(c["W"]), tensor(c["b"]), tensor(c["x"]));
      near(f(tensor(c["W"]), tensor(c["b"]), tensor(c["x"])), c[name].loss, tol, `${name} loss`);
      near(dW, c[name].dW, tol, `${name} dW`);
      near(db, c[name].db, tol, `${name} db`);
      near(dx, c[name].dx, tol, `${name} dx`);
    }
  });
}

test("l2-diffuse: the penalty prefers diffuse weights", () => {
  const c = cases.of("l2-diffuse");
  for (const i of [1, 2]) {
    near(tensor(c[`w${i}`]).matmul(tensor(c["x"])), c[`dot${i}`], cases.tolerance(c), "score");
    near(penalty(tensor(c[`w${i}`]), { l2: 1 }), c[`l2_${i}`], cases.tolerance(c), "sum of squares");
  }
});

test("probs-grad: p - 1 at the label", () => {
  const c = cases.of("probs-grad");
  const [dscores] = grads((s: Tensor) => softmaxCrossEntropy(s, c["label"]))(tensor(c["probs"]).log());
  near(dscores, c["dscores"], cases.tolerance(c), "dscores");
});

for (const c of cases.kind("chance")) {
  test(`the loss at chance: ${c.id}`, () => {
    const scores = tensor([new Array<number>(c["classes"]).fill(c["scores_all_equal"])]);
    near(softmaxLoss(scores, [0]), c["softmax_loss"], cases.tolerance(c), "softmax");
    near(svmLoss(scores, [0]), c["svm_loss_delta1"], cases.tolerance(c), "svm");
  });
}

for (const c of cases.kind("binary_neuron")) {
  test(`one neuron as a binary classifier: ${c.id}`, () => {
    const tol = cases.tolerance(c);
    const score = (w: Tensor, b: Tensor, x: Tensor): Tensor => w.mul(x).sum().add(b);
    const f = (w: Tensor, b: Tensor, x: Tensor): Tensor => logisticLoss(score(w, b, x).reshape([1]), [c["y"]]);
    const at = [tensor(c["w"]), tensor(c["b"]), tensor(c["x"])] as const;
    near(score(...at), c["z"], tol, "z");
    near(sigmoid(score(...at)), c["p"], tol, "p");
    near(f(...at), c["loss"], tol, "loss");
    const [dw, db, dx] = grads(f)(...at);
    near([dw, db, dx].map((g) => Array.from(g.dataSync())), [c["dw"], [c["db"]], c["dx"]], tol, "gradients");
    near(db, c["dz"], tol, "dz");
  });
}

for (const c of cases.kind("binary_hinge")) {
  test(`one neuron as a binary support vector machine: ${c.id}`, () => {
    const score = tensor(c["w"]).mul(tensor(c["x"])).sum().add(c["b"]);
    near(score, c["score"], cases.tolerance(c), "score");
    const { value, grad } = valueAndGrad((s: Tensor) => hingeLoss(s.reshape([1]), [c["y"]]))(score);
    near(value, c["loss"], cases.tolerance(c), "loss");
    near(grad, c["dscore"], cases.tolerance(c), "dscore");
  });
}

test("two-class-equals-logistic", () => {
  const c = cases.of("two-class-equals-logistic");
  near(softmaxLoss(tensor([[c["z"], 0]]), [0]), c["value"], cases.tolerance(c), "softmax");
  near(logisticLoss(tensor([c["z"]]), [1]), c["logistic"], cases.tolerance(c), "logistic");
});

test("guide-svm-cost: a sum over three points, the bias not regularised", () => {
  const c = cases.of("guide-svm-cost");
  const tol = cases.tolerance(c);
  const x = withOnes(tensor(c["X"]));
  const costs = (w: Tensor): Tensor => relu(x.matmul(w).mul(tensor(c["y"])).neg().add(1));
  const reg = (w: Tensor): Tensor => penalty(w.slice([[0, 2]]), { l2: c["alpha"] });
  const w = tensor(c["w"]);
  near(x.matmul(w), c["scores"], tol, "scores");
  near(costs(w), c["costs"], tol, "costs");
  near(reg(w), c["reg"], tol, "reg");
  const { value, grad } = valueAndGrad((w: Tensor) => hingeLoss(x.matmul(w), c["y"]).mul(3).add(reg(w)))(w);
  near(value, c["total"], tol, "total");
  near(grad, c["grad_of_total"], tol, "gradient");
});

test("svm-3-points-1d: the loss along one weight", () => {
  const c = cases.of("svm-3-points-1d");
  const loss = (w: readonly number[]): Tensor => svmLoss(tensor(c["x"]).reshape([3, 1]).mul(tensor(w)), [0, 1, 2]);
  near(loss(c["w"]), c["loss_at_w"], cases.tolerance(c), "loss");
  c["grid"].forEach((w0: number, i: number) => near(loss([w0, ...c["w"].slice(1)]), c["losses_on_grid"][i], cases.tolerance(c), `loss at ${w0}`));
});

test("gradual-forgetting: without a data gradient weights fade and biases stay", () => {
  const c = cases.of("gradual-forgetting");
  const step = valueAndGrad((model: { w: Tensor; b: Tensor }) => penalty(model, { halfL2: c["lambda"] }));
  let model = { w: tensor(c["w0"]), b: tensor([5]) };
  for (let k = 1; k <= 100; k++) {
    model = sgd({ lr: c["lr"] }).update(model, step(model).grad, {}).params;
    const after = c["w_after"][String(k)];
    if (after) near(model.w, after, cases.tolerance(c), `w after ${k} steps`);
  }
  assert.deepEqual(model.b.toArraySync(), [5]);
});

test("gradual-forgetting: an L1 penalty takes the same from every weight, then swings around 0 within one step", () => {
  const c = cases.of("gradual-forgetting");
  const pace = c["lr"] * 0.1;
  const step = valueAndGrad((w: Tensor) => penalty(w, { l1: 0.1 }));
  let w = tensor(c["w0"]);
  for (let k = 1; k <= 60; k++) {
    w = sgd({ lr: c["lr"] }).update(w, step(w).grad, {}).params;
    Array.from(w.dataSync()).forEach((now, i) => {
      const left = Math.abs(c["w0"][i]) - k * pace;
      if (left > pace / 2) near(Math.abs(now), left, { rtol: 0, atol: 1e-12 }, `weight ${i} after ${k} steps`);
      else assert.ok(Math.abs(now) <= pace + 1e-12, `weight ${i} after ${k} steps: ${now}`);
    });
  }
});

for (const c of cases.kind("linear_batch")) {
  test(`a batch through a linear classifier: ${c.id}`, () => {
    const tol = cases.tolerance(c);
    const strength = { [c["regularisation"] === "lambda*sum(W^2)" ? "l2" : "halfL2"]: c["lambda"] };
    const model = { w: tensor(c["W"]), b: tensor(c["b"]) };
    const x = tensor(c["X"]);
    for (const [name, loss] of [["svm", svmLoss], ["softmax", softmaxLoss]] as const) {
      near(applyLinear(model, x), c[name].scores, tol, "scores");
      near(loss(applyLinear(model, x), c["y"]), c[name].data_loss, tol, `${name} data loss`);
      near(penalty(model, strength), c[name].reg_loss, tol, `${name} penalty`);
      const f = (m: typeof model, x: Tensor): Tensor => loss(applyLinear(m, x), c["y"]).add(penalty(m, strength));
      near(f(model, x), c[name].loss, tol, `${name} loss`);
      const [d, dX] = grads(f)(model, x);
      near(d.w, c[name].dW, tol, `${name} dW`);
      near(d.b, c[name].db, tol, `${name} db`);
      near(dX, c[name].dX, tol, `${name} dX`);
    }
  });
}
