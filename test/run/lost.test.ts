/** Workers that end while they are needed: the step is run again, or says what is lost; never other numbers, never for ever. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import threadsOfNode, { Worker } from "node:worker_threads";
import { compile, Diagnostic, key, normal, setThreads, type Tensor, tensor, threads } from "../../src/api/index.ts";
import { endWorkers, leaving } from "./end-workers.ts";

afterEach(() => {
  setThreads(1);
  Object.assign(threadsOfNode, { Worker });
});

/** From now on workers end at their first job. */
const unreliable = (): void => {
  const Leaving = class extends Worker {
    constructor(script: URL) {
      super(leaving(1), { eval: true, workerData: { script: script.href } });
    }
  };
  Object.assign(threadsOfNode, { Worker: Leaving });
};

const ready = async (count: number): Promise<void> => {
  while (threads().ready < count) {
    assert.equal(threads().why, undefined);
    await setTimeout(5);
  }
};

const square = (): Tensor => normal(key(1), [256, 256], { dtype: "float32" });

test("a step that has written over nothing is run again, and the next finds new workers", async () => {
  const f = compile((w: Tensor, x: Tensor) => w.sub(x.matmul(w).mul(1e-3)), { donate: [0] });
  const x = normal(key(2), [256, 256], { dtype: "float32" });
  setThreads(1);
  const wanted = f(f(f(square(), x), x), x).dataSync();
  unreliable();
  setThreads(2);
  const g = compile((w: Tensor, y: Tensor) => w.sub(y.matmul(w).mul(1e-3)), { donate: [0] });
  const once = g(square(), x);
  await ready(2);
  Object.assign(threadsOfNode, { Worker });
  const twice = g(once, x);
  assert.equal(threads().lost, 1);
  await ready(2);
  assert.deepEqual(g(twice, x).dataSync(), wanted);
  assert.equal(threads().lost, 1);
});

test("what was given away and written over is lost, and said so; the function and everything else go on", async () => {
  unreliable();
  setThreads(2);
  // One loop, which stores over what it reads.
  const f = compile((w: Tensor, x: Tensor) => w.mul(0.5).add(x.tanh().exp().sin()), { donate: [0] });
  const large = (seed: number): Tensor => tensor(Float32Array.from({ length: 490_000 }, (_, i) => Math.sin(i * seed)), { shape: [700, 700] });
  const x = large(2);
  const once = f(large(1), x);
  await ready(2);
  Object.assign(threadsOfNode, { Worker });
  assert.throws(
    () => f(once, x),
    (error) => {
      assert.ok(error instanceof Diagnostic);
      assert.equal(error.code, "worker-lost");
      assert.match(error.message, /given away to this step \(donate\)/);
      assert.deepEqual(error.operands, [{ name: "w", shape: [700, 700] }]);
      return true;
    },
  );
  assert.throws(() => once.dataSync(), /was given to a compiled function/);
  await ready(2);
  const again = f(f(large(1), x), x).dataSync();
  setThreads(1);
  const alone = compile((w: Tensor, y: Tensor) => w.mul(0.5).add(y.tanh().exp().sin()));
  assert.deepEqual(again, alone(alone(large(1), x), x).dataSync());
});

test("workers that end between steps are replaced when that is heard of", async () => {
  const made: Worker[] = [];
  const Watched = class extends Worker {
    constructor(script: URL, options: object) {
      super(script, options);
      made.push(this);
    }
  };
  Object.assign(threadsOfNode, { Worker: Watched });
  setThreads(3);
  const f = compile((w: Tensor) => w.matmul(w));
  const w = square();
  const wanted = f(w).dataSync();
  await ready(3);
  await made[0]!.terminate();
  await setTimeout(1);
  assert.equal(threads().lost, 1);
  assert.deepEqual(f(w).dataSync(), wanted);
  await ready(3);
  assert.equal(made.length, 3);
  assert.deepEqual(f(w).dataSync(), wanted);
  assert.equal(threads().lost, 1);
});

test("where workers can never be loaded one thread does it, and says why", async () => {
  Object.assign(threadsOfNode, {
    Worker: class extends Worker {
      constructor() {
        super("process.exit(1)", { eval: true });
      }
    },
  });
  setThreads(2);
  const f = compile((w: Tensor) => w.matmul(w).sum());
  const first = f(square()).itemSync();
  while (threads().why === undefined) await setTimeout(5);
  assert.equal(f(square()).itemSync(), first);
  assert.deepEqual(threads(), { wanted: 1, ready: 1, lost: 0, why: "a worker could not be loaded" });
});

test("where workers are forbidden one thread does it, and says why", () => {
  Object.assign(threadsOfNode, {
    Worker: class {
      constructor() {
        throw new Error("not allowed here");
      }
    },
  });
  setThreads(2);
  assert.ok(Number.isFinite(compile((w: Tensor) => w.matmul(w).sum())(square()).itemSync()));
  assert.equal(threads().why, "a worker could not be started: not allowed here");
});

test("workers ended at random moments of a training: it ends in the bits of one thread", async () => {
  let state = 7;
  const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
  const { ended, stuck, runs } = await endWorkers(5, random);
  assert.ok(ended + stuck >= 5 && runs >= 1);
});
