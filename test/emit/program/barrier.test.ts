/** Threads that wait for each other inside WebAssembly. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { endedAt, line, meetingBytes, meetingOf, patienceFor } from "../../../src/emit/program/barrier.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import { inThread } from "./crew.ts";

const at = 64;
const most = 4;
const cells = at + meetingBytes(most);

/**
 * `rounds`: (thread, threads, times, patience) -> what was wrong. In each round a thread counts in its own cell, waits,
 * and looks whether all others have counted, and waits again. `idle`: (thread, threads, slices, patience) gets on for so
 * long without arriving, and then waits once.
 */
const made = (() => {
  const m = new ModuleBuilder({ initial: 1, maximum: 1, shared: true }, ["env", "memory"]);
  const [own, all] = [m.global("thread", "i32", 0), m.global("threads", "i32", 1)];
  const meeting = meetingOf(m, at, own, all);
  const params = { thread: "i32", threads: "i32", times: "i32", patience: "i32" } as const;
  m.function("rounds", { params, result: "i32", exported: true }, (f, { thread, threads, times, patience }) => {
    const { i32 } = f;
    f.setGlobal(own, thread);
    f.setGlobal(all, threads);
    f.call(meeting.begin);
    const wrong = f.variable("i32", 0, "wrong");
    const end = f.copy(i32.mul(threads, line), "i32");
    f.range(0, times, 1, (round) => {
      const mine = f.copy(i32.mul(thread, line), "i32");
      i32.store(mine, i32.add(i32.load(mine, cells), 1), cells);
      f.if(f.call(meeting.wait, patience), () => f.return(-1));
      f.range(0, end, line, (other) => f.set(wrong, i32.add(wrong, i32.ne(i32.load(other, cells), i32.add(round, 1)))));
      f.if(f.call(meeting.wait, patience), () => f.return(-1));
    });
    f.return(wrong);
  });
  m.function("idle", { params, result: "i32", exported: true }, (f, { thread, threads, times, patience }) => {
    f.setGlobal(own, thread);
    f.setGlobal(all, threads);
    f.call(meeting.begin);
    f.range(0, times, 1, () => {
      // Nobody notifies this word: half a slice of sleep.
      void f.memory.atomicWait32(cells + line * most, 0, 50_000_000n);
      f.call(meeting.progress);
    });
    f.return(f.call(meeting.wait, patience));
  });
  return new WebAssembly.Module(m.toBytes());
})();

const start = () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { rounds, idle } = new WebAssembly.Instance(made, { env: { memory } }).exports as Record<"rounds" | "idle", (...args: number[]) => number>;
  return { memory, rounds, idle, there: (call: readonly [string, ...number[]]) => inThread({ module: made, memory, call }) };
};

test("nobody goes on before all have come: two, three and four threads, many rounds", async () => {
  for (const threads of [2, 3, 4]) {
    const { rounds, there } = start();
    const times = threads === 2 ? 20_000 : 300;
    const others = Array.from({ length: threads - 1 }, (_, i) => there(["rounds", i + 1, threads, times, 100]));
    // The others start late, and the first thread sleeps meanwhile.
    assert.equal(rounds(0, threads, times, 100), 0);
    assert.deepEqual(await Promise.all(others), others.map(() => 0));
  }
});

test("the first thread gives up when nobody gets on, and the others end when they come", async () => {
  const { memory, rounds, there } = start();
  assert.equal(rounds(0, 3, 1, 2), -1);
  assert.equal(new Int32Array(memory.buffer)[endedAt(at) / 4], 1);
  assert.equal(await there(["rounds", 1, 3, 1, 2]), -1);
});

test("it waits for a thread that gets on, however long it takes", async () => {
  const { memory, idle, there } = start();
  const other = there(["idle", 1, 2, 30, 2]);
  const progress = new Int32Array(memory.buffer, at + 2 * line, 1);
  while (Atomics.load(progress, 0) === 0) await setTimeout(5);
  // The other arrives after a second and a half, and gets on in each of the slices of which ten without it would end this.
  assert.equal(idle(0, 2, 0, 10), 0);
  assert.ok(progress[0]! === 30);
  assert.equal(await other, 0);
});

test("patience: a second, and more for a call that takes longer than that on a slow machine", () => {
  assert.equal(patienceFor(0), 10);
  assert.equal(patienceFor(1e6), 10);
  assert.equal(patienceFor(1e9), 210);
});
