/** Results of compiled functions are values, wherever their numbers lie; what is donated is gone, and says so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile, Diagnostic, full, ones, tensor, type Tensor, valueAndGrad, zeros } from "../../src/api/index.ts";

/** Small results are copied out at once, large ones stay in the program's memory: the same numbers over and over are large. */
const repeats = [1, 100] as const;
const over = (numbers: readonly number[], times: number): Tensor => tensor(Array.from({ length: times }, () => numbers).flat());
/** The numbers that are repeated. */
const unit = (x: Tensor, times: number): number[] => {
  const all = Array.from(x.dataSync());
  const first = all.slice(0, all.length / times);
  all.forEach((v, i) => assert.equal(v, first[i % first.length]));
  return first;
};

const givenAway = (read: () => unknown): void =>
  assert.throws(read, (e) => e instanceof Diagnostic && e.code === "given-away" && /donate/.test(e.message));

for (const times of repeats) {
  const many = (...numbers: number[]): Tensor => over(numbers, times);
  const of = (x: Tensor): number[] => unit(x, times);

  test(`results keep their numbers when the program runs again, read or unread (${times})`, () => {
    const f = compile((x: Tensor) => ({ twice: x.mul(2), sum: x.sum().div(times) }));
    const results = [1, 2, 3, 4].map((n) => f(many(n, n + 1)));
    const early = results[1]!.twice.dataSync();
    f(many(100, 100));
    assert.deepEqual(results.map(({ twice }) => of(twice)), [[2, 4], [4, 6], [6, 8], [8, 10]]);
    assert.deepEqual(results.map(({ sum }) => sum.itemSync()), [3, 5, 7, 9]);
    early[0] = 77;
    assert.deepEqual(of(results[1]!.twice), [4, 6], "what was read out belongs to the reader");
  });

  test(`a result that goes in again stays what it was (${times})`, () => {
    const f = compile((w: Tensor, x: Tensor) => w.add(x));
    const first = f(many(1, 2), many(1, 1));
    const second = f(first, many(10, 10));
    const third = f(second, first);
    assert.deepEqual([first, second, third].map(of), [[2, 3], [12, 13], [14, 16]]);
  });

  test(`a donated argument is written over, and reading it is an error that names it (${times})`, () => {
    const step = compile((w: Tensor, g: Tensor) => ({ w: w.sub(g.mul(0.5)) }), { donate: [0] });
    const start = many(1, 2).named("w");
    const one = step(start, many(2, 2));
    givenAway(() => start.dataSync());
    assert.throws(() => start.dataSync(), /"w"/);
    const other = one.w.named("other");
    const two = step(one.w, many(2, 4));
    givenAway(() => one.w.dataSync());
    givenAway(() => one.w.add(1).dataSync());
    assert.deepEqual(of(two.w), [-1, -1]);
    assert.deepEqual(of(two.w), [-1, -1]);
    // A second handle on numbers that were still in the program's memory has lost them too.
    givenAway(() => other.dataSync());
  });

  test(`an argument that is not donated keeps its numbers beside one that is (${times})`, () => {
    const step = compile((w: Tensor, m: Tensor) => ({ w: w.sub(m), m: m.mul(0.5).add(w) }), { donate: [1] });
    const a = step(many(8, 8), many(2, 4));
    const b = step(a.w, a.m);
    assert.deepEqual(of(a.w), [6, 4]);
    givenAway(() => a.m.toArraySync());
    assert.deepEqual([of(b.w), of(b.m)], [[-3, -6], [10.5, 9]]);
  });

  test(`one tensor given twice, once to be written over, is read before (${times})`, () => {
    const f = compile((a: Tensor, b: Tensor) => ({ a: a.add(b), b: b.mul(3) }), { donate: [0] });
    let { a } = f(many(1, 2), many(1, 1));
    ({ a } = f(a, a));
    assert.deepEqual(of(a), [4, 6]);
  });
}

test("whichever way arguments become results, donating changes no number", () => {
  const programs: Record<string, (a: Tensor, b: Tensor, c: Tensor) => Record<string, Tensor>> = {
    inPlace: (a, b, c) => ({ a: a.add(c), b: b.mul(a), c: c.sub(0.25) }),
    swapped: (a, b, c) => ({ a: b.add(1), b: a.mul(0.5), c: c.neg() }),
    turned: (a, b, c) => ({ c: a.add(b), a: b.sub(c), b: c.mul(0.5).add(a.sum()) }),
    unchanged: (a, b, c) => ({ a: b, b: a, c: c.add(a.amax()) }),
    late: (a, b, c) => ({ a: a.add(1), b: b.sub(a.mean()), c: c.add(a.mul(b).mean()).mul(a) }),
  };
  const number = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(programs)), fc.subarray([0, 1, 2]), fc.array(number, { minLength: 9, maxLength: 9 }), fc.boolean(), fc.constantFrom(...repeats), (name, donate, numbers, read, times) => {
      const f = programs[name]!;
      const fast = compile(f, { donate });
      const start = (): Tensor[] => [0, 3, 6].map((i) => over(numbers.slice(i, i + 3), times));
      let [got, want] = [start(), start()];
      for (let i = 0; i < 4; i++) {
        const [x, y] = [fast(got[0]!, got[1]!, got[2]!), f(want[0]!, want[1]!, want[2]!)];
        if (read) x["b"]!.dataSync();
        [got, want] = [[x["a"]!, x["b"]!, x["c"]!], [y["a"]!, y["b"]!, y["c"]!]];
      }
      got.forEach((x, i) => x.dataSync().forEach((v: number, j: number) => assert.ok(Math.abs(v - want[i]!.dataSync()[j]!) <= 1e-9 * (1 + Math.abs(v)), `${name} ${i}`)));
    }),
    { numRuns: 100 },
  );
});

test("a donating training step walks as the plain one", () => {
  const plain = (w: Tensor, x: Tensor) => {
    const { value, grad } = valueAndGrad((v: Tensor) => x.matmul(v).sub(1).sq().mean())(w);
    return { loss: value, w: w.sub(grad.mul(0.05)) };
  };
  const fast = compile(plain, { donate: [0] });
  const x = tensor([[1, 2], [0.5, -1], [2, 0.25]]);
  let [a, b] = [tensor([0, 0]), tensor([0, 0])];
  const losses: Tensor[] = [];
  for (let i = 0; i < 20; i++) {
    const got = fast(a, x);
    losses.push(got.loss);
    a = got.w;
    const want = plain(b, x);
    b = want.w;
    assert.ok(Math.abs(losses[i]!.itemSync() - want.loss.itemSync()) < 1e-12);
  }
  assert.ok(losses[19]!.itemSync() < losses[0]!.itemSync());
});

test("what is no position of an argument is refused", () => {
  const bad = (options: object): void => assert.throws(() => compile((x: Tensor) => x, options), (e) => e instanceof Diagnostic);
  bad({ donate: [-1] });
  bad({ donate: [0.5] });
  bad({ donate: 0 });
  bad({ donated: [0] });
});

test("what is written over while it is summed is summed right, whatever the shape and the axes", () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(size, size, fc.constantFrom([0], [1], [0, 1]), fc.constantFrom("float32", "float64"), (rows, columns, axes, dtype) => {
      const numbers = (from: number): Tensor => tensor(Array.from({ length: rows * columns }, (_, i) => ((i * 7 + from) % 64) / 8), { shape: [rows, columns], dtype });
      const f = (w: Tensor, g: Tensor) => {
        const moved = w.sub(g.mul(0.5));
        return { w: moved, sums: moved.sum({ axes }) };
      };
      const step = compile(f, { donate: [0] });
      let [ours, theirs] = [numbers(0), numbers(0)];
      for (let i = 0; i < 3; i++) {
        const [made, wanted] = [step(ours, numbers(i)), f(theirs, numbers(i))];
        assert.deepEqual(made.sums.dataSync(), wanted.sums.dataSync());
        [ours, theirs] = [made.w, wanted.w];
      }
      assert.deepEqual(ours.dataSync(), theirs.dataSync());
    }),
    { numRuns: 60 },
  );
});

test("what is given away and not needed is not copied out, and is gone", () => {
  const step = compile((w: Tensor, _old: Tensor) => ({ w: w.add(1), gradient: w.mul(2) }), { donate: [0, 1] });
  const first = step(tensor(new Float64Array(1000)), tensor(new Float64Array(1000)));
  const second = step(first.w, first.gradient);
  givenAway(() => first.gradient.dataSync());
  assert.equal(second.gradient.dataSync()[999], 2);
});

test("a tensor of one number goes in without its numbers being made, given away or not", () => {
  const f = compile((w: Tensor, m: Tensor, x: Tensor) => ({ w: w.add(m).add(x), m: m.mul(2).add(x) }), { donate: [0, 1] });
  const shape = [300] as const;
  const [w, m, x] = [zeros(shape), full(shape, 3), ones(shape)];
  const first = f(w, m, x);
  // A tensor whose numbers were made holds them.
  assert.equal(x.held, undefined);
  const second = f(first.w, first.m, x);
  assert.deepEqual([unit(second.w, 300), unit(second.m, 300)], [[12], [15]]);
  for (const gone of [w, m]) givenAway(() => gone.dataSync());
  assert.deepEqual(unit(x, 300), [1]);
});

test("the same filled tensor for two arguments, other numbers in the next call, and types", () => {
  const f = compile((a: Tensor, b: Tensor, c: Tensor) => a.mul(10).add(b).add(c.cast("float64")));
  for (const dtype of ["int32", "bool"] as const) {
    const same = full([70, 3], -2.5);
    const one = full([70, 3], 1, { dtype });
    assert.deepEqual(unit(f(same, same, one), 210), [-26.5]);
    assert.deepEqual(unit(f(same, full([70, 3], 0.5), one), 210), [-23.5]);
    assert.deepEqual(unit(f(same, tensor(Array(70).fill([1, 1, 1])), one), 210), [-23]);
    assert.deepEqual(unit(f(full([70, 3], NaN), same, one), 210), [NaN]);
  }
  assert.equal(compile((a: Tensor) => a.add(1))(full([], 2)).itemSync(), 3);
  assert.deepEqual(compile((a: Tensor) => a.add(1))(zeros([0, 3])).shape, [0, 3]);
});
