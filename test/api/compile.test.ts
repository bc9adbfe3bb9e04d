import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../src/api/compile.ts";
import { Diagnostic, grad, grads, jvp, max, tensor, Tensor, valueAndGrad, vjp, zeros } from "../../src/api/index.ts";

test("a compiled function gives what the plain one gives, for numbers, tensors and trees", () => {
  const f = (model: { w: Tensor; b: Tensor }, x: Tensor, scale: Tensor) => ({ y: x.matmul(model.w).add(model.b).mul(scale), n: x.sum() });
  const model = { w: tensor([[1, 2], [3, 4]]), b: tensor([1, -1]) };
  const fast = compile(f);
  const got = fast(model, tensor([[1, 1]]), 2);
  assert.deepEqual(got.y.toArraySync(), [[10, 10]]);
  assert.equal(got.n.itemSync(), 2);
  assert.deepEqual(fast(model, tensor([[0, 1]]), 3).y.toArraySync(), [[12, 9]]);
  assert.equal(fast.programs, 1, "the same shapes use the same program");
  fast(model, tensor([[0, 1], [1, 0]]), 3);
  assert.equal(fast.programs, 2, "another shape is another program");
});

test("the function is traced once for each set of shapes, and the number of programs is bounded", () => {
  let traced = 0;
  const f = compile((x: Tensor) => {
    traced++;
    return x.mul(2);
  });
  for (let i = 0; i < 5; i++) f(tensor([i]));
  assert.equal(traced, 2, "once, and once more to see that it is the same graph");
  for (let n = 1; n < 50; n++) f(zeros([n]));
  assert.ok(f.programs <= 16);
});

test("a training step with gradients inside compiles", () => {
  const step = compile((w: Tensor, x: Tensor) => {
    const { value, grad: g } = valueAndGrad((v: Tensor) => v.mul(x).sub(1).sq().sum())(w);
    return { loss: value, w: w.sub(g.mul(0.1)) };
  });
  let w: Tensor = tensor([0, 0]);
  const x = tensor([1, 2]);
  let loss = Infinity;
  for (let i = 0; i < 50; i++) ({ w } = step(w, x)), (loss = step(w, x).loss.itemSync());
  assert.ok(loss < 1e-6, `${loss}`);
  const plain = grad((v: Tensor) => v.mul(x).sub(1).sq().sum())(tensor([0, 0]));
  assert.deepEqual(step(tensor([0, 0]), x).w.toArraySync(), plain.mul(-0.1).toArraySync());
});

test("known chains run in their stable form, and the user can see which and why", () => {
  const naive = (x: Tensor) => x.exp().add(1).log();
  assert.equal(naive(tensor(1000)).itemSync(), Infinity);
  const stable = compile(naive);
  assert.equal(stable(1000).itemSync(), 1000);
  assert.equal(stable.grouped.length, 1);
  assert.equal(stable.grouped[0]!.word, "softplus");
  assert.match(stable.grouped[0]!.why, /overflow/);
});

test("chains are grouped before they are differentiated, so their gradients are stable too", () => {
  const naive = (x: Tensor) => x.exp().add(1).log();
  const slope = compile((x: Tensor) => grad(naive)(x));
  assert.equal(slope(800).itemSync(), 1);
  assert.deepEqual(slope.grouped.map((found) => found.word), ["softplus"]);
  const curve = compile((x: Tensor) => jvp(naive)([x], [tensor(1)]).tangent);
  assert.equal(curve(800).itemSync(), 1);
  const back = compile((x: Tensor) => vjp(naive)(x).pullback(tensor(2))[0]);
  assert.equal(back(800).itemSync(), 2);
});

test("a value never changes at a tie: max(0, x) is not taken for relu", () => {
  const f = compile((x: Tensor) => grads((v: Tensor) => max(0, v).sum())(x)[0]);
  assert.deepEqual(f(tensor([0, 1, -1])).toArraySync(), [0.5, 1, 0]);
});

test("a graph that depends on something that is not an argument is reported", () => {
  let count = 0;
  const counting = compile((x: Tensor) => x.mul(++count));
  assert.throws(() => counting(1), (e) => e instanceof Diagnostic && e.code === "data-dependent" && /compile\.test\.ts/.test(e.place?.file ?? ""));
  const random = compile((x: Tensor) => x.add(Math.random()));
  assert.throws(() => random(1), (e) => e instanceof Diagnostic && e.code === "data-dependent");
  const branch = compile((x: Tensor) => ((x as unknown as number) > 0 ? x : x.neg()));
  assert.throws(() => branch(1), (e) => e instanceof Diagnostic && e.code === "traced-value-as-primitive");
});

test("inside another trace a compiled function is an ordinary one", () => {
  const square = compile((x: Tensor) => x.mul(x));
  assert.equal(grad((x: Tensor) => square(x).mul(3))(2), 12);
});

test("whoever asks is told when a program is made, and what is different about the call", () => {
  const told: string[] = [];
  const f = compile((x: Tensor, o: { mode: string; on: readonly Tensor[] }) => (o.mode === "a" ? x.mul(2) : x.add(o.on[0]!)).sum(), { onCompile: (why) => told.push(why) });
  const says = (wanted: string | undefined, x: Tensor, o: { mode: string; on: readonly Tensor[] }): void => {
    told.length = 0;
    f(x, o);
    assert.deepEqual(told, wanted === undefined ? [] : [wanted]);
  };
  const on = [tensor(1)];
  says("it is the first call", zeros([32, 4]), { mode: "a", on });
  says(undefined, zeros([32, 4]), { mode: "a", on: [tensor(2)] });
  says("x had shape [32, 4], now [31, 4]", zeros([31, 4]), { mode: "a", on });
  says(undefined, zeros([32, 4]), { mode: "a", on });
  says('o.mode was "a", now "b"', zeros([32, 4]), { mode: "b", on });
  says("o.on[0] was float64, now int32", zeros([32, 4]), { mode: "b", on: [tensor(2, { dtype: "int32" })] });
  says("o.on had length 1, now 2", zeros([32, 4]), { mode: "b", on: [tensor(1), tensor(2)] });
  assert.throws(() => compile((x: Tensor) => x, { onCompile: true as never }), (e) => e instanceof Diagnostic && e.code === "bad-options");
});

const x1 = (): Tensor => tensor([1, 2]);

test("plain values of every kind are told apart, trees by their keys, and what matches runs the same program", () => {
  class Own {}
  const own = new Own();
  const act = (): number => 1;
  const f = compile((x: Tensor, { o }: { o: unknown }) => (o === undefined ? x : x.mul(2)));
  const values: unknown[] = [undefined, null, 0, -0, NaN, 1, true, 1n, "1", own, new Own(), act, [], {}, [1], { a: 1 }, { b: 1 }, { a: 1, b: 1 }, [x1(), 1]];
  values.forEach((value, i) => {
    f(x1(), { o: value });
    f(x1(), { o: value });
    assert.equal(f.programs, Math.min(16, i + 1), `value ${i}`);
  });
});

test("arguments written over between calls, and tensors not read yet, are seen", () => {
  const f = compile((p: { w: Tensor }) => ({ w: p.w.mul(2) }));
  const p = { w: tensor([1, 2]) };
  assert.deepEqual(f(p).w.toArraySync(), [2, 4]);
  p.w = tensor([5, 5]);
  assert.deepEqual(f(p).w.toArraySync(), [10, 10]);
  p.w = tensor([1, 1]).add(1);
  assert.deepEqual(f(p).w.toArraySync(), [4, 4]);
  p.w = zeros([2]);
  assert.deepEqual(f(p).w.toArraySync(), [0, 0]);
  assert.equal(f.programs, 1);
  const late = f({ w: tensor([1, 2]) }).w;
  assert.deepEqual(f({ w: late }).w.toArraySync(), [4, 8]);
  assert.deepEqual(late.toArraySync(), [2, 4]);
});

test("data given again is not copied again, and data given for the first time is seen", () => {
  const f = compile((x: Tensor, y: Tensor) => x.mul(y).sum());
  const [a, b] = [tensor(new Float64Array(1000).fill(1)), tensor(new Float64Array(1000).fill(2))];
  const one = tensor(1);
  const sums = [a, a, b, a, b, b].map((x) => f(x, one).itemSync());
  assert.deepEqual(sums, [1000, 1000, 2000, 1000, 2000, 2000]);
  // A result that goes in where data was, and the data again.
  const double = compile((x: Tensor) => ({ y: x.mul(2), x }));
  const first = double(a);
  const second = double(first.y);
  const third = double(a);
  const fourth = double(third.x);
  assert.deepEqual([first, second, third, fourth].map(({ y }) => y.dataSync()[999]), [2, 4, 2, 2]);
  assert.deepEqual([first, second, third, fourth].map(({ x }) => x.dataSync()[0]), [1, 2, 1, 1]);
});

test("a function of single numbers writes its results into an array, which may be the one they came from", () => {
  const step = compile((x: Tensor, y: Tensor) => {
    const { value, grad: g } = valueAndGrad((p: readonly Tensor[]) => p[0]!.sq().add(p[1]!.sq().mul(2)))([x, y]);
    return [x.sub(g[0]!.mul(0.1)), y.sub(g[1]!.mul(0.1)), value];
  });
  const state = Float64Array.of(1, 2, 0);
  let [x, y] = [1, 2];
  for (let i = 0; i < 20; i++) {
    step.numbers(state.subarray(0, 2), state);
    assert.ok(Math.abs(state[2]! - (x * x + 2 * y * y)) < 1e-14);
    [x, y] = [x - 0.2 * x, y - 0.4 * y];
    assert.ok(Math.abs(state[0]! - x) < 1e-14 && Math.abs(state[1]! - y) < 1e-14);
  }
  assert.equal(step.programs, 1);
  assert.equal(step(1, 2)[2]!.itemSync(), 9);
  assert.equal(step.programs, 1, "a call with numbers has the same form");
  assert.throws(() => step.numbers(state.subarray(0, 2), new Float64Array(2)), (e) => e instanceof Diagnostic && e.code === "does-not-fit");
  const whole = compile((a: Tensor) => [a.broadcastTo([3]).mul(tensor([1, 2, 3])), a.neg()]);
  const out = new Float64Array(4);
  whole.numbers(Float64Array.of(2), out);
  assert.deepEqual([...out], [2, 4, 6, -2]);
});
