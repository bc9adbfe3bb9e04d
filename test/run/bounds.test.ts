/** Where the engine stops: what it leaves to the interpreter, and what no machine has room for. */
import assert from "node:assert/strict";
import { totalmem } from "node:os";
import { afterEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import threadsOfNode, { Worker } from "node:worker_threads";
import { compile, Diagnostic, key, normal, setThreads, tensor, threads, type Tensor } from "../../src/api/index.ts";
import { heldValue, lowered, program } from "../../src/api/engine.ts";
import { topological } from "../../src/ir/graph.ts";
import type { TypedArray } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import { collapse } from "../../src/passes/collapse.ts";
import { fuse } from "../../src/passes/fuse.ts";
import { plan } from "../../src/passes/plan.ts";
import { schedule } from "../../src/passes/schedule.ts";
import { instantiate } from "../../src/run/wasm.ts";
import { input } from "../../src/ops/forms/source.ts";
import { gate } from "../../src/ops/forms/gate.ts";
import * as table from "../../src/ops/table.ts";
import { leaving } from "./end-workers.ts";
import { programs } from "./programs.ts";

const { mul, sin } = table;
const { Memory } = WebAssembly;
const { constrainedMemory } = process;

afterEach(() => {
  setThreads(1);
  Object.assign(WebAssembly, { Memory });
  Object.assign(process, { constrainedMemory });
  Object.assign(threadsOfNode, { Worker });
});

/** From now on no memory larger than this can be had, as in a page that has used up its own. */
const scarce = (most: number): void => {
  const Scarce = class extends Memory {
    constructor(type: WebAssembly.MemoryDescriptor) {
      if (type.initial * 65536 > most) throw new RangeError("WebAssembly.Memory(): could not allocate memory");
      super(type);
    }
  };
  Object.assign(WebAssembly, { Memory: Scarce });
};

test("an operation without a formula leaves its whole graph to the interpreter", () => {
  const cube = gate({
    word: "cube",
    says: "multiplies the gradient by three times the square",
    formula: "x^3",
    arity: 1,
    scalar: (x) => x! ** 3,
    local: ([x]) => [mul(3, mul(x!, x!))],
    spelling: { js: "$0 ** 3", python: "$0 ** 3" },
  });
  const x = input([2], "float64", "x");
  assert.equal(program([sin(cube(x))], [x]), undefined);
  assert.ok(program([sin(x)], [x]));
});

test("what cannot have an address is refused before any memory is taken, with the sizes and what to lower", () => {
  scarce(0);
  const big = compile((x: Tensor) => x.broadcastTo([40_000, 32_000]).add(1).exp());
  for (const [dtype, size, help] of [["float64", "9.6 GiB", /fewer rows.*or in float32/], ["float32", "4.8 GiB", /fewer rows[^,]*$/]] as const) {
    assert.throws(
      () => big(tensor(1, { dtype })),
      (e) => {
        assert.ok(e instanceof Diagnostic);
        assert.equal(e.code, "too-large-program");
        assert.equal(e.sentence, `this program needs ${size} of memory at once; a program has addresses for less than 4 GiB`);
        assert.deepEqual(e.operands, [{ name: `exp, ${dtype}, ${size}`, shape: [40_000, 32_000] }]);
        assert.match(e.help!, help);
        return true;
      },
    );
  }
});

/** A step that is given its model away, and needs more memory the more rows it works on. */
const growing = () => compile((w: Tensor, x: Tensor) => w.sub(x.matmul(w).tanh().mean().mul(1e-2)), { donate: [0] });
const rows = (count: number): Tensor => tensor(new Float32Array(64 * count).fill(0.25), { shape: [count, 64] });

test("a step for which there is no memory leaves the model as it was, and the next one works", () => {
  const start = (): Tensor => normal(key(1), [64, 64], { dtype: "float32" });
  const free = growing();
  const wanted = free(free(start(), rows(8)), rows(16)).dataSync();
  const isRefused = (w: Tensor, step: ReturnType<typeof growing>, why: RegExp): void => {
    const before = w.dataSync();
    assert.throws(
      () => step(w, rows(200_000)),
      (e) => {
        assert.ok(e instanceof Diagnostic);
        assert.equal(e.code, "out-of-memory");
        assert.match(e.sentence, /^this program needs \d+ MiB of memory at once; /);
        assert.match(e.sentence, why);
        assert.deepEqual(e.operands.at(-1), { name: "x, float32, 49 MiB", shape: [200_000, 64] });
        assert.match(e.help!, /fewer rows/);
        return true;
      },
    );
    assert.deepEqual(w.dataSync(), before);
  };
  const step = growing();
  let w = step(start(), rows(8));
  scarce(2 ** 24);
  isRefused(w, step, /the machine does not have as much/);
  Object.assign(WebAssembly, { Memory });
  // A container with less than the machine.
  Object.assign(process, { constrainedMemory: () => process.memoryUsage.rss() + 2 ** 26 });
  isRefused(w, step, /this process may take \d+ MiB more/);
  w = step(w, rows(16));
  assert.deepEqual(w.dataSync(), wanted);
});

test("a worker that is lost where there is no new memory is an error; with memory the function goes on", async () => {
  Object.assign(threadsOfNode, {
    Worker: class extends Worker {
      constructor(script: URL) {
        super(leaving(1), { eval: true, workerData: { script: script.href } });
      }
    },
  });
  const f = () => compile((w: Tensor, x: Tensor) => w.sub(x.matmul(w).mul(1e-3)), { donate: [0] });
  const square = (seed: number): Tensor => normal(key(seed), [256, 256], { dtype: "float32" });
  const alone = f();
  const wanted = alone(square(1), square(2)).dataSync();
  setThreads(2);
  const g = f();
  const once = g(square(1), square(2));
  assert.deepEqual(once.dataSync(), wanted);
  while (threads().ready < 2) await setTimeout(5);
  Object.assign(threadsOfNode, { Worker });
  scarce(0);
  assert.throws(
    () => g(once, square(2)),
    (e) => e instanceof Diagnostic && e.code === "worker-lost" && e.cause instanceof Diagnostic && e.cause.code === "out-of-memory",
  );
  assert.throws(() => g(square(1), square(2)), { code: "worker-lost" });
  Object.assign(WebAssembly, { Memory });
  assert.deepEqual(g(square(1), square(2)).dataSync(), wanted);
});

const inputsOf = (roots: readonly Node[]): readonly Node[] => topological(roots).filter(({ op }) => op.placeholder);

/** What a program gives whose arena begins at this address. */
const resultsAt = (reserved: number, roots: readonly Node[], inputs: readonly Node[]): readonly unknown[] => {
  const nobody = { has: () => false };
  const runner = instantiate(plan(schedule(collapse(fuse(lowered(roots)))), reserved, () => true), inputs, nobody, heldValue)!;
  const given = inputs.map((node, seed): TypedArray | number => {
    const values = node.dtype === "int32" ? tensor(Int32Array.from({ length: sizeOf(node.shape) }, (_, i) => i % 10), { shape: node.shape }) : normal(key(seed), node.shape, { dtype: node.dtype as "float32" });
    return node.shape.length === 0 ? values.itemSync() : values.dataSync();
  });
  return runner.run(given).map((result) => (typeof result === "number" ? result : result.values));
};

test("addresses past 2^31 are as good as others", { skip: totalmem() < 2 ** 32 && "it needs a machine of 4 GiB, though it uses little of it" }, () => {
  // One of odd sizes in float64, one of convolutions.
  for (const { name, roots, donated } of programs().slice(1, 3)) {
    const inputs = [...donated.keys(), ...inputsOf(roots).filter((node) => !donated.has(node))];
    // It begins below and goes on above it.
    assert.deepEqual(resultsAt(2 ** 31 - 2 ** 16, roots, inputs), resultsAt(64, roots, inputs), name);
  }
});
