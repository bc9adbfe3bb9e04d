import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { log, sqrt, tensor, where, type Diagnostic, type Tensor } from "../../src/api/index.ts";
import { diagnoseNotFinite } from "../../src/train/index.ts";

const lines = readFileSync(new URL(import.meta.url), "utf8").split("\n");

/** The line of this file that ends in a comment with this text. */
const lineOf = (marker: string): number => lines.findIndex((line) => line.endsWith(`// ${marker}`)) + 1;

const at = (diagnostic: Diagnostic | undefined, marker: string): Diagnostic => {
  assert.ok(diagnostic?.code === "not-finite");
  assert.ok(diagnostic.place?.file?.endsWith("not-finite.test.ts"), diagnostic.place?.file);
  assert.equal(diagnostic.place?.line, lineOf(marker));
  return diagnostic;
};

test("the first operation that is not finite is named with its numbers and its line", () => {
  const loss = ({ w }: { w: Tensor }): Tensor => {
    const h = w.mul(2);
    const l = log(h); // the log
    return l.sub(l).sum();
  };
  const { sentence, operands } = at(diagnoseNotFinite(loss, { w: tensor([[1, 2], [0, 3]]) }, "step 4"), "the log");
  assert.equal(sentence, "step 4: the numbers are lost: log(0) = -Infinity at [1, 0]");
  assert.deepEqual(operands.map(({ shape }) => [...shape]), [[2, 2]]);
});

test("a finite loss with a gradient that is not finite: the gate whose gradient it is", () => {
  const loss = ({ w }: { w: Tensor }): Tensor => {
    const h = w.mul(2);
    const root = sqrt(h); // the root
    return root.sum();
  };
  const { sentence } = at(diagnoseNotFinite(loss, { w: tensor([4, 0]) }, "step 1"), "the root");
  assert.match(sentence, /^step 1: the numbers are lost: in the gradient of sqrt, \w+\(.*\) = Infinity at \[1\]$/);
});

test("an infinity that is masked away is not the culprit", () => {
  const loss = ({ w }: { w: Tensor }): Tensor => {
    const masked = where(w.gt(0), log(w), 0);
    const lost = masked.sub(100).exp().inv().exp(); // the overflow
    return lost.sum();
  };
  const { sentence } = at(diagnoseNotFinite(loss, { w: tensor([0, 1]) }, "step 1"), "the overflow");
  assert.match(sentence, /exp\(2\.68\d+e\+43\) = Infinity at \[0\]/);
});

test("inputs and parameters that hold NaN are named as such", () => {
  const x = tensor([[1, NaN]], { name: "x" });
  const loss = ({ w }: { w: Tensor }): Tensor => x.matmul(w).sum();
  assert.equal(
    diagnoseNotFinite(loss, { w: tensor([[1], [2]]) }, "step 1")?.sentence,
    "step 1: the numbers are lost: x holds NaN at [0, 1]",
  );
  const model = { layers: [{ w: tensor([[Infinity], [2]]) }] };
  assert.equal(
    diagnoseNotFinite((m: typeof model) => m.layers[0]!.w.sum(), model, "step 1")?.sentence,
    "step 1: the numbers are lost: model.layers[0].w holds Infinity at [0, 0]",
  );
});

test("nothing is said where all is finite", () => {
  assert.equal(diagnoseNotFinite(({ w }: { w: Tensor }) => w.sq().sum(), { w: tensor([1, 2]) }, "step 1"), undefined);
});
