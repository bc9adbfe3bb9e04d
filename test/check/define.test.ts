import assert from "node:assert/strict";
import { test } from "node:test";
import { gate, group } from "../../src/check/define.ts";
import { Diagnostic, grad, grads, hvp, jvp, tensor, Tensor } from "../../src/api/index.ts";

const refused = (declare: () => unknown, code: string): Diagnostic => {
  let caught: unknown;
  try {
    declare();
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof Diagnostic, `expected a Diagnostic, got ${String(caught)}`);
  assert.equal(caught.code, code, caught.message);
  return caught;
};

test("a user's gate has value, gradient, second order, forward mode and shapes", () => {
  const cube = gate({ name: "cube", forward: (x) => x ** 3, local: ([x]) => [x!.mul(x!).mul(3)] });
  assert.equal(cube(2).itemSync(), 8);
  assert.deepEqual(grads(cube)(2), [12]);
  assert.equal(hvp((x: Tensor) => cube(x))(2, 1), 12);
  assert.equal(jvp((x: Tensor) => cube(x))([tensor(2)], [tensor(10)]).tangent.itemSync(), 120);
  assert.deepEqual(grad((x: Tensor) => cube(x).sum())(tensor([[1, 2], [3, 4]])).toArraySync(), [[3, 12], [27, 48]]);
});

test("a gate of two operands broadcasts as the table's do", () => {
  const hypot = gate({
    name: "hypot",
    forward: (x, y) => Math.hypot(x, y),
    local: ([x, y], r) => [x!.div(r), y!.div(r)],
    excluded: [{ where: (x, y) => x === 0 && y === 0, why: "the length has no slope at the origin" }],
  });
  assert.deepEqual(hypot(tensor([3, 6]), 4).shape, [2]);
  const [gx, gy] = grads((x: Tensor, y: Tensor) => hypot(x, y).sum())(tensor([3, 3]), 4);
  assert.deepEqual(gx.toArraySync(), [0.6, 0.6]);
  assert.equal(gy, 1.6);
});

test("wrong gradients are refused when they are declared, with the numbers", () => {
  const sign = refused(() => gate({ name: "cube", forward: (x) => x ** 3, local: ([x]) => [x!.mul(x!).mul(-3)] }), "wrong-gradient");
  assert.match(sign.message, /cube/);
  assert.match(sign.message, /analytic -?\d+\.\d+, numeric -?\d+\.\d+/);
  refused(() => gate({ name: "cube", forward: (x) => x ** 3, local: ([x]) => [x!.mul(x!).mul(2)] }), "wrong-gradient");
  refused(() => gate({ name: "product", forward: (x, y) => x * y, local: ([x, y]) => [x!, y!] }), "wrong-gradient");
  // Right once, wrong twice: the gradient hides a stop.
  refused(() => gate({ name: "cube", forward: (x) => x ** 3, local: ([x]) => [x!.mul(x!).mul(3).stopGradient()] }), "wrong-gradient");
  // Hiding every point leaves nothing checked.
  refused(() => gate({ name: "cube", forward: (x) => x ** 3, local: () => [1], excluded: [{ where: () => true, why: "no" }] }), "wrong-gradient");
  refused(() => gate({ name: "Bad Name", forward: (x) => x, local: () => [1] }), "bad-name");
});

test("a group has three witnesses: its own gradient against its body against numbers", () => {
  const swish = group({
    name: "swish",
    body: (x) => x.mul(x.sigmoid()),
    local: ([x]) => [x!.sigmoid().mul(x!.neg().sigmoid().mul(x!).add(1))],
  });
  assert.deepEqual(grads(swish)(0), [0.5]);
  refused(() => group({ name: "swish", body: (x) => x.mul(x.sigmoid()), local: ([x]) => [x!.sigmoid()] }), "wrong-gradient");
  const plain = group({ name: "sum_of_squares", body: (x, y) => x.sq().add(y.sq()) });
  assert.deepEqual(grads(plain)(3, 4), [6, 8], "without a gradient of its own it is differentiated gate by gate");
});

test("a body that uses a value from outside is closed: the gradient reaches that value", () => {
  const outer = (w: Tensor): Tensor => {
    const scaled = group({ name: "scaled", body: (x) => x.mul(w) });
    return scaled(tensor(3)).add(scaled(w));
  };
  // d/dw (3w + w^2) at 5 = 3 + 10.
  assert.equal(grad(outer)(5), 13);
});
