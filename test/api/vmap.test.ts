import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bernoulli, compile, concat, Diagnostic, einsum, grad, grads, hvp, key, normal, softmaxCrossEntropy, split, tensor, Tensor, uniform, vmap, zeros,
  type DType, type Shape,
} from "../../src/api/index.ts";
import { expand } from "../../src/passes/expand.ts";
import { group } from "../../src/check/index.ts";
import * as table from "../../src/ops/table.ts";
import { isEntry } from "../../src/ops/forms/entry.ts";
import { toFunction } from "../../src/trace/tensor.ts";
import type { OperandSample } from "../../src/ops/forms/entry.ts";

const examples = 3;

/** Numbers that differ from example to example; indices within their bound. */
const draw = (sample: OperandSample, seed: number, lead: Shape): Tensor => {
  const { shape, dtype, below } = "shape" in sample ? { below: 2, ...sample } : { shape: sample, dtype: "float64" as DType, below: 2 };
  const all = [...lead, ...shape];
  if (dtype === "float64") return uniform(key(seed), all, { low: 0.2, high: 2.2 });
  return uniform(key(seed), all, { high: below }).cast("int32").cast(dtype);
};

const rowOf = (t: Tensor, i: number): Tensor => t.slice([i]);

const same = (a: Tensor, b: Tensor, what: string): void => {
  assert.deepEqual([...a.shape], [...b.shape], what);
  assert.equal(a.dtype, b.dtype, what);
  const y = b.dataSync();
  a.dataSync().forEach((x: number, i: number) => {
    assert.ok(Object.is(x, y[i]) || Math.abs(x - y[i]!) <= 1e-12 * Math.max(1, Math.abs(x)), `${what}: ${x} and ${y[i]} at ${i}`);
  });
};

const stack = (rows: readonly Tensor[]): Tensor => concat(rows.map((row) => row.reshape([1, ...row.shape])));

let seed = 0;
for (const [name, entry] of Object.entries<unknown>(table)) {
  if (!isEntry(entry) || entry.internal) continue;
  test(`vmap of ${name} is a loop over examples: value and gradient, with every choice of mapped operands`, () => {
    let compared = 0;
    for (const { operands, options = [] } of entry.samples()) {
      const call = toFunction(entry as never) as unknown as (...args: unknown[]) => Tensor;
      const f = (...x: Tensor[]): Tensor => (entry.operands === "rest" ? call(...options, ...x) : entry.operands === "list" ? call(x, ...options) : call(...x, ...options));
      const loss = (...x: Tensor[]): Tensor => f(...x).cast("float64").mul(1.5).sin().sum();
      for (let choice = 1; choice < 2 ** operands.length; choice++) {
        const mapped = operands.map((_, i) => (choice & (1 << i)) !== 0);
        const args = operands.map((sample, i) => draw(sample, ++seed, mapped[i] ? [examples] : []));
        const each = (i: number): Tensor[] => args.map((arg, k) => (mapped[k] ? rowOf(arg, i) : arg));
        const rows = Array.from({ length: examples }, (_, i) => i);
        same(vmap(f, { mapped })(...args), stack(rows.map((i) => f(...each(i)))), `${name} ${JSON.stringify(operands)} ${mapped}`);
        compared++;
        const first = operands.findIndex((sample, i) => mapped[i] && !("shape" in sample));
        if (!entry.differentiable || first < 0) continue;
        const slope = (...x: Tensor[]): Tensor => grad((v: Tensor) => loss(...x.map((old, i) => (i === first ? v : old))))(x[first]!);
        same(vmap(slope, { mapped })(...args), stack(rows.map((i) => slope(...each(i)))), `gradient of ${name} ${JSON.stringify(operands)} ${mapped}`);
      }
    }
    assert.ok(compared > 0);
  });
}

test("per-example gradients of a net, and a gradient through vmap", () => {
  const net = { w: normal(key(1), [4, 3]), b: normal(key(2), [3]) };
  const loss = (m: typeof net, x: Tensor, y: Tensor): Tensor => softmaxCrossEntropy(x.matmul(m.w).add(m.b).tanh(), y);
  const x = normal(key(3), [5, 4]);
  const y = tensor([0, 2, 1, 1, 0], { dtype: "int32" });
  const each = vmap(grad(loss), { mapped: [false, true, true] })(net, x, y);
  assert.deepEqual([...each.w.shape], [5, 4, 3]);
  for (let i = 0; i < 5; i++) same(rowOf(each.w, i), grad(loss)(net, rowOf(x, i), rowOf(y, i)).w, `example ${i}`);
  const mean = (m: typeof net): Tensor => vmap(loss, { mapped: [false, true, true] })(m, x, y).mean();
  same(grad(mean)(net).w, each.w.mean({ axes: 0 }), "the mean of gradients is the gradient of the mean");
});

test("vmap nests, and composes with hvp, compile and random keys", () => {
  const dot = (a: Tensor, b: Tensor): Tensor => a.mul(b).sum();
  const a = normal(key(1), [2, 4]);
  const b = normal(key(2), [3, 4]);
  const table_ = vmap((row: Tensor) => vmap((other: Tensor) => dot(row, other))(b))(a);
  same(table_, einsum("ik,jk->ij", a, b), "all pairs");
  const curve = vmap((x: Tensor) => hvp((v: Tensor) => v.pow(3))(x, tensor(1)))(tensor([1, 2]));
  assert.deepEqual(curve.toArraySync(), [6, 12]);
  const fast = compile((x: Tensor) => vmap((v: Tensor) => grad((u: Tensor) => u.exp().add(1).log())(v))(x));
  assert.deepEqual(fast(tensor([800, 0])).toArraySync(), [1, 0.5]);
  const noise = (k: Tensor, x: Tensor): Tensor => bernoulli(k, 0.5, [8]).where(x, 0);
  const keys = stack(split(key(1), 3));
  const x = normal(key(5), [3, 8]);
  same(vmap(noise)(keys, x), stack(split(key(1), 3).map((k, i) => noise(k, rowOf(x, i)))), "a key for each example");
});

test("a known group stays one group, another is opened", () => {
  let words: string[] = [];
  const look = (t: Tensor): Tensor => {
    words = [];
    expand([t.node], "body", (node) => {
      words.push(node.op.name);
      return false;
    });
    return t;
  };
  const square = group({ name: "gram", body: (x) => x.matmul(x.transpose()).sum(), samples: [{ operands: [[2, 3]] }] });
  const outer = (x: Tensor): Tensor => look(vmap((row: Tensor) => row.softmax().sum())(x)).sum();
  grads(outer)(normal(key(1), [3, 4]));
  assert.ok(words.includes("softmax"), words.join());
  const own = vmap((m: Tensor) => square(m));
  const m = normal(key(2), [3, 2, 4]);
  same(own(m), stack([0, 1, 2].map((i) => square(rowOf(m, i)))), "a group of one's own");
  const scaled = (w: Tensor): Tensor => {
    const times = group({ name: "times_w", body: (x) => x.mul(w) });
    return vmap((x: Tensor) => times(x))(tensor([1, 2, 3])).sum();
  };
  assert.equal(grad(scaled)(2), 6, "and what it captures keeps its gradient");
});

test("results that are the same for every example are repeated; trees keep their shape", () => {
  const f = (x: Tensor, s: Tensor) => ({ y: x.mul(s), s: s.mul(2), n: 3 });
  const out = vmap(f)(tensor([1, 2]), 10 as unknown as Tensor);
  assert.deepEqual([out.y.toArraySync(), out.s.toArraySync(), out.n], [[10, 20], [20, 20], 3]);
  assert.deepEqual([...vmap((x: Tensor) => x.mul(2))(zeros([0, 3])).shape], [0, 3]);
});

test("what cannot be mapped is said", () => {
  const code = (f: () => unknown, expected: string): void => {
    assert.throws(f, (e) => e instanceof Diagnostic && e.code === expected, expected);
  };
  code(() => vmap((x: Tensor) => x)(tensor(1)), "nothing-to-map");
  code(() => vmap((x: Tensor) => x)(1 as unknown as Tensor), "nothing-to-map");
  code(() => vmap((x: Tensor, y: Tensor) => x.add(y))(tensor([1, 2]), tensor([1, 2, 3])), "sizes-differ");
  code(() => vmap((x: Tensor) => x, { axes: [0] } as never), "bad-options");
  code(() => vmap((x: Tensor) => (Number(x) > 0 ? x : x.neg()))(tensor([1])), "traced-value-as-primitive");
});
