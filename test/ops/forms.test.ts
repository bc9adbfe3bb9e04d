import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat, Diagnostic, einsum, grads, matmul, max, min, oneHot, softmaxCrossEntropy, tensor, Tensor, where, type DType } from "../../src/api/index.ts";

/** Small shapes with zero and one among the sizes, numbers with ties, infinities and NaN among them. */
const shape = (rank: number) => fc.array(fc.integer({ min: 0, max: 4 }), { minLength: rank, maxLength: rank });
const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 4, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Infinity, -Infinity, NaN, -0) },
);
const size = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
const filled = (s: readonly number[]) =>
  fc.array(number, { minLength: size(s), maxLength: size(s) }).map((data) => ({ shape: s, data, t: tensor(Float64Array.from(data), { shape: s }) }));
const any = fc.integer({ min: 0, max: 3 }).chain(shape).chain(filled);

/** Every index of a shape in row-major order. */
const indices = (s: readonly number[]): number[][] =>
  s.reduce<number[][]>((list, n) => list.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])), [[]]);
const offset = (s: readonly number[], at: readonly number[]): number => s.reduce((sum, n, i) => sum * n + at[i]!, 0);

const same = (t: Tensor, s: readonly number[], expected: readonly number[], rtol = 0): void => {
  assert.deepEqual([...t.shape], [...s]);
  const got = t.dataSync();
  expected.forEach((e, i) => {
    const g = got[i]!;
    const fine = Object.is(g, e) || g === e || Math.abs(g - e) <= rtol * Math.max(1, Math.abs(g), Math.abs(e));
    assert.ok(fine, `element ${i}: ${g} instead of ${e}`);
  });
};

test("broadcasting follows the rule for every pair of shapes that fit", () => {
  const pair = fc.integer({ min: 0, max: 3 }).chain(shape).chain((s) =>
    fc.tuple(fc.constant(s), fc.array(fc.boolean(), { minLength: s.length, maxLength: s.length }), fc.integer({ min: 0, max: s.length })),
  );
  fc.assert(
    fc.property(
      pair.chain(([s, ones, cut]) => fc.tuple(filled(s), filled(s.map((n, i) => (ones[i] ? 1 : n)).slice(cut)))),
      ([a, b]) => {
        const lead = a.shape.length - b.shape.length;
        const value = (at: readonly number[]) =>
          b.data[offset(b.shape, b.shape.map((n, i) => (n === 1 ? 0 : at[lead + i]!)))]!;
        const all = indices(a.shape);
        same(a.t.add(b.t), a.shape, all.map((at, i) => a.data[i]! + value(at)));
        same(b.t.sub(a.t), a.shape, all.map((at, i) => value(at) - a.data[i]!));
        same(where(a.t.gt(b.t), a.t, b.t), a.shape, all.map((at, i) => (a.data[i]! > value(at) ? a.data[i]! : value(at))));
      },
    ),
  );
});

test("views move every number where the index says", () => {
  fc.assert(
    fc.property(any, fc.infiniteStream(fc.integer({ min: -5, max: 5 })), (x, numbers) => {
      const next = (): number => numbers.next().value as number;
      const order = x.shape.map((_, i) => i).sort(() => next());
      const turned = order.map((axis) => x.shape[axis]!);
      same(x.t.transpose(order), turned, indices(turned).map((at) => {
        const back = new Array<number>(at.length);
        order.forEach((axis, i) => (back[axis] = at[i]!));
        return x.data[offset(x.shape, back)]!;
      }));
      // Slices against Array.prototype.slice and reverse, axis by axis.
      const steps = x.shape.map(() => [next(), next(), [1, 2, 3][Math.abs(next()) % 3]!] as const);
      const picks = x.shape.map((n, i) => {
        const [start, end, step] = steps[i]!;
        return Array.from({ length: n }, (_, k) => k).slice(start, end).filter((_, k) => k % step === 0);
      });
      const cut = picks.map((p) => p.length);
      same(x.t.slice(steps.map((s) => [...s])), cut, indices(cut).map((at) => x.data[offset(x.shape, at.map((k, i) => picks[i]![k]!))]!));
      const flipped = x.t.slice(x.shape.map((n) => [n - 1, undefined, -1] as unknown as [number, number, number]));
      same(flipped, x.shape, indices(x.shape).map((at) => x.data[offset(x.shape, at.map((k, i) => x.shape[i]! - 1 - k))]!));
      const edges = x.shape.map(() => [Math.abs(next()) % 3, Math.abs(next()) % 3] as const);
      const padded = x.shape.map((n, i) => n + edges[i]![0] + edges[i]![1]);
      same(x.t.pad(edges, 7), padded, indices(padded).map((at) => {
        const inner = at.map((k, i) => k - edges[i]![0]);
        return inner.every((k, i) => k >= 0 && k < x.shape[i]!) ? x.data[offset(x.shape, inner)]! : 7;
      }));
      same(x.t.reshape([-1]), [x.data.length], x.data);
    }),
  );
});

test("concat is the parts end to end, and its gradient cuts them apart", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }).chain((rank) => fc.tuple(shape(rank), fc.integer({ min: 0, max: rank - 1 }), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }))), ([s, axis, sizes]) => {
      let count = 0;
      const parts = sizes.map((n) => {
        const own = s.map((m, i) => (i === axis ? n : m));
        return tensor(Float64Array.from({ length: size(own) }, () => count++), { shape: own });
      });
      const joined = concat(parts, { axis });
      parts.reduce((start, part) => {
        const ranges = s.map((_, i): [number, number] | null => (i === axis ? [start, start + part.shape[axis]!] : null));
        assert.deepEqual(joined.slice(ranges).toArraySync(), part.toArraySync());
        return start + part.shape[axis]!;
      }, 0);
    }),
  );
});

test("folds over any axes equal the loop over the numbers", () => {
  fc.assert(
    fc.property(any, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), fc.boolean(), (x, chosen, keepDims) => {
      const axes = x.shape.map((_, i) => i).filter((i) => chosen[i]);
      const kept = x.shape.filter((_, i) => !chosen[i]);
      const rows = indices(kept).map((): number[] => []);
      indices(x.shape).forEach((at, i) => rows[offset(kept, at.filter((_, k) => !chosen[k]))]!.push(x.data[i]!));
      const shape = keepDims ? x.shape.map((n, i) => (chosen[i] ? 1 : n)) : kept;
      const options = { axes, keepDims };
      same(x.t.sum(options), shape, rows.map((r) => r.reduce((a, b) => a + b, 0)), 1e-12);
      same(x.t.mean(options), shape, rows.map((r) => r.reduce((a, b) => a + b, 0) / r.length), 1e-12);
      same(x.t.amax(options), shape, rows.map((r) => Math.max(...r)));
      same(x.t.amin(options), shape, rows.map((r) => Math.min(...r)));
      same(x.t.argmax(options), shape, rows.map((r) => r.indexOf(Math.max(...r.filter((v) => !Number.isNaN(v))))));
      const lse = (r: readonly number[]): number => {
        const top = Math.max(...r);
        if (r.length === 0 || top === -Infinity) return -Infinity;
        return top === Infinity ? Infinity : top + Math.log(r.reduce((sum, v) => sum + Math.exp(v - top), 0));
      };
      same(x.t.logsumexp(options), shape, rows.map(lse), 1e-12);
    }),
  );
});

test("ties in a fold share the gradient, rows stay apart, NaN in one row does not leak", () => {
  const [g] = grads((x: Tensor) => x.amax({ axes: 1 }).sum())(tensor([[1, 3, 3], [2, 2, 2], [5, 4, 6]]));
  assert.deepEqual(g.toArraySync(), [[0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3], [0, 0, 1]]);
  const [h] = grads((x: Tensor) => x.sigmoid().sum({ axes: 1 }).slice([[0, 1]]).sum())(tensor([[1], [NaN], [2]]));
  assert.equal((h.toArraySync() as number[][])[1]![0], 0);
  const rows = tensor([[1], [NaN], [2]]).sigmoid().toArraySync() as number[][];
  same(tensor([rows[0]![0]!, rows[2]![0]!]), [2], [0.7310585786300049, 0.8807970779778824], 1e-15);
  assert.ok(Number.isNaN(rows[1]![0]));
});

test("contractions equal the sum over all letters", () => {
  const letter = fc.constantFrom("i", "j", "k", "l");
  const term = fc.array(letter, { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 3 }), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }), fc.infiniteStream(fc.boolean()), (terms, sizes, coin) => {
      const sizeOf = new Map(["i", "j", "k", "l"].map((l, i) => [l, sizes[i]!]));
      const used = [...new Set(terms.flat())];
      const out = used.filter(() => coin.next().value as boolean);
      let count = 0;
      const operands = terms.map((t) => {
        const s = t.map((l) => sizeOf.get(l)!);
        return { s, data: Array.from({ length: size(s) }, () => (count++ % 7) - 3) };
      });
      const expected = new Array<number>(size(out.map((l) => sizeOf.get(l)!))).fill(0);
      for (const at of indices(used.map((l) => sizeOf.get(l)!))) {
        const value = (l: (typeof used)[number]): number => at[used.indexOf(l)]!;
        const product = operands.reduce((p, o, i) => p * o.data[offset(o.s, terms[i]!.map(value))]!, 1);
        expected[offset(out.map((l) => sizeOf.get(l)!), out.map(value))]! += product;
      }
      const equation = `${terms.map((t) => t.join("")).join(",")}->${out.join("")}`;
      const result = einsum(equation, ...operands.map((o) => tensor(Float64Array.from(o.data), { shape: o.s })));
      same(result, out.map((l) => sizeOf.get(l)!), expected, 1e-12);
    }),
    { numRuns: 300 },
  );
});

test("matmul equals einsum for every rank and broadcasts leading axes", () => {
  const lead = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 });
  fc.assert(
    fc.property(lead, fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }), fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 0, max: 4 }))), (batch, ones, [m, k, n]) => {
      const range = (s: readonly number[], by: number) => tensor(Float64Array.from({ length: size(s) }, (_, i) => ((i * by) % 11) - 5), { shape: s });
      const a = range([...batch, m!, k!], 3);
      const other = batch.map((b, i) => (ones[i] ? 1 : b));
      const b = range([...other, k!, n!], 7);
      const full = b.broadcastTo([...batch, k!, n!]);
      const letters = "uv".slice(0, batch.length);
      const expected = einsum(`${letters}ab,${letters}bc->${letters}ac`, a, full);
      assert.deepEqual([...matmul(a, b).shape], [...expected.shape]);
      assert.deepEqual([...matmul(a, b).dataSync()], [...expected.dataSync()]);
    }),
  );
  assert.deepEqual(tensor([1, 2]).matmul(tensor([[3, 4], [5, 6]])).toArraySync(), [13, 16]);
  assert.equal(tensor([1, 2]).matmul(tensor([3, 4])).itemSync(), 11);
});

test("gather reads rows, drops what is out of range, and adds gradients back", () => {
  const x = tensor([[1, 2], [3, 4], [5, 6]]);
  const i = tensor([2, 0, 2, 9, -1], { dtype: "int32" });
  assert.deepEqual(x.gather(i).toArraySync(), [[5, 6], [1, 2], [5, 6], [0, 0], [0, 0]]);
  const [g] = grads((t: Tensor) => t.gather(i).sum())(x);
  assert.deepEqual(g.toArraySync(), [[1, 1], [0, 0], [2, 2]]);
  const columns = x.gather(tensor([1, 1], { dtype: "int32" }), { axis: 1 });
  assert.deepEqual(columns.toArraySync(), [[2, 2], [4, 4], [6, 6]]);
  assert.deepEqual(x.pick(tensor([1, 0, 1], { dtype: "int32" })).toArraySync(), [2, 3, 6]);
  assert.deepEqual(x.gather([1, 0]).toArraySync(), [[3, 4], [1, 2]], "written as numbers");
  assert.throws(() => x.gather([0.5]), (e) => e instanceof Diagnostic && e.code === "index-type");
  assert.deepEqual(oneHot(tensor([1, 0], { dtype: "int32" }), 3).toArraySync(), [[0, 1, 0], [1, 0, 0]]);
});

test("ties of max and min add up to one, three-way ties too; relu and the margin have slope 0", () => {
  assert.deepEqual(grads((x: Tensor, y: Tensor) => max(x, y))(2, 2), [0.5, 0.5]);
  assert.deepEqual(grads((x: Tensor, y: Tensor, z: Tensor) => min(x, y, z))(1, 1, 1), [1 / 3, 1 / 3, 1 / 3]);
  assert.deepEqual(grads((x: Tensor) => x.relu())(0), [0]);
  assert.deepEqual(grads((x: Tensor) => x.relu())(-0), [0]);
  assert.ok(Object.is(tensor(-0).relu().itemSync(), 0));
});

test("a masked branch never poisons the other", () => {
  const cases: [(x: Tensor) => Tensor, number, number][] = [
    [(x) => where(x.gt(0), x.sqrt(), 0), 0, 0],
    [(x) => where(x.lt(1), x.exp(), x), 800, 1],
    [(x) => where(x.gt(0), x.log(), x.mul(2)), 0, 2],
    [(x) => where(x.gt(0), x.log(), x.mul(2)), -1, 2],
    [(x) => where(x.ne(0), x.sin().div(x), 1), 0, 0],
    [(x) => where(x.gt(0), x.mul(x.mul(-1000).exp()), 0), -1, 0],
    [(x) => where(x.ge(0), 0, x.pow(0.5)), 0, 0],
  ];
  for (const [f, at, slope] of cases) assert.deepEqual(grads(f)(at), [slope], `${f} at ${at}`);
});

test("types meet as documented", () => {
  const types: [Tensor, DType][] = [
    [tensor([1, 2], { dtype: "float32" }).add(1.5), "float32"],
    [tensor([1, 2], { dtype: "float32" }).add(tensor([1, 2])), "float64"],
    [tensor([1, 2], { dtype: "int32" }).mul(2), "int32"],
    [tensor([1, 2], { dtype: "int32" }).mul(0.5), "float64"],
    [tensor([1, 2], { dtype: "int32" }).exp(), "float64"],
    [tensor([true, false]).mul(tensor([1, 2], { dtype: "float32" })), "float32"],
    [tensor([true, false]).mul(2e9).mul(2), "float64"],
    [tensor([1, 2]).gt(1), "bool"],
    [tensor([1, 2]).gt(1).sum(), "int32"],
    [tensor([1, 2]).gt(1).mean(), "float64"],
    [tensor([1, 2]).gt(1).where(tensor([1, 2], { dtype: "float32" }), 0), "float32"],
    [tensor([1, 2], { dtype: "float32" }).matmul(tensor([1, 2], { dtype: "float32" })), "float32"],
  ];
  for (const [t, dtype] of types) assert.equal(t.dtype, dtype);
  assert.equal(tensor([1, 2, 3]).gt(1).sum().itemSync(), 2, "truth values are counted");
  assert.equal(tensor([true]).mul(2e9).mul(2).itemSync(), 4e9);
  assert.deepEqual(tensor([1.7, -1.7]).cast("int32").toArraySync(), [1, -1]);
  assert.equal(tensor(0.1, { dtype: "float32" }).add(0.2).itemSync(), Math.fround(Math.fround(0.1) + Math.fround(0.2)));
  const [g] = grads((x: Tensor) => x.cast("float32").mul(3).cast("float64").sum())(tensor([1, 2]));
  assert.equal(g.dtype, "float64");
});

test("a label that names no class counts nothing, whole or not", () => {
  const scores = tensor([[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]]);
  const labels = tensor([1, 0.5, -1, 3]);
  const [g] = grads((x: Tensor) => softmaxCrossEntropy(x, labels).sum())(scores);
  assert.deepEqual((softmaxCrossEntropy(scores, labels).toArraySync() as number[]).slice(1), [0, 0, 0]);
  assert.deepEqual((g.toArraySync() as number[][]).slice(1), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]);
});
