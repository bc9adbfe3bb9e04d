/** The cases of networks.json that need no more than what is here: products, layers, small nets, activations. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as cr from "../../src/api/index.ts";
import { Diagnostic, grads, relu, sigmoid, tensor, valueAndGrad, vjp, type Nested, type Tensor } from "../../src/api/index.ts";
import { applyLinear, applyMaxout, applyMlp, mlp, penalty, softmaxLoss, summary, type Linear, type Mlp } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { linspace, load, near, type Case } from "./cases.ts";

const cases = load("networks");

/** Other optimisers, and what belongs to a training run with monitors. `opt-sgd` and `opt-momentum` are in test/optim. */
const elsewhere = ["opt-sgd", "opt-momentum"];
const notHere = ["opt-rmsprop", "opt-adam", "opt-adagrad", "opt-nesterov", "xor", "overfit-tiny", "dead-relu", "update-ratio"];

test("every case is run here or named as not run", () => {
  const here = [
    "s37-matmul", "ed2017-quadratic", "ed2018-matmul", "ed2018-relu-vector", "count-3-4-2", "count-3-4-4-1",
    "count-3072-100-10", "count-3072-10", "net-3-layer-sigmoid", "a2-affine", "a2-relu", "a2-two-layer",
    "a1-toy-two-layer", "activations", "reg-raises-loss", "data-scale",
  ];
  assert.deepEqual(cases.all.map(({ id }) => id).sort(), [...here, ...elsewhere, ...notHere].sort());
});

test("s37-matmul: dW = dD X^T, dX = W^T dD", () => {
  const c = cases.of("s37-matmul");
  const { value, pullback } = vjp((w: Tensor, x: Tensor) => w.matmul(x))(tensor(c["W"]), tensor(c["X"]));
  near(value, c["D"], cases.tolerance(c), "D");
  const [dW, dX] = pullback(tensor(c["dD"]));
  near(dW, c["dW"], cases.tolerance(c), "dW");
  near(dX, c["dX"], cases.tolerance(c), "dX");
});

test("s37-matmul: wrong shapes are errors that name both", () => {
  const c = cases.of("s37-matmul");
  assert.deepEqual(c["shape_errors_that_must_be_reported"], ["W[5x10].X[9x3]", "backward with dD [3x5]"]);
  const naming = (...shapes: string[]) => (error: unknown): boolean =>
    error instanceof Diagnostic && shapes.every((shape) => error.message.includes(shape));
  const [w, x] = [tensor(c["W"]), tensor(c["X"])];
  assert.throws(() => w.matmul(x.slice([[0, 9]])), naming("[5, 10]", "[9, 3]"));
  const { pullback } = vjp((w: Tensor, x: Tensor) => w.matmul(x))(w, x);
  assert.throws(() => pullback(tensor(c["dD"]).transpose()), naming("[3, 5]", "[5, 3]"));
});

test("ed2017-quadratic: |W x|^2", () => {
  const c = cases.of("ed2017-quadratic");
  const { value: q, pullback } = vjp((w: Tensor, x: Tensor) => w.matmul(x))(tensor(c["W"]), tensor(c["x"]));
  const outer = valueAndGrad((q: Tensor) => q.sq().sum())(q);
  near(q, c["q"], cases.tolerance(c), "q");
  near(outer.value, c["f"], cases.tolerance(c), "f");
  near(outer.grad, c["dq"], cases.tolerance(c), "dq");
  const [dW, dx] = pullback(outer.grad);
  near(dW, c["dW"], cases.tolerance(c), "dW");
  near(dx, c["dx"], cases.tolerance(c), "dx");
});

test("ed2018-matmul: rows are examples", () => {
  const c = cases.of("ed2018-matmul");
  const { value, pullback } = vjp((x: Tensor, w: Tensor) => x.matmul(w))(tensor(c["x"]), tensor(c["w"]));
  near(value, c["y"], cases.tolerance(c), "y");
  const [dx, dw] = pullback(tensor(c["dy"]));
  near(dx, c["dx"], cases.tolerance(c), "dx");
  near(dw, c["dw"], cases.tolerance(c), "dw");
});

test("ed2018-relu-vector", () => {
  const c = cases.of("ed2018-relu-vector");
  const { value, pullback } = vjp((x: Tensor) => relu(x))(tensor(c["x"]));
  near(value, c["y"], cases.tolerance(c), "y");
  near(pullback(tensor(c["dy"]))[0], c["dx"], cases.tolerance(c), "dx");
});

for (const c of cases.kind("count")) {
  test(`numbers of parameters: ${c.id}`, () => {
    const net = mlp(cr.key(0), c["layers"]);
    const count = (field: "w" | "b"): number => net.reduce((sum, layer) => sum + layer[field].size, 0);
    assert.equal(count("w"), c["weights"]);
    assert.equal(count("b"), c["biases"]);
    assert.equal(count("b"), c["neurons"]);
    assert.equal(summary(net).parameters, c["parameters"]);
  });
}

test("net-3-layer-sigmoid: a net in the notes' layout, its hidden values and all gradients", () => {
  const c = cases.of("net-3-layer-sigmoid");
  const tol = cases.tolerance(c);
  const { W1, b1, W2, b2, W3, b3, x } = c["params"];
  // The notes write W x with a row for each output; here x w, so their matrices are turned.
  const layer = (W: Nested, b: Nested): Linear => ({ w: tensor(W).transpose(), b: tensor(b) });
  const net: Mlp = [layer(W1, b1), layer(W2, b2), layer(W3, b3)];
  const input = tensor([x]);
  const h1 = sigmoid(applyLinear(net[0]!, input));
  near(h1, [c["h1"]], tol, "h1");
  near(sigmoid(applyLinear(net[1]!, h1)), [c["h2"]], tol, "h2");
  near(applyMlp(net, input, sigmoid), [[c["out"]]], tol, "out");
  const [d, dx] = grads((net: Mlp, x: Tensor) => applyMlp(net, x, sigmoid).sum())(net, input);
  [1, 2, 3].forEach((n, i) => {
    near(d[i]!.w.transpose(), c["grads_of_out"][`W${n}`], tol, `W${n}`);
    near(d[i]!.b, c["grads_of_out"][`b${n}`], tol, `b${n}`);
  });
  near(dx, [c["grads_of_out"].x], tol, "x");
});

test("a2-affine", () => {
  const c = cases.of("a2-affine");
  const x = tensor(linspace(-0.1, 0.5, 240)).reshape([2, 120]);
  const w = tensor(linspace(-0.2, 0.3, 360), { shape: [120, 3] });
  near(applyLinear({ w, b: tensor(linspace(-0.3, 0.1, 3)) }, x), c["out"], cases.tolerance(c), "out");
});

test("a2-relu", () => {
  const c = cases.of("a2-relu");
  near(relu(tensor(linspace(-0.5, 0.5, 12), { shape: [3, 4] })), c["out"], cases.tolerance(c), "out");
});

const twoLayers = (c: Case): Mlp => {
  const { W1, b1, W2, b2 } = c["params"];
  return [{ w: tensor(W1), b: tensor(b1) }, { w: tensor(W2), b: tensor(b2) }];
};

const lossOf = (c: Case, lambda: number) => (net: Mlp): Tensor =>
  softmaxLoss(applyMlp(net, tensor(c["X"])), c["y"]).add(penalty(net, { halfL2: lambda }));

test("a2-two-layer: scores, losses and gradients, with and without the penalty", () => {
  const c = cases.of("a2-two-layer");
  const tol = cases.tolerance(c);
  const net: Mlp = [
    { w: tensor(linspace(-0.7, 0.3, 250), { shape: [5, 50] }), b: tensor(linspace(-0.1, 0.9, 50)) },
    { w: tensor(linspace(-0.3, 0.4, 350), { shape: [50, 7] }), b: tensor(linspace(-0.9, 0.1, 7)) },
  ];
  near(applyMlp(net, tensor(c["X"])), c["scores"], tol, "scores");
  const [plain, penalised] = [0, 1].map((lambda) => valueAndGrad(lossOf(c, lambda))(net));
  near(plain!.value, c["loss_reg0"], tol, "loss");
  near(penalised!.value, c["loss_reg1"], tol, "loss with the penalty");
  [1, 2].forEach((n, i) => {
    near(plain!.grad[i]!.w, c["grads_reg0"][`W${n}`], tol, `W${n}`);
    near(plain!.grad[i]!.b, c["grads_reg0"][`b${n}`], tol, `b${n}`);
    near(penalised!.grad[i]!.b, c["grads_reg1"][`b${n}`], tol, `b${n} with the penalty`);
  });
});

test("a1-toy-two-layer: scores, loss and gradients; then a hundred steps", () => {
  const c = cases.of("a1-toy-two-layer");
  const tol = cases.tolerance(c);
  const net = twoLayers(c);
  near(applyMlp(net, tensor(c["X"])), c["scores"], tol, "scores");
  // This assignment's penalty is reg times the sum of squares.
  const { value, grad } = valueAndGrad(lossOf(c, 2 * c["reg"]))(net);
  near(value, c["loss"], tol, "loss");
  [1, 2].forEach((n, i) => {
    near(grad[i]!.w, c["grads"][`W${n}`], tol, `W${n}`);
    near(grad[i]!.b, c["grads"][`b${n}`], tol, `b${n}`);
  });
  const { lr, reg, steps } = c["training"];
  const step = valueAndGrad(lossOf(c, 2 * reg));
  let trained = net;
  for (let i = 0; i < steps; i++) trained = sgd({ lr }).update(trained, step(trained).grad, {}).params;
  assert.ok(step(trained).value.itemSync() < 0.2);
});

const activations: Record<string, (x: Tensor) => Tensor> = {
  sigmoid: cr.sigmoid,
  tanh: cr.tanh,
  relu: cr.relu,
  "leaky_relu_0.01": (x) => x.leakyRelu(0.01),
  elu_1: (x) => x.elu(1),
  softplus: cr.softplus,
  silu: cr.silu,
  gelu_exact: cr.gelu,
  gelu_tanh: cr.geluTanh,
  selu: cr.selu,
};

for (const [name, row] of Object.entries<{ y: number[]; dy: number[] }>(cases.of("activations")["rows"])) {
  test(`activations: ${name}`, () => {
    const c = cases.of("activations");
    const f = activations[name] ?? assert.fail(`no activation ${name}`);
    const { value, pullback } = vjp((x: Tensor) => f(x))(tensor(c["x"]));
    near(value, row.y, cases.tolerance(c), "y");
    near(pullback(tensor(new Array<number>(c["x"].length).fill(1)))[0], row.dy, cases.tolerance(c), "dy");
  });
}

test("activations: tanh(x) = 2 sigmoid(2x) - 1; relu is a maxout with one zero", () => {
  const x = tensor(cases.of("activations")["x"]);
  near(cr.tanh(x), sigmoid(x.mul(2)).mul(2).sub(1), { rtol: 1e-12, atol: 1e-12 }, "tanh");
  const piece = (slope: number): Linear => ({ w: tensor([[slope]]), b: tensor([0]) });
  const column = x.reshape([x.size, 1]);
  near(applyMaxout({ pieces: [piece(0), piece(1)] }, column), relu(column), { rtol: 0, atol: 0 }, "maxout");
});

test("reg-raises-loss: at the same weights a larger lambda gives a larger loss, in every kind, and the same data loss", () => {
  const c = cases.of("a1-toy-two-layer");
  const net = twoLayers(c);
  const data = lossOf(c, 0)(net).itemSync();
  for (const kind of ["halfL2", "l2", "l1"] as const) {
    const terms = [0, 0.1, 1].map((lambda) => penalty(net, { [kind]: lambda }));
    const losses = terms.map((term) => lossOf(c, 0)(net).add(term).itemSync());
    assert.equal(losses[0], data);
    assert.ok(losses[0]! < losses[1]! && losses[1]! < losses[2]!, `${kind}: ${losses.join(" ")}`);
    near(losses[2]! - terms[2]!.itemSync(), data, { rtol: 1e-12, atol: 0 }, `${kind}: data loss`);
  }
});

test("data-scale: inputs a thousand times larger make dW a thousand times larger", () => {
  const x = tensor([[1, -2, 3], [4, 5, -6]]);
  const dW = (x: Tensor) => vjp((w: Tensor) => x.matmul(w))(tensor([[1], [2], [3]])).pullback(tensor([[0.5], [-0.25]]))[0];
  near(dW(x.mul(1000)), dW(x).mul(1000), { rtol: 1e-15, atol: 0 }, "dW");
});
