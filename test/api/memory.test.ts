import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { grads, tensor, Tensor } from "../../src/api/index.ts";
import { gate } from "../../src/check/index.ts";

const library = new URL("../../src/api/index.ts", import.meta.url).href;

/** Heap and the numbers of arrays after collection at two moments of a loop, in a process of its own. */
const heapOf = (body: string, before = ""): { early: number; late: number } => {
  const script = `
    import { compile, grad, tensor } from ${JSON.stringify(library)};
    const heap = () => { gc(); gc(); const { heapUsed, arrayBuffers } = process.memoryUsage(); return heapUsed + arrayBuffers; };
    let early = 0;
    ${before}
    let w = tensor([1, 2, 3]);
    const x = tensor([0.5, -1, 2]);
    for (let step = 0; step < 10000; step++) {
      ${body}
      if (step === 1000) early = heap();
    }
    let late = heap();
    // V8's own threads may hold on to what they still work on.
    for (let i = 0; i < 40 && late >= early + 1e6; i++) {
      await new Promise((turn) => setTimeout(turn, 25));
      late = heap();
    }
    console.log(JSON.stringify({ early, late, keep: w.size }));
  `;
  const out = execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", script], { encoding: "utf8" });
  return JSON.parse(out) as { early: number; late: number };
};

test("a loop without compile stays flat in memory over 10,000 steps", () => {
  for (const body of [
    "w = w.sub(grad((v) => v.mul(x).sin().sum())(w).mul(0.01));", // never read
    "w = w.mul(0.999).add(x.mul(0.001));", // nothing but unread work
  ]) {
    const { early, late } = heapOf(body);
    assert.ok(late < early + 1e6, `${body}: ${early} bytes after 1,000 steps, ${late} after 10,000`);
  }
});

test("a loop of compiled steps stays flat, whether arguments are donated or not, read or unread", () => {
  for (const options of ["", ", { donate: [0] }"]) {
    const before = `
      const run = compile((v, x) => ({ v: v.mul(0.999).add(x), all: v.sum() })${options});
      let v = tensor(new Float64Array(1000));
      const each = tensor(new Float64Array(1000).fill(0.5));
    `;
    for (const body of ["({ v } = run(v, each));", "({ v } = run(v, each)); if (step % 2 === 0) v.dataSync();"]) {
      const { early, late } = heapOf(body, before);
      assert.ok(late < early + 1e6, `${options} ${body}: ${early} bytes after 1,000 steps, ${late} after 10,000`);
    }
  }
});

test("a compiled function keeps its program, and not the graph that it was made of", () => {
  const script = `
    import { compile, tensor } from ${JSON.stringify(library)};
    // V8's own threads may hold on to what they still work on.
    const held = async () => {
      let least = Infinity;
      for (let i = 0; i < 40; i++) {
        await new Promise((turn) => setTimeout(turn, 25));
        gc();
        least = Math.min(least, process.memoryUsage().heapUsed);
      }
      return least;
    };
    const chain = (n) => compile((x) => { let y = x; for (let i = 0; i < n; i++) y = y.mul(0.5).add(x); return y; });
    chain(100)(1).itemSync();
    const before = await held();
    const f = chain(20_000);
    f(1).itemSync();
    console.log((await held()) - before, f(1).itemSync());
  `;
  const [bytes] = execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", script], { encoding: "utf8" }).split(" ").map(Number);
  assert.ok(bytes! < 3e6, `${bytes} bytes for 40,000 gates`);
});

test("what the process holds on to does grow when it is kept, so the measure can fail", () => {
  const { early, late } = heapOf("(globalThis.all ??= []).push(x.mul(step).realize());");
  assert.ok(late > early + 1e6, `${early} -> ${late}`);
});

test("a million gates in a chain, a diamond of 2^50 paths, a variable used a thousand times", () => {
  const chain = (x: Tensor): Tensor => {
    let y = x;
    for (let i = 0; i < 1_000_000; i++) y = y.mul(1.000001);
    return y;
  };
  const [slope] = grads(chain)(2);
  assert.ok(Math.abs(slope / Math.exp(1_000_000 * Math.log(1.000001)) - 1) < 1e-9, `${slope}`);
  const diamond = (x: Tensor): Tensor => {
    let y = x;
    for (let i = 0; i < 50; i++) y = y.add(y);
    return y;
  };
  assert.deepEqual(grads(diamond)(3), [2 ** 50]);
  const fan = (x: Tensor): Tensor => {
    let y: Tensor = x.mul(0);
    for (let i = 0; i < 1000; i++) y = y.add(x);
    return y;
  };
  assert.deepEqual(grads(fan)(0.125), [1000]);
});

test("operations cost a constant factor of the graph: a wide use of one node is linear too", () => {
  const wide = (x: Tensor): Tensor => {
    let y: Tensor = x.mul(0);
    for (let i = 0; i < 100_000; i++) y = y.add(x);
    return y;
  };
  assert.deepEqual(grads(wide)(1), [100_000]);
});

test("work that several handles share is done once, however late they are read", () => {
  let evaluated = 0;
  const counting = gate({
    name: "counting",
    forward: (x) => {
      evaluated++;
      return x + 1;
    },
    local: () => [1],
  });
  evaluated = 0;
  // Momentum written by hand: each step reads w, and v is never read by itself.
  let v: Tensor = tensor([0, 0, 0]);
  let w: Tensor = tensor([1, 2, 3]);
  for (let step = 0; step < 100; step++) {
    v = counting(v.mul(0.9));
    w = w.sub(v);
    w.dataSync();
  }
  assert.equal(evaluated, 300, "three elements a step");
  const before = evaluated;
  const late = v.mul(2);
  v.dataSync();
  late.dataSync();
  assert.equal(evaluated, before);
});
