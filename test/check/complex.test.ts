import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradients } from "../../src/check/index.ts";
import { attention, Diagnostic, concat, einsum, key, logsumexp, max, normal, tensor, where, type Tensor } from "../../src/api/index.ts";
import * as table from "../../src/ops/table.ts";
import { isEntry } from "../../src/ops/forms/entry.ts";

test("the complex step measures slopes to the last digits, where differences cannot", () => {
  const f = (x: Tensor) => x.sin().mul(x.exp()).add(x.sq()).sqrt().div(x.log1p().add(2)).add(x.tanh()).sub(x.pow(3)).add(x.expm1().cos()).add(x.log().neg());
  const complex = checkGradients(f, [0.7], { difference: "complex" });
  const centred = checkGradients(f, [0.7]);
  assert.ok(complex.worst < 1e-15 && centred.worst > 1e-13, `${complex.worst} and ${centred.worst}`);
  assert.equal(complex.verdict, "good");
});

test("it goes through groups, views, sums, products and choices", () => {
  const f = (w: Tensor, x: Tensor) => {
    const h = concat([x.matmul(w), x.transpose().matmul(x)], { axis: 1 }).pad([[0, 0], [1, 0]], 2).slice([null, [0, 4]]).sigmoid();
    const picked = h.gather(tensor([1, 0, 1], { dtype: "int32" })).softmax().mul(einsum("ij,ij->i", h, h).sum());
    return where(picked.gt(0.2), picked.sq(), picked).softplus().sum().add(w.silu().mean());
  };
  const check = checkGradients(f, [normal(key(1), [2, 3]), normal(key(2), [2, 2])], { difference: "complex" });
  assert.equal(check.entries.length, 10);
  assert.ok(check.worst < 1e-13, `${check.worst}`);
});

test("it goes through convolution, means of windows, standardising and masked attention; a largest of a window is named", () => {
  const f = (x: Tensor, k: Tensor): Tensor => {
    const seen = x.conv2d(k, { padding: 1 }).tanh().avgPool2d(2).standardize({ axes: [0, 2, 3], epsilon: 0.1 });
    const rows = seen.reshape([3, 6]);
    return attention(rows, rows, rows.sq(), [[true, false, false], [true, true, false], [true, true, true]]).sin().sum();
  };
  const args = [normal(key(1), [1, 1, 5, 5]), normal(key(2), [2, 1, 2, 2])] as const;
  const check = checkGradients(f, [...args], { difference: "complex" });
  assert.ok(check.verdict === "good" && check.worst < 1e-12, check.text);
  assert.ok(check.entries.every(({ analytic }) => Math.abs(analytic) > 1e-6), check.text);
  assert.throws(() => checkGradients((x: Tensor) => x.maxPool2d(2).sum(), [args[0]], { difference: "complex" }), { code: "not-analytic" });
});

test("a whole power of a negative number keeps its slope", () => {
  for (const [x, n] of [[-2, 3], [-2, 2], [-0.5, -3], [3, 4]] as const) {
    const { entries } = checkGradients((t: Tensor) => t.pow(n), [x], { difference: "complex" });
    assert.ok(Math.abs(entries[0]!.numeric / (n * x ** (n - 1)) - 1) < 1e-14, `${x}^${n}: ${entries[0]!.numeric}`);
  }
});

test("a gate that is not analytic is named, with its line", () => {
  for (const f of [(x: Tensor) => max(x, 1), (x: Tensor) => x.relu(), (x: Tensor) => x.abs(), (x: Tensor) => logsumexp(x)]) {
    assert.throws(
      () => checkGradients(f, [0.5], { difference: "complex" }),
      (e) => e instanceof Diagnostic && e.code === "not-analytic" && /complex\.test\.ts$/.test(e.place?.file ?? ""),
    );
  }
});

test("the complex meaning of every gate equals its real one on the real line", () => {
  const points = [0.3, 1.7, 2.5];
  let compared = 0;
  for (const entry of Object.values<unknown>(table)) {
    if (!isEntry(entry) || !entry.op?.complex || !entry.op.scalar) continue;
    const count = entry.samples()[0]!.operands.length;
    const x = Array.from({ length: count }, (_, i) => points[i]!);
    const value = entry.op.complex(...x.map((re) => ({ re, im: 0 })));
    const real = entry.op.scalar(...x);
    assert.ok(Math.abs(value.re - real) <= 4e-16 * Math.abs(real) && value.im === 0, `${entry.word}: ${value.re} and ${real}`);
    compared++;
  }
  assert.ok(compared >= 16, `${compared} gates`);
});
