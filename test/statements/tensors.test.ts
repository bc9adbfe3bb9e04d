/**
 * Statements 28 to 30: gradients of tensor operations have the variable's shape and the right numbers in both float types,
 * shape errors name both shapes, and a vectorised result is that of the scalar circuit of the same computation.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat, Diagnostic, einsum, grads, key, matmul, normal, oneHot, tensor, where, type Tensor } from "../../src/api/index.ts";
import { explainProgram } from "../../src/explain/index.ts";

type Pair = (a: Tensor, b: Tensor) => Tensor;

/** Two matrices of 3 x 4 each; every kind of operation that the statement names, with a sum behind it. */
const operations: readonly [name: string, Pair][] = [
  ["matrix product", (a, b) => a.matmul(b.transpose()).sin()],
  ["letters", (a, b) => einsum("ij,kj->ik", a, b).tanh()],
  ["broadcast add", (a, b) => a.add(b.sum({ axes: 0 })).sq()],
  ["elementwise gates", (a, b) => a.mul(b).exp().add(a.sigmoid()).sub(b.tanh()).div(b.sq().add(1))],
  ["sums", (a, b) => a.mul(b).sum({ axes: 1 }).sq()],
  ["means", (a, b) => a.mul(b).mean({ axes: 0, keepDims: true }).exp()],
  ["largest", (a, b) => a.amax({ axes: 1 }).mul(b.amin({ axes: 1 }))],
  ["another shape", (a, b) => a.reshape([4, 3]).matmul(b.reshape([3, 4]))],
  ["axes in another order", (a, b) => a.transpose().mul(b.reshape([4, 3])).sq()],
  ["rows by number", (a, b) => a.gather(tensor([2, 0, 2], { dtype: "int32" })).mul(b)],
  ["one-hot rows", (a, b) => oneHot(tensor([1, 3, 0], { dtype: "int32" }), 4, a.dtype).mul(a).add(b.sq())],
  ["end to end", (a, b) => concat([a, b], { axis: 1 }).sq()],
  ["slices", (a, b) => a.slice([[0, 2], [0, 3]]).mul(b.slice([[1, 3], [3, 0, -1]]))],
  ["padding", (a, b) => a.pad([[1, 0], [0, 1]], 2).matmul(b.pad([[0, 0], [1, 0]]).transpose())],
  ["a choice", (a, b) => where(a.gt(b), a.sq(), b.exp())],
];

/** Derivatives by Richardson's extrapolation of centred differences: good to far better than a part in 1e9. */
const slopeOf = (f: (x: number) => number): number => {
  const centred = (h: number): number => (f(h) - f(-h)) / (2 * h);
  const [a, b, c] = [centred(4e-3), centred(2e-3), centred(1e-3)];
  const [ab, bc] = [(4 * b - a) / 3, (4 * c - b) / 3];
  return (16 * bc - ab) / 15;
};

const moved = (t: Tensor, at: number, by: number): Tensor => {
  const values = t.dataSync();
  values[at]! += by;
  return tensor(values, { shape: t.shape });
};

for (const [name, f] of operations) {
  test(`gradients have the variable's shape and the right numbers: ${name}`, () => {
    const scalar: Pair = (a, b) => f(a, b).sum();
    const [a, b] = [normal(key(1), [3, 4]), normal(key(2), [3, 4])];
    const exact = grads(scalar)(a, b);
    for (const gradient of exact) assert.deepEqual([...gradient.shape], [3, 4]);
    for (let at = 0; at < 12; at++) {
      const numeric = [
        slopeOf((h) => scalar(moved(a, at, h), b).itemSync()),
        slopeOf((h) => scalar(a, moved(b, at, h)).itemSync()),
      ];
      exact.forEach((gradient, i) => {
        const [g, n] = [gradient.dataSync()[at]!, numeric[i]!];
        assert.ok(Math.abs(g - n) <= 1e-9 * Math.max(1, Math.abs(g)), `${name}, operand ${i + 1}, entry ${at}: ${g}, numeric ${n}`);
      });
    }
    const single = grads(scalar)(a.cast("float32"), b.cast("float32"));
    single.forEach((gradient, i) => {
      assert.equal(gradient.dtype, "float32");
      assert.deepEqual([...gradient.shape], [3, 4]);
      const [narrow, wide] = [gradient.dataSync(), exact[i]!.dataSync()];
      wide.forEach((e: number, at: number) => assert.ok(Math.abs(narrow[at]! - e) <= 1e-5 * Math.max(1, Math.abs(e)), `float32: ${narrow[at]}, not ${e}`));
    });
  });
}

test("shape errors of every kind of operation name both shapes", () => {
  const wrong: readonly [(() => Tensor), ...string[]][] = [
    [() => tensor([[1, 2, 3]]).matmul(tensor([[1, 2]])), "[1, 3]", "[1, 2]"],
    [() => tensor([1, 2]).add(tensor([1, 2, 3])), "[2]", "[3]"],
    [() => tensor([1, 2, 3]).reshape([2, 2]), "[3]", "[2, 2]"],
    [() => concat([tensor([[1, 2]]), tensor([[1], [2]])]), "[1, 2]", "[2, 1]"],
    [() => tensor([1, 2]).broadcastTo([3]), "[2]", "[3]"],
    [() => einsum("ij,jk->ik", tensor([[1, 2]]), tensor([1, 2])), "'jk'", "[2]"],
    [() => tensor([[1, 2]]).softmaxCrossEntropy(tensor([0, 1], { dtype: "int32" })), "[1, 2]", "[2]"],
  ];
  for (const [f, ...shapes] of wrong) {
    assert.throws(f, (error: unknown) => {
      assert.ok(error instanceof Diagnostic, String(error));
      for (const shape of shapes) assert.ok(error.message.includes(shape), `${error.message} lacks ${shape}`);
      assert.match(error.place?.file ?? "", /tensors\.test\.ts$/);
      return true;
    });
  }
});

test("a vectorised layer equals the scalar circuit of the same computation", () => {
  // One layer with a bias, a sigmoid and a sum of squares; as tensors, and written out number by number.
  const size = fc.integer({ min: 1, max: 3 });
  const sizes = fc.tuple(size, size, size);
  const numbers = (n: number) => fc.array(fc.integer({ min: -20, max: 20 }).map((x) => x / 8), { minLength: n, maxLength: n });
  const layers = sizes.chain(([n, k, m]) => fc.tuple(fc.constant([n, k, m] as const), numbers(n * k), numbers(k * m), numbers(m)));
  fc.assert(
    fc.property(layers, ([[n, k, m], x, w, b]) => {
      const net = (X: Tensor, W: Tensor, B: Tensor): Tensor => matmul(X, W).add(B).sigmoid().sq().sum();
      const shaped = (values: readonly number[], shape: readonly number[]): Tensor => tensor(Float64Array.from(values), { shape });
      const args = [shaped(x, [n, k]), shaped(w, [k, m]), shaped(b, [m])] as const;
      const vectorised = grads(net)(...args).map((g) => [...g.dataSync()]);

      const inputs: Record<string, number> = {};
      x.forEach((v, i) => (inputs[`x${i}`] = v));
      w.forEach((v, i) => (inputs[`w${i}`] = v));
      b.forEach((v, i) => (inputs[`b${i}`] = v));
      const units = Array.from({ length: n * m }, (_, at) => {
        const [i, j] = [Math.floor(at / m), at % m];
        const products = Array.from({ length: k }, (_, l) => `x${i * k + l} * w${l * m + j}`);
        return `sq(sigmoid(${products.join(" + ")} + b${j}))`;
      });
      const { nodes, output, inputs: places } = explainProgram(units.join(" + "), inputs).circuit;
      const near = (a: number, e: number): void => assert.ok(Math.abs(a - e) <= 1e-12 * Math.max(1, Math.abs(e)), `${a} is not ${e}`);
      near(net(...args).itemSync(), nodes[output]!.value as number);
      const scalar = new Map(places.map((i) => [nodes[i]!.name, nodes[i]!.grad as number]));
      ["x", "w", "b"].forEach((letter, i) => vectorised[i]!.forEach((g, at) => near(g, scalar.get(`${letter}${at}`)!)));
    }),
    { numRuns: 40 },
  );
});
