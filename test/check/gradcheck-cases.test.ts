/** Every case of the course's gradient check that states numbers, and the behaviour behind those that state none. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { grad, max, relu, sigmoid, softmaxCrossEntropy, tensor, type Tensor } from "../../src/api/index.ts";
import { bernoulli, key } from "../../src/api/random.ts";
import { checkGradients, relativeError, sweepH, verdictOf } from "../../src/check/index.ts";

interface Case {
  readonly id: string;
  readonly rows: unknown;
  readonly [key: string]: unknown;
}
const cases = new Map<string, Case>(
  JSON.parse(readFileSync(new URL("../cases/gradcheck.json", import.meta.url), "utf8")).cases.map((c: Case) => [c.id, c]),
);
const rowsOf = <Row>(id: string): readonly Row[] => cases.get(id)!.rows as readonly Row[];

const close = (a: number, b: number, relative: number, what = ""): void =>
  assert.ok(Object.is(a, b) || Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b)), `${what}: ${a} and ${b}`);

test("relative-error-formulas: all three, row by row", () => {
  for (const row of rowsOf<{ analytic: number; numeric: number; notes: number; assignment: number; sparse: number | "NaN" }>("relative-error-formulas")) {
    const { analytic: a, numeric: n } = row;
    close(relativeError.notes(a, n), row.notes, 1e-12, `notes of ${a}, ${n}`);
    close(relativeError.assignment(a, n), row.assignment, 1e-12, `assignment of ${a}, ${n}`);
    close(relativeError.sparse(a, n), Number(row.sparse), 1e-12, `sparse of ${a}, ${n}`);
  }
  assert.equal(verdictOf(relativeError.sparse(0, 0), { kinks: false }), "good", "0/0 passes");
});

test("thresholds: the verdict of every row", () => {
  for (const row of rowsOf<{ rel_error: number; kinks: boolean; depth?: number; verdict: string }>("thresholds")) {
    assert.equal(verdictOf(row.rel_error, row), row.verdict, JSON.stringify(row));
  }
});

const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "x^3": (x) => x.pow(3),
  "exp(x)": (x) => x.exp(),
  "sin(x)": (x) => x.sin(),
  "sigmoid(x)": (x) => x.sigmoid(),
};

test("forward-vs-centred: each row to its order of magnitude, and the V of both", () => {
  const rows = rowsOf<{ f: string; x: number; h: number; forward_abs_error: number; centred_abs_error: number }>("forward-vs-centred");
  for (const row of rows) {
    const [found] = sweepH(functions[row.f]!, [row.x], { steps: [row.h] }).rows;
    // Where rounding has taken over, only the size of what rounding can do is fixed.
    const noise = (20 * Number.EPSILON) / row.h;
    for (const [a, b] of [[found!.forward.absolute, row.forward_abs_error], [found!.centred.absolute, row.centred_abs_error]] as const) {
      assert.ok(Math.abs(a - b) <= 0.01 * b || Math.max(a, b) <= 10 * noise, `${row.f} h=${row.h}: ${a} and ${b}`);
    }
  }
  for (const [name, f] of Object.entries(functions)) {
    const { rows: found, best } = sweepH(f, [0.7]);
    const at = (h: number) => found.find((row) => row.h === h)!;
    for (const h of [1e-1, 1e-2]) {
      const [wide, narrow] = [at(h), at(h / 10)];
      close(wide.forward.absolute / narrow.forward.absolute, 10, 0.2, `${name}: forward falls tenfold`);
      close(wide.centred.absolute / narrow.centred.absolute, 100, 0.05, `${name}: centred falls a hundredfold`);
    }
    assert.ok(best <= 1e-4 && best >= 1e-7, `${name}: centred is best near 1e-5, found ${best}`);
    assert.ok(at(1e-12).centred.absolute > 10 * at(best).centred.absolute, `${name}: and grows again`);
    const bestForward = found.reduce((a, b) => (b.forward.absolute < a.forward.absolute ? b : a)).h;
    assert.ok(bestForward <= 1e-6 && bestForward >= 1e-10, `${name}: forward is best near 1e-8, found ${bestForward}`);
  }
});

test("defaults: centred, h = 1e-5, float64, ten entries of each parameter", () => {
  const w = tensor(Float64Array.from({ length: 100 }, (_, i) => i / 10), { shape: [20, 5] });
  const check = checkGradients((p: { w: Tensor; b: Tensor }) => p.w.sin().sum().add(p.b.sin().sum()), [{ w, b: tensor([1, 2, 3]) }]);
  assert.deepEqual([...new Set(check.entries.map((e) => e.parameter))].map((name) => check.entries.filter((e) => e.parameter === name).length), [10, 3]);
  assert.ok(check.entries.every((e) => e.h === 1e-5));
  const [entry] = checkGradients((x: Tensor) => x.exp(), [1]).entries;
  assert.equal(entry!.numeric, (Math.exp(1 + 1e-5) - Math.exp(1 - 1e-5)) / 2e-5);
});

test("kink-relu: reported, not failed, and a smaller h crosses nothing", () => {
  const { x, h, centred_numeric: centred, forward_numeric: ahead } = cases.get("kink-relu") as unknown as Record<string, number>;
  const f = (v: Tensor) => relu(v);
  const check = checkGradients(f, [x!], { h: h! });
  const [entry] = check.entries;
  assert.equal(check.passed, true);
  assert.equal(entry!.kink, true);
  assert.equal(entry!.verdict, "kink crossed");
  assert.equal(entry!.analytic, 0);
  close(entry!.numeric, centred!, 1e-9);
  assert.match(entry!.note!, /at relu .*with h = 1e-7 numeric 0$/);
  close(checkGradients(f, [x!], { h: h!, difference: "forward" }).entries[0]!.numeric, ahead!, 1e-9);
  const [smaller] = checkGradients(f, [x!], { h: 1e-7 }).entries;
  assert.deepEqual([smaller!.kink, smaller!.numeric, smaller!.verdict], [false, 0, "good"]);
});

test("kink-svm and kink-max-winner: both inputs cross, the numbers are those of the case", () => {
  const svm = checkGradients((s0: Tensor, s1: Tensor) => max(0, s1.sub(s0).add(1)), [2, 1.000001]);
  assert.deepEqual(svm.entries.map((e) => [e.kink, e.analytic, e.verdict]), [[true, -1, "kink crossed"], [true, 1, "kink crossed"]]);
  svm.entries.forEach((e, i) => assert.ok(Math.abs(e.numeric - [-0.55, 0.55][i]!) < 1e-6));
  const winner = checkGradients((x: Tensor, y: Tensor) => max(x, y).mul(3), [1, 1.000004]);
  assert.deepEqual(winner.entries.map((e) => [e.kink, e.analytic]), [[true, 0], [true, 3]]);
  assert.equal(winner.passed, true);
});

test("a wrong gradient at a kink is still wrong", () => {
  const near = checkGradients((x: Tensor) => relu(x), [-1e-6], { analytic: [0.45] });
  assert.equal(near.entries[0]!.verdict, "wrong", "0.45 is the artefact of the step, no slope");
  const at = checkGradients((x: Tensor) => relu(x), [0], { analytic: [1.5] });
  assert.equal(at.entries[0]!.verdict, "wrong");
  for (const valid of [0, 0.3, 1]) assert.equal(checkGradients((x: Tensor) => relu(x), [0], { analytic: [valid] }).passed, true);
});

test("float32-vs-float64: float32 is worse than 1e-4 at h = 1e-5, float64 better than 1e-8", () => {
  const rows = rowsOf<{ dtype: "float32" | "float64"; h: number; rel_error: number }>("float32-vs-float64");
  const f = (x: Tensor) => sigmoid(x.mul(x).mul(3).add(x));
  for (const { dtype, h, rel_error: stated } of rows) {
    const [row] = sweepH(f, [0.37], { dtype, steps: [h] }).rows;
    const found = row!.centred.relative;
    if (dtype === "float64") close(found, stated, 1e-4, `float64, h = ${h}`);
    // A unit in the last place of float32, over 2h, is all that can be said of the others.
    else assert.ok(Math.abs(found - stated) < 2 ** -24 / h / 0.3, `float32, h = ${h}: ${found} and ${stated}`);
    if (h === 1e-5) assert.ok(dtype === "float32" ? found > 1e-4 : found < 1e-8);
  }
});

const bugs: Readonly<Record<string, (...x: Tensor[]) => Tensor>> = {
  "missing +=": (x, y) => x!.add(sigmoid(y!)).div(sigmoid(x!).add(x!.add(y!).sq())),
  sign: (x, y) => x!.mul(y!),
  swap: (x, y) => x!.mul(y!),
  "factor 2": (x) => x!.sq(),
  "sigmoid local": (x) => sigmoid(x!),
  "sigmoid wrong": (x) => sigmoid(x!),
  "tiny bug": (x) => x!.exp(),
};

test("bug-detection: every bug is caught, and what is right passes", () => {
  const rows = rowsOf<{ name: string; inputs: Record<string, number>; true: Record<string, number>; claimed: Record<string, number>; must_fail: boolean }>("bug-detection");
  assert.equal(rows.length, Object.keys(bugs).length);
  for (const row of rows) {
    const f = bugs[row.name]!;
    const args = Object.values(row.inputs);
    const own = checkGradients(f, args);
    assert.equal(own.verdict, "good", row.name);
    own.entries.forEach((e, i) => close(e.analytic, Object.values(row.true)[i]!, 1e-12, row.name));
    const claimed = checkGradients(f, args, { analytic: Object.values(row.claimed) });
    assert.equal(claimed.passed, !row.must_fail, row.name);
    assert.equal(checkGradients(f, args, { analytic: Object.values(row.true) }).passed, true, row.name);
  }
});

test("regularisation-overwhelms: the numbers, and the data loss alone shows the bug", () => {
  const given = cases.get("regularisation-overwhelms") as unknown as { X: number[][]; W: number[][]; y: number[]; rows: { lambda: number; max_relative_error_with_bug: number }[] };
  const [X, W, y] = [tensor(given.X), tensor(given.W), tensor(given.y, { dtype: "int32" })];
  const data = (w: Tensor) => softmaxCrossEntropy(X.matmul(w), y).mean();
  const buggy = grad(data)(W).mul(0.9);
  for (const { lambda, max_relative_error_with_bug: stated } of given.rows) {
    const regularisation = (w: Tensor) => w.sq().sum().mul(lambda / 2);
    const penalty = W.mul(lambda);
    const check = checkGradients((w: Tensor) => data(w).add(regularisation(w)), [W], {
      analytic: [buggy.add(penalty)],
      parts: { data: { f: data, analytic: [buggy] }, regularisation: { f: regularisation, analytic: [penalty] } },
    });
    close(check.worst, stated, lambda > 1e5 ? 1e-2 : 1e-5, `lambda ${lambda}`);
    if (lambda >= 1e3) assert.ok(check.worst < 1e-3);
    if (lambda >= 1e6) assert.ok(check.worst < 1e-6 && check.entries.every((e) => e.verdict === "good"), "hidden in the sum");
    close(check.parts["data"]!.worst, 0.1, 1e-6);
    assert.equal(check.parts["data"]!.verdict, "wrong");
    assert.equal(check.parts["regularisation"]!.verdict, "good");
    assert.equal(check.passed, false, "the whole check fails with its part");
    if (lambda >= 1e6) assert.match(check.warnings.join("\n"), /the gradient of regularisation is .* times that of data/);
  }
});

test("dropout-seed: one key for all evaluations passes, randomness of its own is one clear error", () => {
  const x = tensor(Float64Array.from({ length: 12 }, (_, i) => i / 7 - 0.8), { shape: [3, 4] });
  const w = tensor(Float64Array.from({ length: 8 }, (_, i) => Math.sin(i)), { shape: [4, 2] });
  const k = key(7);
  const seeded = checkGradients((v: Tensor) => x.matmul(v).tanh().mul(bernoulli(k, 0.5, [3, 2]).cast("float64")).sum(), [w]);
  assert.equal(seeded.verdict, "good");
  let calls = 0;
  assert.throws(
    () => checkGradients((v: Tensor) => x.matmul(v).tanh().mul(bernoulli(key(calls++), 0.5, [3, 2]).cast("float64")).sum(), [w]),
    { code: "not-deterministic", message: /gave -?\d.* and then -?\d.*\n[^]*help: fix its randomness/ },
  );
});

test("every-parameter: one wrong bias gradient beside a million weights is found", () => {
  const n = 1000;
  const x = tensor(Float64Array.from({ length: n }, (_, i) => Math.sin(i)), { shape: [1, n] });
  const w = tensor(Float64Array.from({ length: n * n }, (_, i) => Math.cos(i * 0.37) / n), { shape: [n, n] });
  const v = tensor(Float64Array.from({ length: n * 10 }, (_, i) => Math.sin(i * 0.11) / 30), { shape: [n, 10] });
  const b = tensor(Float64Array.from({ length: 10 }, (_, i) => i / 20));
  const f = (net: { w: Tensor; v: Tensor; b: Tensor }) => x.matmul(net.w).tanh().matmul(net.v).add(net.b).sq().sum();
  const net = { w, v, b };
  const right = grad(f)(net);
  const numbers = right.b.dataSync();
  numbers[6]! *= 1.01;
  const wrong = checkGradients(f, [net], { analytic: [{ ...right, b: tensor(numbers) }] });
  assert.deepEqual(wrong.entries.filter((e) => e.verdict !== "good").map((e) => e.name), ["net.b[6]"]);
  assert.equal(wrong.passed, false);
  assert.equal(wrong.entries.length, 30);
});

test("active-range: gradients of 1e-10 or less are named, with a scale for the loss", () => {
  const check = checkGradients((x: Tensor) => x.sin().mul(1e-11), [0.3]);
  assert.equal(check.passed, true);
  assert.match(check.warnings.join("\n"), /the gradient at x is smaller than 1e-10 \(9\.6e-12\).*check the function times 1e\+12 instead/);
  assert.match(check.text, /9\.5533648912\d*e-12 +9\.55336\d*e-12/, "the raw numbers stand beside the relative error");
  assert.deepEqual(checkGradients((x: Tensor) => x.sin(), [0.3]).warnings, []);
});
