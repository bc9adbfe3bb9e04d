/**
 * What V8 makes of the loops, said by V8: its record of the pairs of vectors that it joins into vectors of 256 bits. Joining
 * breaks in silence, by one more value that lives too long or two stores in the wrong order, and costs half of the speed.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { builder } from "../../../src/api/builder.ts";
import { lowered, planned } from "../../../src/api/engine.ts";
import { programModule } from "../../../src/emit/program/program.ts";
import type { Node } from "../../../src/ir/node.ts";
import { input } from "../../../src/ops/forms/source.ts";
import { differentiate } from "../../../src/passes/differentiate.ts";
import { add, div, geluTanh, gt, maxPool2d, mean, mul, softmax, softmaxCrossEntropy, sq, sqrt, standardize, sub, sum, where } from "../../../src/ops/table.ts";

const flags = ["--experimental-wasm-revectorize", "--trace-wasm-revectorize", "--no-liftoff", "--no-wasm-lazy-compilation"];

interface Joined {
  readonly built: number;
  readonly failed: number;
  readonly saved: number;
  readonly cost: number;
  /** Pairs of stores of which the lower one is first: V8 stores that one twice. */
  readonly twice: number;
}

/** By function what V8 joined; nothing where it cannot. */
const joinedBy = (bytes: Uint8Array): ReadonlyMap<string, Joined> | undefined => {
  const { stdout, status } = spawnSync(process.execPath, [...flags, "-e", "new WebAssembly.Module(require('fs').readFileSync(0))"], { input: bytes, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0 || !stdout.includes("Begin revec function")) return undefined;
  const found = new Map<string, Joined>();
  for (const [, name, text] of stdout.matchAll(/Begin revec function (\S+)\n([^]*?)Finished revec function/g)) {
    const [, saved, cost] = /Save: (\d+), cost: (\d+)/.exec(text!) ?? [];
    const times = (what: string): number => text!.split(what).length - 1;
    found.set(name!, { built: times("After build tree"), failed: times("Build tree failed"), saved: Number(saved ?? 0), cost: Number(cost ?? 0), twice: lowerFirst(text!) });
  }
  return found;
};

const lowerFirst = (text: string): number => [...text.matchAll(/PackNode Store\(#(\d+), #(\d+)\)/g)].filter(([, lower, upper]) => Number(lower) < Number(upper)).length;

const given = (name: string, ...shape: number[]): Node => input(shape, "float32", name);

const x = given("x", 64, 128);

const adam = (): { readonly roots: readonly Node[]; readonly donated: ReadonlyMap<Node, number> } => {
  const [w, g, m, v] = ["w", "g", "m", "v"].map((name) => given(name, 3200)) as [Node, Node, Node, Node];
  const m1 = add(mul(m, 0.9), mul(g, 0.1));
  const v1 = add(mul(v, 0.999), mul(sq(g), 0.001));
  return { roots: [sub(w, mul(0.01, div(m1, add(sqrt(v1), 1e-8)))), m1, v1], donated: new Map([[w, 0], [m, 1], [v, 2]]) };
};

/** The gradient of pooling, where what was pooled is above 0. */
const pooled = (): Node => {
  const [seen, upstream] = [given("seen", 4, 4, 32, 32), given("upstream", 4, 4, 16, 16)];
  const { of } = differentiate(new Map([[maxPool2d(seen, 2), upstream]]), [seen], builder);
  return where(gt(seen, 0), of.get(seen)!, 0);
};

interface Case {
  readonly roots: readonly Node[];
  readonly donated?: ReadonlyMap<Node, number>;
  /** The pairs of stores and of states that V8 begins with, each with all that they are computed from. */
  readonly pairs: number;
  /** Vectors that are taken apart again: one of each pair of states, where they become one number. */
  readonly cost: number;
}

const cases: Readonly<Record<string, Case>> = {
  "Adam: three results, numbers that are written down": { ...adam(), pairs: 6, cost: 0 },
  "a choice by the sign of another number": { roots: [where(gt(x, 0), given("y", 64, 128), 0)], pairs: 2, cost: 0 },
  "a long formula": { roots: [geluTanh(x)], pairs: 2, cost: 0 },
  "softmax: three passes over each row": { roots: [softmax(x, { axis: 1 })], pairs: 8, cost: 4 },
  "normal rows: two folds and a root": { roots: [standardize(x, { axes: 1 })], pairs: 6, cost: 4 },
  "everything as one number": { roots: [mean(sq(given("z", 20_000)))], pairs: 2, cost: 2 },
  "columns as one row": { roots: [sum(x, { axes: 0 })], pairs: 2, cost: 0 },
  "windows: their largest numbers, how many of these there are, and who shares the gradient": { roots: [pooled()], pairs: 12, cost: 8 },
  "positions beside a label": { roots: [softmaxCrossEntropy(given("scores", 64, 64), input([64], "int32", "classes"))], pairs: 4, cost: 4 },
};

for (const [name, { roots, donated, pairs, cost }] of Object.entries(cases)) {
  test(`V8 joins all pairs of ${name}`, (t) => {
    const { kernels, ...rest } = planned(lowered(roots), donated);
    assert.deepEqual(kernels.map(({ kind }) => kind), ["loop"]);
    const joined = joinedBy(programModule({ kernels, ...rest }, { fma: true, wide: true, unrolls: true, threads: 1 }).bytes);
    if (joined === undefined) return t.skip("this V8 joins nothing");
    const [{ saved, ...found }] = [...joined.values()] as [Joined];
    assert.deepEqual(found, { built: pairs, failed: 0, cost, twice: 0 });
    assert.ok(saved > cost, "V8 joins nothing that does not pay");
  });
}
