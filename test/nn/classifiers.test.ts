/** The cases of classifiers.json that layers, the two losses, the penalty and plain descent can be run on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, grads, logSigmoid, softmax, softmaxCrossEntropy, sigmoid, relu, tensor, valueAndGrad, type Tensor } from "../../src/api/index.ts";
import { applyLinear, l2Penalty, softmaxLoss, svmLoss } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { load, near } from "./cases.ts";

const cases = load("classifiers");

/** Cases that need losses or training which this version does not have, and published numbers without their data. */
const notHere = ["guide-svm-train", "step-size", "search-strategies"];

test("every kind of case is run here or named as not run", () => {
  const kinds = new Set(cases.all.filter(({ id }) => !notHere.includes(id)).map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), [
    "batch_mean", "binary_hinge", "binary_neuron", "binary_svm_cost", "chance", "dscores_from_probs", "identity", "l2",
    "landscape", "linear_batch", "linear_full", "linear_scores", "scores", "weight_decay",
  ]);
  for (const id of notHere) cases.of(id);
});

for (const c of cases.kind("scores")) {
  test(`scores: ${c.id}`, () => {
    const tol = cases.tolerance(c);
    const scores = tensor([c["scores"]]);
    const svm = valueAndGrad((s: Tensor) => svmLoss(s, [c["label"]], { delta: c["delta"] }))(scores);
    near(svm.value, c["svm"].loss, tol, "svm loss");
    near(svm.grad, [c["svm"].dscores], tol, "svm dscores");
    const soft = valueAndGrad((s: Tensor) => softmaxLoss(s, [c["label"]]))(scores);
    near(soft.value, c["softmax"].loss, tol, "softmax loss");
    near(soft.grad, [c["softmax"].dscores], tol, "softmax dscores");
    near(softmax(scores), [c["softmax"].probs], tol, "probs");
  });
}

for (const c of cases.kind("batch_mean")) {
  test(`the mean over a batch: ${c.id}`, () => {
    near(svmLoss(tensor(c["scores"]), c["labels"]), c["svm_mean"], cases.tolerance(c), "svm");
    near(softmaxLoss(tensor(c["scores"]), c["labels"]), c["softmax_mean"], cases.tolerance(c), "softmax");
  });
}

for (const c of cases.kind("linear_scores")) {
  test(`linear scores: ${c.id}`, () => {
    const scores = tensor(c["W"]).matmul(tensor(c["x"]));
    near(c["b"] === null ? scores : scores.add(tensor(c["b"])), c["scores"], cases.tolerance(c), "scores");
  });
}

test("bias trick: scores and gradients are those of weights and biases apart", () => {
  const { W, x, b } = cases.of("fig-svm-vs-softmax-full");
  const [w, bias, input] = [tensor(W), tensor(b), tensor(x)];
  const apart = grads((w: Tensor, b: Tensor) => softmaxLoss(w.matmul(input).add(b).reshape([1, 3]), [2]))(w, bias);
  const joined = concat([w, bias.reshape([3, 1])], { axis: 1 });
  const together = grads((wb: Tensor) => softmaxLoss(wb.matmul(concat([input, tensor([1])])).reshape([1, 3]), [2]))(joined);
  near(concat([apart[0], apart[1].reshape([3, 1])], { axis: 1 }), together[0], { rtol: 1e-12, atol: 1e-14 }, "gradients");
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
    near(l2Penalty(tensor(c[`w${i}`]), 2), c[`l2_${i}`], cases.tolerance(c), "sum of squares");
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
    const f = (w: Tensor, b: Tensor, x: Tensor): Tensor => logSigmoid(score(w, b, x).mul(c["y"] === 1 ? 1 : -1)).neg();
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
    const { value, grad } = valueAndGrad((s: Tensor) => relu(s.mul(-c["y"]).add(1)))(score);
    near(value, c["loss"], cases.tolerance(c), "loss");
    near(grad, c["dscore"], cases.tolerance(c), "dscore");
  });
}

test("two-class-equals-logistic", () => {
  const c = cases.of("two-class-equals-logistic");
  near(softmaxLoss(tensor([[c["z"], 0]]), [0]), c["value"], cases.tolerance(c), "softmax");
  near(logSigmoid(c["z"] as number).neg(), c["logistic"], cases.tolerance(c), "logistic");
});

test("guide-svm-cost: a sum over three points, the bias not regularised", () => {
  const c = cases.of("guide-svm-cost");
  const tol = cases.tolerance(c);
  const x = concat([tensor(c["X"]), tensor([[1], [1], [1]])], { axis: 1 });
  const costs = (w: Tensor): Tensor => relu(x.matmul(w).mul(tensor(c["y"])).neg().add(1));
  const reg = (w: Tensor): Tensor => l2Penalty(w.slice([[0, 2]]), 2 * c["alpha"]);
  const w = tensor(c["w"]);
  near(x.matmul(w), c["scores"], tol, "scores");
  near(costs(w), c["costs"], tol, "costs");
  near(reg(w), c["reg"], tol, "reg");
  const { value, grad } = valueAndGrad((w: Tensor) => costs(w).sum().add(reg(w)))(w);
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
  const step = valueAndGrad((model: { w: Tensor; b: Tensor }) => l2Penalty(model, c["lambda"]));
  let model = { w: tensor(c["w0"]), b: tensor([5]) };
  for (let k = 1; k <= 100; k++) {
    model = sgd({ lr: c["lr"] }).update(model, step(model).grad, {}).params;
    const after = c["w_after"][String(k)];
    if (after) near(model.w, after, cases.tolerance(c), `w after ${k} steps`);
  }
  assert.deepEqual(model.b.toArraySync(), [5]);
});

for (const c of cases.kind("linear_batch")) {
  test(`a batch through a linear classifier: ${c.id}`, () => {
    const tol = cases.tolerance(c);
    // The file's two conventions are lambda/2 and lambda times the sum of squares.
    const lambda = c["regularisation"].startsWith("0.5") ? c["lambda"] : 2 * c["lambda"];
    const model = { w: tensor(c["W"]), b: tensor(c["b"]) };
    const x = tensor(c["X"]);
    for (const [name, loss] of [["svm", svmLoss], ["softmax", softmaxLoss]] as const) {
      near(applyLinear(model, x), c[name].scores, tol, "scores");
      near(loss(applyLinear(model, x), c["y"]), c[name].data_loss, tol, `${name} data loss`);
      near(l2Penalty(model, lambda), c[name].reg_loss, tol, `${name} penalty`);
      const f = (m: typeof model, x: Tensor): Tensor => loss(applyLinear(m, x), c["y"]).add(l2Penalty(m, lambda));
      near(f(model, x), c[name].loss, tol, `${name} loss`);
      const [d, dX] = grads(f)(model, x);
      near(d.w, c[name].dW, tol, `${name} dW`);
      near(d.b, c[name].db, tol, `${name} db`);
      near(dX, c[name].dX, tol, `${name} dX`);
    }
  });
}
