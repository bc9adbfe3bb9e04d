/** Rays, planes, directions, projections, steps and strategies: against what is known exactly. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "node:test";
import { Diagnostic, key, tensor, type Tensor } from "../../../src/api/index.ts";
import { mlp, softmaxLoss } from "../../../src/nn/index.ts";
import {
  alongRay,
  compareStrategies,
  coordinateDirection,
  overPlane,
  principalDirections,
  projected,
  randomDirection,
  stepTable,
  towards,
} from "../../../src/train/landscape/index.ts";
import { eigenOf } from "../../../src/train/landscape/eigen.ts";
import { dot, plus, vectorOf, withVector } from "../../../src/train/landscape/vectors.ts";

interface Model {
  readonly w: Tensor;
  readonly b: Tensor;
}

const bowl = ({ w, b }: Model): Tensor => w.sq().sum().add(b.mul(3).sub(1).sq().sum());
const bowlAt = (w: readonly number[], b: readonly number[]): number =>
  w.reduce((sum, v) => sum + v * v, 0) + b.reduce((sum, v) => sum + (3 * v - 1) ** 2, 0);

const whole = fc.integer({ min: -8, max: 8 });
const model = fc.tuple(fc.tuple(whole, whole, whole, whole), fc.tuple(whole, whole));
const made = ([w, b]: readonly [readonly number[], readonly number[]]): Model => ({ w: tensor(Float64Array.from(w), { shape: [2, 2] }), b: tensor([...b]) });

const finished = <Y, R>(generator: Generator<Y, R>): R => {
  for (;;) {
    const { done, value } = generator.next();
    if (done) return value;
  }
};

test("a quadratic along a ray and over a plane is exact", () => {
  fc.assert(
    fc.property(model, model, model, (at, first, second) => {
      const a = [-1, -0.5, 0, 2];
      const b = [-2, 0, 0.25];
      const there = (i: number, j: number): number =>
        bowlAt(at[0].map((v, k) => v + i * first[0][k]! + j * second[0][k]!), at[1].map((v, k) => v + i * first[1][k]! + j * second[1][k]!));
      assert.deepEqual(alongRay(bowl, made(at), made(first), a), a.map((i) => there(i, 0)));
      const plane = finished(overPlane(bowl, made(at), [made(first), made(second)], a, b));
      assert.deepEqual(plane.losses, b.map((j) => a.map((i) => there(i, j))));
    }),
    { numRuns: 30 },
  );
});

test("a random direction is as long as the model, neuron by neuron; biases rest; the key decides it", () => {
  const net = mlp(key(1), [5, 4, 3]);
  const direction = randomDirection(key(2), net);
  net.forEach((layer, i) => {
    const norms = (w: Tensor): number[] => Array.from(w.sq().sum({ axes: 0 }).sqrt().dataSync());
    const own = norms(layer.w);
    norms(direction[i]!.w).forEach((norm, k) => assert.ok(Math.abs(norm - own[k]!) < 1e-12));
    assert.ok(direction[i]!.b.dataSync().every((v) => v === 0));
  });
  assert.deepEqual(vectorOf(randomDirection(key(2), net)), vectorOf(direction));
  assert.notDeepEqual(vectorOf(randomDirection(key(3), net)), vectorOf(direction));
  const flat = vectorOf(randomDirection(key(2), { w: tensor([3, 4]) }));
  assert.ok(Math.abs(Math.hypot(...flat) - 5) < 1e-12);
});

test("a coordinate moves one number, and one that is not there is named", () => {
  const net = mlp(key(1), [2, 3]);
  const direction = coordinateDirection(net, "[0].w", [1, 2]);
  assert.deepEqual(direction[0]!.w.toArraySync(), [[0, 0, 0], [0, 0, 1]]);
  assert.deepEqual(coordinateDirection({ s: tensor(4), n: tensor(Int32Array.of(1)) }, ".s", []).s.toArraySync(), 1);
  const code = (f: () => unknown): string => {
    try {
      f();
    } catch (error) {
      return (error as Diagnostic).message;
    }
    return "";
  };
  assert.match(code(() => coordinateDirection(net, "[0].v", [0])), /no tensor \[0\]\.v[^]*did you mean/);
  assert.match(code(() => coordinateDirection(net, "[0].w", [2, 0])), /\[0\]\.w has the shape \[2, 3\], and so nothing at \[2, 0\]/);
  assert.match(code(() => alongRay(bowl, made([[1, 2, 3, 4], [5, 6]]), { w: tensor([1]), b: tensor([1, 1]) }, [0])), /shape \[2, 2\] at \.w/);
});

test("eigenvalues and vectors rebuild the matrix", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.infiniteStream(fc.double({ min: -5, max: 5, noNaN: true })), (n, numbers) => {
      const matrix = Array.from({ length: n }, () => new Float64Array(n));
      for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix[i]![j] = matrix[j]![i] = numbers.next().value;
      const { values, vectors } = eigenOf(matrix);
      matrix.forEach((row, i) =>
        row.forEach((v, j) => {
          const again = values.reduce((sum, value, k) => sum + value * vectors[k]![i]! * vectors[k]![j]!, 0);
          assert.ok(Math.abs(again - v) < 1e-11);
          assert.ok(Math.abs(dot(vectors[i]!, vectors[j]!) - Number(i === j)) < 1e-12);
        }),
      );
      values.slice(1).forEach((value, k) => assert.ok(value <= values[k]!));
    }),
    { numRuns: 60 },
  );
});

const at = (numbers: readonly number[]): { readonly w: Tensor } => ({ w: tensor(Float64Array.from(numbers)) });

test("principal directions: a path in a plane is found with all of its spread", () => {
  // An ellipse with the axes 3 and 1 in the plane of two known directions, away from the origin.
  const u = [0.6, 0.8, 0, 0];
  const v = [0, 0, 1, 0];
  const path = Array.from({ length: 12 }, (_, i) => {
    const turn = (2 * Math.PI * i) / 12;
    return at(u.map((_, k) => 7 + 3 * Math.cos(turn) * u[k]! + Math.sin(turn) * v[k]!));
  });
  const { directions, shares } = principalDirections(path, key(0));
  assert.ok(Math.abs(shares[0] - 0.9) < 1e-12 && Math.abs(shares[1] - 0.1) < 1e-12);
  [u, v].forEach((axis, k) => assert.ok(Math.abs(Math.abs(dot(vectorOf(directions[k]!), Float64Array.from(axis))) - 1) < 1e-12));
});

test("a straight path has a second direction at right angles, and no path is refused", () => {
  const { directions, shares } = principalDirections([at([0, 0, 0]), at([1, 2, 2]), at([2, 4, 4])], key(5));
  const [first, second] = directions.map(vectorOf);
  assert.ok(Math.abs(Math.abs(dot(first!, Float64Array.of(1 / 3, 2 / 3, 2 / 3))) - 1) < 1e-12);
  assert.ok(Math.abs(dot(first!, second!)) < 1e-12 && Math.abs(dot(second!, second!) - 1) < 1e-12);
  assert.deepEqual(shares, [1, 0]);
  assert.throws(() => principalDirections([at([1, 2]), at([1, 2])], key(0)), (error: Diagnostic) => error.code === "no-path");
});

test("a path that lies in a plane is projected exactly, whatever the angle of the directions", () => {
  const vector = fc.array(whole, { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(vector, vector, vector, whole, whole, (origin, first, second, a, b) => {
      const [o, u, v] = [origin, first, second].map((x) => Float64Array.from(x));
      fc.pre(Math.abs(dot(u!, u!) * dot(v!, v!) - dot(u!, v!) ** 2) > 1);
      const [x, y] = projected(at([...plus(plus(o!, a, u!), b, v!)]), at(origin), [at(first), at(second)]);
      assert.ok(Math.abs(x - a) < 1e-9 && Math.abs(y - b) < 1e-9);
    }),
    { numRuns: 60 },
  );
});

test("from one model towards another one arrives at 1", () => {
  const [from, to] = [mlp(key(1), [3, 2]), mlp(key(2), [3, 2])];
  const losses = alongRay((net) => net[0]!.w.sq().sum(), from, towards(from, to), [0, 1]);
  [from, to].forEach((net, i) => assert.ok(Math.abs(losses[i]! - net[0]!.w.sq().sum().itemSync()) < 1e-12));
});

test("steps: the loss falls a little, falls best near one step, then explodes", () => {
  const x = tensor([[1, -2], [1, -2], [0.5, 3], [-4, 1], [-4, 1], [2, 2]]);
  const loss = ({ w }: { w: Tensor }): Tensor => softmaxLoss(x.matmul(w), [0, 1, 1, 2, 0, 1]);
  const { loss: before, rows, best, explodes } = stepTable(loss, { w: tensor([[0.1, 0.2, -0.3], [0.3, -0.1, 0.2]]) });
  assert.deepEqual(rows.slice(0, 10).map(({ step }) => step), [1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]);
  const peak = rows.indexOf(best);
  assert.ok(peak > 8 && best.loss < 0.8 * before);
  // Down to the best step, and up from there.
  rows.slice(0, peak).forEach((row, i) => assert.ok(row.loss < before && rows[i + 1]!.loss < row.loss));
  rows.slice(peak, -1).forEach((row, i) => assert.ok(rows[peak + i + 1]!.loss > row.loss));
  // While it is small the loss falls by step * |gradient|^2, to first order.
  const fall = (i: number): number => (before - rows[i]!.loss) / rows[i]!.step;
  assert.ok(fall(4) > 0 && Math.abs(fall(4) / fall(6) - 1) < 1e-3);
  assert.ok(explodes !== undefined && explodes > best.step && rows.at(-1)!.loss > before);
});

test("steps of a quadratic are exact: (1 - 2 step)^2 of the loss", () => {
  const { rows, best, explodes } = stepTable(({ w }: { w: Tensor }) => w.sq().sum(), { w: tensor([3, 4]) });
  rows.forEach(({ step, loss }) => assert.ok(Math.abs(loss - 25 * (1 - 2 * step) ** 2) <= 1e-12 * 25 * (1 + 2 * step) ** 2));
  assert.deepEqual([best.step, explodes], [0.1, 10]);
});

test("strategies: the gradient beats local search, which beats guessing, with the same looks at the loss", () => {
  const target = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
  const loss = ({ w }: { w: Tensor }): Tensor => w.sub(tensor(target)).sq().mean();
  const start = at(Array.from({ length: 40 }, (_, i) => Math.cos(3 * i)));
  const run = () => {
    const looks: number[] = [];
    const generator = compareStrategies(loss, start, { evaluations: 60, key: key(4) });
    for (;;) {
      const { done, value } = generator.next();
      if (done) return { looks, strategies: value };
      looks.push(value);
    }
  };
  const { looks, strategies } = run();
  assert.deepEqual(strategies.map(({ name }) => name), ["random search", "random local search", "gradient descent"]);
  assert.equal(looks.length, 180);
  const [guess, local, descent] = strategies.map(({ losses }) => losses.at(-1)!);
  assert.ok(descent! < local! && local! < guess!, `${descent} ${local} ${guess}`);
  for (const { losses, model } of strategies) {
    assert.equal(losses.length, 60);
    losses.slice(1).forEach((value, i) => assert.ok(value <= losses[i]!));
    assert.ok(Math.abs(loss(model).itemSync() - losses.at(-1)!) < 1e-12);
  }
  assert.deepEqual(run().strategies.map(({ losses }) => losses), strategies.map(({ losses }) => losses));
});

test("vectors: whole numbers stay, and the order is that of the tree", () => {
  const tree = { n: tensor(Int32Array.of(7)), a: [tensor([1, 2])], z: tensor(3), name: "net" };
  assert.deepEqual(Array.from(vectorOf(tree)), [1, 2, 3]);
  const again = withVector(tree, Float64Array.of(4, 5, 6));
  assert.deepEqual([again.n.toArraySync(), again.a[0]!.toArraySync(), again.z.toArraySync(), again.name], [[7], [4, 5], 6, "net"]);
});
