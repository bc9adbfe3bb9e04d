/** Reading numbers out: as a new array, or in one that the reader keeps. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { compile, Diagnostic, grad, normal, key, setThreads, tensor, type Tensor } from "../../src/api/index.ts";

afterEach(() => setThreads(1));

const six = [1, 2, 3, 4, 5, 6];

test("numbers of every type are written to the array that is given, which comes back", async () => {
  for (const [dtype, into] of [
    ["float64", new Float64Array(6)],
    ["float32", new Float32Array(6)],
    ["int32", new Int32Array(6)],
    ["uint32", new Uint32Array(6)],
    ["bool", new Uint8Array(6)],
  ] as const) {
    const x = tensor(six, { shape: [2, 3] }).cast(dtype);
    assert.equal(x.dataSync(into), into);
    assert.deepEqual(into, x.dataSync());
    into.fill(0);
    assert.equal(await x.data(into), into);
    assert.deepEqual(into, x.dataSync());
  }
});

test("a part of an array, a scalar, no numbers at all; what is unread is computed", () => {
  const all = new Float64Array(10).fill(-1);
  tensor(six).mul(2).dataSync(all.subarray(2, 8));
  assert.deepEqual([...all], [-1, -1, 2, 4, 6, 8, 10, 12, -1, -1]);
  assert.deepEqual([...tensor(7).sq().dataSync(all.subarray(0, 1))], [49]);
  assert.equal(tensor([], { shape: [0, 3] }).dataSync(new Float64Array(0)).length, 0);
});

test("what is read into an array is a copy: neither side changes the other, whenever the program runs again", () => {
  for (const size of [2, 1000, 100_000]) {
    for (const threads of [1, 2]) {
      setThreads(threads);
      const f = compile((x: Tensor) => x.mul(2));
      const [first, second] = [f(tensor(new Float32Array(size).fill(1))), f(tensor(new Float32Array(size).fill(2)))];
      const into = new Float32Array(size);
      const all = (value: number) => new Float32Array(size).fill(value);
      assert.deepEqual(second.dataSync(into), all(4));
      into.fill(9);
      assert.deepEqual(second.dataSync(), all(4));
      assert.deepEqual(first.dataSync(into), all(2));
      f(second);
      assert.deepEqual(into, all(2));
      assert.deepEqual(second.dataSync(into), all(4));
    }
  }
});

test("a large result of several threads is the same in an array that is kept", () => {
  setThreads(2);
  const f = compile((x: Tensor) => x.matmul(x));
  const into = new Float32Array(300 * 300);
  for (let i = 0; i < 3; i++) {
    const y = f(normal(key(i), [300, 300], { dtype: "float32" }));
    assert.deepEqual(y.dataSync(into), y.dataSync());
  }
});

test("an array that does not fit is refused by type and number, before anything is computed or written", async () => {
  const w = tensor([1, 2, 3], { dtype: "float32" }).named("w");
  const refused = (into: unknown, sentence: RegExp) => {
    const check = (error: unknown): boolean => {
      assert.ok(error instanceof Diagnostic);
      assert.equal(error.code, "array-does-not-fit");
      assert.match(error.message, sentence);
      assert.match(error.message, /new Float32Array\(3\)/);
      return true;
    };
    assert.throws(() => w.dataSync(into as Float32Array), check);
    return assert.rejects(w.data(into as Float32Array), check);
  };
  const short = new Float32Array(2);
  await refused(short, /"w" has 3 numbers of float32, and is to be written to 2 of float32/);
  assert.deepEqual([...short], [0, 0]);
  await refused(new Float64Array(3), /3 of float64/);
  await refused([0, 0, 0], /an array/);
  await refused(null, /null/);
});

test("what has no numbers says so, with an array as without", () => {
  const into = new Float64Array(1);
  assert.throws(() => grad((x: Tensor) => (x.dataSync(into), x))(tensor([1])), { code: "traced-value-read" });
  const step = compile((x: Tensor) => x.add(1), { donate: [0] });
  const x = tensor([1]);
  step(x);
  assert.throws(() => x.dataSync(into), { code: "given-away" });
  assert.deepEqual([...into], [0]);
});
