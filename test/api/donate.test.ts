/** Results of compiled functions are values, wherever their numbers lie; what is donated is gone, and says so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile, Diagnostic, tensor, type Tensor, valueAndGrad } from "../../src/api/index.ts";

const givenAway = (read: () => unknown): void =>
  assert.throws(read, (e) => e instanceof Diagnostic && e.code === "given-away" && /donate/.test(e.message));

test("results keep their numbers when the program runs again, read or unread", () => {
  const f = compile((x: Tensor) => ({ twice: x.mul(2), sum: x.sum() }));
  const results = [1, 2, 3, 4].map((n) => f(tensor([n, n + 1])));
  const early = results[1]!.twice.dataSync();
  f(tensor([100, 100]));
  assert.deepEqual(results.map(({ twice }) => twice.toArraySync()), [[2, 4], [4, 6], [6, 8], [8, 10]]);
  assert.deepEqual(results.map(({ sum }) => sum.itemSync()), [3, 5, 7, 9]);
  early[0] = 77;
  assert.deepEqual(results[1]!.twice.toArraySync(), [4, 6], "what was read out belongs to the reader");
});

test("a result that goes in again stays what it was", () => {
  const f = compile((w: Tensor, x: Tensor) => w.add(x));
  const first = f(tensor([1, 2]), tensor([1, 1]));
  const second = f(first, tensor([10, 10]));
  const third = f(second, first);
  assert.deepEqual([first, second, third].map((x) => x.toArraySync()), [[2, 3], [12, 13], [14, 16]]);
});

test("a donated argument is written over, and reading it is an error that names it", () => {
  const step = compile((w: Tensor, g: Tensor) => ({ w: w.sub(g.mul(0.5)) }), { donate: [0] });
  const start = tensor([1, 2], { name: "w" });
  const one = step(start, tensor([2, 2]));
  givenAway(() => start.dataSync());
  assert.throws(() => start.dataSync(), /"w"/);
  const two = step(one.w, tensor([2, 4]));
  givenAway(() => one.w.dataSync());
  givenAway(() => one.w.add(1).dataSync());
  assert.deepEqual(two.w.toArraySync(), [-1, -1]);
  assert.deepEqual(two.w.toArraySync(), [-1, -1]);
});

test("an argument that is not donated keeps its numbers beside one that is", () => {
  const step = compile((w: Tensor, m: Tensor) => ({ w: w.sub(m), m: m.mul(0.5).add(w) }), { donate: [1] });
  const a = step(tensor([8, 8]), tensor([2, 4]));
  const b = step(a.w, a.m);
  assert.deepEqual(a.w.toArraySync(), [6, 4]);
  givenAway(() => a.m.toArraySync());
  assert.deepEqual([b.w.toArraySync(), b.m.toArraySync()], [[-3, -6], [10.5, 9]]);
});

test("whichever way arguments become results, donating changes no number", () => {
  const programs: Record<string, (a: Tensor, b: Tensor, c: Tensor) => Record<string, Tensor>> = {
    inPlace: (a, b, c) => ({ a: a.add(c), b: b.mul(a), c: c.sub(0.25) }),
    swapped: (a, b, c) => ({ a: b.add(1), b: a.mul(0.5), c: c.neg() }),
    turned: (a, b, c) => ({ c: a.add(b), a: b.sub(c), b: c.mul(0.5).add(a.sum()) }),
    unchanged: (a, b, c) => ({ a: b, b: a, c: c.add(a.amax()) }),
    late: (a, b, c) => ({ a: a.add(1), b: b.sub(a.mean()), c: c.add(a.matmul(b)).mul(a) }),
  };
  const number = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(programs)), fc.subarray([0, 1, 2]), fc.array(number, { minLength: 9, maxLength: 9 }), fc.boolean(), (name, donate, numbers, read) => {
      const f = programs[name]!;
      const fast = compile(f, { donate });
      const start = (): Tensor[] => [0, 3, 6].map((i) => tensor(numbers.slice(i, i + 3)));
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

test("one tensor given twice, once to be written over, is read before", () => {
  const f = compile((a: Tensor, b: Tensor) => ({ a: a.add(b), b: b.mul(3) }), { donate: [0] });
  let { a } = f(tensor([1, 2]), tensor([1, 1]));
  ({ a } = f(a, a));
  assert.deepEqual(a.toArraySync(), [4, 6]);
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
