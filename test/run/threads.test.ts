/** Compiled functions on several threads: the same bits as on one, whoever helps. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import threadsOfNode, { Worker } from "node:worker_threads";
import { compile, Diagnostic, key, normal, setThreads, type Tensor, tensor, threads } from "../../src/api/index.ts";
import { before } from "./end-workers.ts";
import { bitsOf, compiled, type Training, trainings } from "./programs.ts";

after(() => setThreads(1));

/** Until so many threads have started and know all programs. */
const ready = async (count: number): Promise<void> => {
  while (threads().ready < count) {
    assert.equal(threads().why, undefined);
    await setTimeout(5);
  }
};

const steps = 4;

const run = async (training: Training, count: number): Promise<readonly string[]> => {
  setThreads(count);
  const step = compiled(training);
  const seen: string[] = [];
  let now = training.start();
  for (let i = 0; i < steps; i++) {
    const { loss, ...next } = step(now.params, now.state, training.batch);
    // The first step is made while the workers start.
    if (i === 0) await ready(count);
    seen.push(`${loss.itemSync()}`);
    now = next;
  }
  return [...seen, bitsOf(now)];
};

for (const training of trainings()) {
  test(`${training.name}: one, two and four threads give the same bits`, async () => {
    const alone = await run(training, 1);
    assert.ok(Number(alone[steps - 1]) < Number(alone[0]), "it learns");
    for (const count of [2, 4, 1]) assert.deepEqual(await run(training, count), alone, `${count} threads`);
    assert.equal(threads().lost, 0);
  });
}

test("sums over examples, in chunks: one, two and four threads give the same bits", async () => {
  const x = normal(key(2), [66, 16, 131], { dtype: "float32" });
  const bits = async (count: number): Promise<string> => {
    setThreads(count);
    const f = compile((t: Tensor) => ({ channels: t.sum({ axes: [0, 2] }).mul(2), columns: t.reshape([66 * 16, 131]).relu().amax({ axes: 0 }), all: t.sum() }));
    f(x);
    await ready(count);
    const results = f(x);
    return Object.values(results).map((result) => new Uint32Array(Float32Array.from(result.dataSync()).buffer).join()).join();
  };
  const alone = await bits(1);
  for (const count of [2, 4]) assert.equal(await bits(count), alone, `${count} threads`);
});

test("what comes out is an ordinary array, whether it is small or large", async () => {
  setThreads(2);
  const f = compile((x: Tensor) => ({ all: x.matmul(x), one: x.sum() }));
  const x = normal(key(1), [300, 300], { dtype: "float32" });
  for (let i = 0; i < 2; i++) {
    const { all, one } = f(x);
    await ready(2);
    for (const result of [all, one]) {
      const numbers = result.dataSync() as Float32Array;
      assert.ok(numbers.buffer instanceof ArrayBuffer);
      assert.equal(numbers.slice().buffer.constructor, ArrayBuffer);
    }
  }
});

test("programs made while others run, and many of them", async () => {
  setThreads(3);
  const x = normal(key(2), [257, 257], { dtype: "float32" });
  const made = Array.from({ length: 12 }, (_, i) => compile((y: Tensor) => y.matmul(x).mul(i).add(y).sum()));
  setThreads(1);
  const alone = made.map((f) => f(x).itemSync());
  setThreads(3);
  const again = made.map((_, i) => compile((y: Tensor) => y.matmul(x).mul(i).add(y).sum()));
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(again.map((f) => f(x).itemSync()), alone);
    await ready(3);
  }
});

test("setThreads takes a whole number from 1 to 64, and threads() says what there is", () => {
  for (const wrong of [0, 65, 1.5, NaN, "2" as never]) {
    assert.throws(() => setThreads(wrong), (error) => error instanceof Diagnostic && error.code === "bad-options" && /setThreads/.test(error.message));
  }
  setThreads(5);
  assert.deepEqual({ ...threads(), ready: 0 }, { wanted: 5, ready: 0, lost: 0, why: undefined });
  setThreads(1);
  assert.deepEqual(threads(), { wanted: 1, ready: 1, lost: 0, why: undefined });
});

test("small functions start nothing", () => {
  setThreads(2);
  assert.equal(compile((x: Tensor) => x.mul(2).sum())(tensor([1, 2])).itemSync(), 6);
});

test("a worker has read its messages without the events for which Node loads its client for HTTP, 8 MB", async () => {
  const seen = new Int32Array(new SharedArrayBuffer(8));
  const look = before(`
    const client = process.moduleLoadList.filter((name) => name.includes("undici")).length;
    Atomics.store(workerData.seen, 1, client);
    Atomics.store(workerData.seen, 0, process.moduleLoadList.length);
  `);
  const Looking = class extends Worker {
    constructor(script: URL) {
      super(look, { eval: true, workerData: { script: script.href, seen } });
    }
  };
  setThreads(1);
  Object.assign(threadsOfNode, { Worker: Looking });
  try {
    setThreads(2);
    const f = compile((x: Tensor) => x.matmul(x));
    const x = normal(key(1), [300, 300], { dtype: "float32" });
    f(x);
    await ready(2);
    f(x);
    assert.ok(seen[0]! > 50, "the worker did a job, and its modules were counted");
    assert.equal(seen[1], 0);
  } finally {
    setThreads(1);
    Object.assign(threadsOfNode, { Worker });
  }
});
