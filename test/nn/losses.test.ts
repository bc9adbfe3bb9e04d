/** The losses beside their gradients measured by differences, at their margins, and with input that is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Diagnostic, grads, key, normal, tensor, zeros, type Tensor } from "../../src/api/index.ts";
import { checkGradients } from "../../src/check/index.ts";
import {
  absoluteError, hingeLoss, logisticLoss, oneVsAllLoss, softmaxLoss, squaredError, squaredSvmLoss, structuredSvmLoss, svmLoss,
} from "../../src/nn/index.ts";

const ofClasses = { softmaxLoss, svmLoss, squaredSvmLoss, structuredSvmLoss, oneVsAllLoss };
const binary = { logisticLoss: [logisticLoss, 0], hingeLoss: [hingeLoss, -1] } as const;
const errors = { squaredError, absoluteError };

for (const [name, loss] of Object.entries(ofClasses)) {
  test(`${name}: its gradient is the measured one`, () => {
    const check = checkGradients((s: Tensor) => loss(s, [0, 3, 2, 1]), [normal(key(7), [4, 5], { deviation: 2 })], { samples: 20 });
    assert.equal(check.verdict, "good", check.text);
  });
}

for (const [name, [loss, no]] of Object.entries(binary)) {
  test(`${name}: its gradient is the measured one`, () => {
    const check = checkGradients((s: Tensor) => loss(s, [1, no, no, 1, 1]), [tensor([0.3, -2.5, 0.7, -0.4, 2.5])]);
    assert.equal(check.verdict, "good", check.text);
  });

  test(`${name}: refuses other labels, and labels of another shape`, () => {
    assert.throws(() => loss(zeros([2]), [1, 2]), { code: "label-out-of-range" });
    assert.throws(() => loss(zeros([2]), tensor([1, NaN])), { code: "label-out-of-range" });
    assert.throws(() => loss(zeros([2, 1]), [1, 1]), { code: "labels-do-not-fit" });
  });
}

for (const [name, error] of Object.entries(errors)) {
  test(`${name}: its gradient is the measured one`, () => {
    const targets = tensor([[1, 2], [3, 4], [5, 6]]);
    const check = checkGradients((x: Tensor) => error(x, targets), [normal(key(2), [3, 2])]);
    assert.equal(check.verdict, "good", check.text);
  });

  test(`${name}: a column of outputs is not compared with a row of targets`, () => {
    assert.throws(() => error(zeros([3, 1]), [1, 2, 3]), { code: "targets-do-not-fit" });
  });
}

test("errors are sums over the numbers of a row and means over the rows", () => {
  assert.equal(squaredError(tensor([1, 3]), [0, 0]).itemSync(), 5);
  assert.equal(squaredError(tensor([[1, 3]]), [[0, 0]]).itemSync(), 10);
  assert.equal(absoluteError(tensor([1, -3]), [0, 0]).itemSync(), 2);
  assert.equal(absoluteError(tensor([[1, -3]]), [[0, 0]]).itemSync(), 4);
});

test("exactly at the margin every hinge has the gradient 0", () => {
  const at = (f: (s: Tensor) => Tensor, s: Tensor): unknown => grads(f)(s)[0].add(0).toArraySync();
  const scores = tensor([[3, 2, 2]]);
  for (const loss of [svmLoss, squaredSvmLoss, structuredSvmLoss]) assert.deepEqual(at((s) => loss(s, [0]), scores), [[0, 0, 0]]);
  assert.deepEqual(at((s) => oneVsAllLoss(s, [0]), tensor([[1, -1, -1]])), [[0, 0, 0]]);
  assert.deepEqual(at((s) => hingeLoss(s, [1, -1]), tensor([1, -1])), [0, 0]);
});

test("the logistic loss keeps its digits far out, and does not overflow", () => {
  // exp(-40), since log1p(x) is x to the last digit there.
  const { exp, abs } = Math;
  assert.ok(abs(logisticLoss(tensor([40]), [1]).itemSync() / exp(-40) - 1) < 1e-12);
  assert.equal(logisticLoss(tensor([-1e4]), [1]).itemSync(), 1e4);
  assert.deepEqual(grads((s: Tensor) => logisticLoss(s, [1]))(tensor([-1e4]))[0].toArraySync(), [-1]);
});

test("a label that names no class is refused by every loss, by its own name", () => {
  for (const [name, loss] of Object.entries(ofClasses)) {
    for (const label of [3, -1, NaN]) {
      assert.throws(() => loss(zeros([2, 3]), tensor([0, label])), (error: unknown) => {
        assert.ok(error instanceof Diagnostic);
        assert.equal(error.code, "label-out-of-range");
        assert.match(error.message, new RegExp(`${name}: label 1 is ${label}, but the scores \\[2, 3\\] have the classes 0 to 2`));
        return true;
      });
    }
  }
});

test("labels that do not fit the rows of scores are refused by every loss", () => {
  for (const loss of Object.values(ofClasses)) assert.throws(() => loss(zeros([2, 3]), [0, 1, 2]), Diagnostic);
});

test("a misspelt option of a loss is refused", () => {
  assert.throws(() => svmLoss(zeros([1, 2]), [0], { margin: 2 } as never), { code: "bad-options" });
});
