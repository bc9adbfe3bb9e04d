/** What becomes of a few graphs, as texts that a person has read: a change in the passes shows as a difference. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { builder } from "../../src/api/builder.ts";
import { lowerBuilder } from "../../src/api/lower-builder.ts";
import { lowered, planned } from "../../src/api/engine.ts";
import { programText } from "../../src/ir/kernel-text.ts";
import type { Node } from "../../src/ir/node.ts";
import { graphText } from "../../src/ir/print.ts";
import { input } from "../../src/ops/forms/source.ts";
import * as table from "../../src/ops/table.ts";
import { differentiate } from "../../src/passes/differentiate.ts";
import { lower } from "../../src/passes/lower.ts";
import { merge } from "../../src/passes/merge.ts";
import { simplify } from "../../src/passes/simplify.ts";
import { onesLike } from "../../src/ops/forms/source.ts";

const { add, amax, concat, conv2d, div, exp, gather, matmul, maxPool2d, mean, mul, neg, pad, relu, reshape, slice, softmaxCrossEntropy, sq, sqrt, sub, sum, transpose } = table;

/** With UPDATE_GOLDEN=1 the texts are written anew, to be read again. */
const assertGolden = (name: string, text: string): void => {
  const file = new URL(`golden/${name}.txt`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, `${text}\n`);
  assert.equal(`${text}\n`, readFileSync(file, "utf8").replaceAll("\r\n", "\n"));
};

const assertProgram = (name: string, roots: readonly Node[], donated?: ReadonlyMap<Node, number>): void => {
  const graph = lowered(roots);
  assertGolden(name, `${graphText(graph)}\n\n${programText(planned(graph, donated))}`);
};

const gradientsOf = (loss: Node, wanted: readonly Node[]): Node[] => {
  const { of } = differentiate(new Map([[loss, onesLike(loss)]]), wanted, builder);
  return wanted.map((node) => of.get(node)!);
};

test("a step of a softmax classifier: two products, and few loops around them", () => {
  const x = input([32, 48], "float32", "x");
  const w = input([48, 10], "float32", "w");
  const b = input([10], "float32", "b");
  const y = input([32], "int32", "y");
  const loss = add(mean(softmaxCrossEntropy(add(matmul(x, w), b), y)), mul(0.001, sum(sq(w))));
  const [dw, db] = gradientsOf(loss, [w, b]);
  assertProgram("softmax-classifier", [loss, sub(w, mul(0.1, dw!)), sub(b, mul(0.1, db!))], new Map([[w, 1], [b, 2]]));
});

test("Adam is one loop, and stores over what it reads", () => {
  const [w, g, m, v] = ["w", "g", "m", "v"].map((name) => input([300], "float32", name)) as [Node, Node, Node, Node];
  const m1 = add(mul(m, 0.9), mul(g, 0.1));
  const v1 = add(mul(v, 0.999), mul(sq(g), 0.001));
  assertProgram("adam", [sub(w, mul(0.01, div(m1, add(sqrt(v1), 1e-8)))), m1, v1], new Map([[w, 0], [m, 1], [v, 2]]));
});

test("views cost no kernel where one affine read can say them", () => {
  const x = input([4, 6], "float64", "x");
  const i = input([3], "int32", "i");
  const turned = slice(transpose(pad(x, [[0, 0], [1, 1]])), [[7, 0, -2]]);
  assertProgram("views", [
    relu(turned),
    concat([exp(x), neg(x)], { axis: 1 }),
    gather(x, i, { axis: 1 }),
    sum(pad(pad(x, [[1, 0], [0, 0]], 2), [[0, 1], [0, 0]], 3), { axes: 0 }),
  ]);
});

test("gates in front of a fold run inside it, those behind it where its result is", () => {
  const x = input([5, 7], "float32", "x");
  assertProgram("fold", [sqrt(mean(sq(sub(x, amax(x, { axes: 1, keepDims: true }))), { axes: 1 })), mul(2, sum(exp(x), { axes: 0 }))]);
});

test("the transpose of a read is a read again, a sum, or else a scatter", () => {
  const x = input([4, 6], "float64", "x");
  const g = input([3, 2], "float64", "g");
  const back = (view: Node): Node => {
    const { of } = differentiate(new Map([[view, input(view.shape, "float64", "upstream")]]), [x], builder);
    return of.get(x)!;
  };
  const roots = [back(transpose(x)), back(slice(x, [1, [5, 0, -1]])), back(pad(x, [[1, 0], [-1, 2]])), back(slice(x, [[0, 4, 2]]))];
  const opened = lower([...roots, g], lowerBuilder);
  const simple = simplify(roots.map((root) => opened.get(root)!), lowerBuilder);
  assertGolden("transposed-reads", graphText(roots.map((root) => simple.get(opened.get(root)!)!)));
});

test("equal nodes become one, whatever their names; constants by their bits", () => {
  const x = input([2], "float64", "x");
  const roots = [add(exp(x), 0), sub(exp(x).named("again"), -0), mul(exp(x), 1)];
  const simple = simplify(roots, lowerBuilder);
  const plain = roots.map((root) => simple.get(root)!);
  const merged = merge(plain);
  assertGolden("merged", graphText(plain.map((root) => merged.get(root)!)));
});

test("a step of a small net with a convolution: windows are never laid out, and the gradients of maxima are no scatter", () => {
  const x = input([8, 3, 12, 12], "float32", "x");
  const k = input([5, 3, 3, 3], "float32", "k");
  const c = input([5, 1, 1], "float32", "c");
  const k2 = input([6, 5, 3, 3], "float32", "k2");
  const w = input([216, 10], "float32", "w");
  const y = input([8], "int32", "y");
  const features = relu(conv2d(maxPool2d(relu(add(conv2d(x, k, { padding: 1 }), c)), 2), k2, { padding: 1 }));
  const loss = mean(softmaxCrossEntropy(matmul(reshape(features, [8, 216]), w), y));
  assertProgram("convolutions", [loss, ...gradientsOf(loss, [k, c, k2, w])]);
});
