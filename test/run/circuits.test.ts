/** Circuits of single numbers: code while they are short, a table when they are long, and the interpreter's numbers in both. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile, tensor, type Tensor, valueAndGrad } from "../../src/api/index.ts";
import { builder } from "../../src/api/builder.ts";
import { lowered, planned, program } from "../../src/api/engine.ts";
import { programModule } from "../../src/emit/program/program.ts";
import { type DType, isFloat } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { cast } from "../../src/ops/forms/cast.ts";
import { input, onesLike, zerosLike } from "../../src/ops/forms/source.ts";
import * as table from "../../src/ops/table.ts";
import { differentiate } from "../../src/passes/differentiate.ts";
import { interpret } from "../../src/run/interpret.ts";
import { isEntry } from "../../src/ops/forms/entry.ts";
import { assertClose, numbersOf } from "./close.ts";

/** Every gate of the table on single numbers, with its number of operands. */
const gates = Object.values<unknown>(table)
  .filter(isEntry)
  .flatMap((entry) => {
    const { arity, samples } = entry;
    const first = samples()[0]?.operands.map((operand) => ("dtype" in operand ? operand.dtype : undefined));
    return arity !== undefined && !entry.internal && entry.op?.form === "gate" && first ? [{ entry, arity, types: first }] : [];
  });

const dtypes: readonly DType[] = ["float64", "float64", "float32", "int32", "uint32", "bool"];
const special = [NaN, Infinity, -Infinity, -0, 0, 1, -1, 1e-310, 1e300, 2 ** 31, -7.5];

/** A circuit out of random numbers: each gate takes its operands among what was there before. */
const circuitOf = (numbers: readonly (readonly [number, number, number, number])[]): { readonly inputs: Node[]; readonly nodes: Node[] } => {
  const inputs = Array.from({ length: 6 }, (_, i) => input([], dtypes[i]!, `x${i}`));
  const nodes: Node[] = [...inputs];
  for (const [which, ...picks] of numbers) {
    const { entry, arity, types } = gates[which % gates.length]!;
    const count = Math.min(arity.max, Math.max(arity.min, 2));
    const operands = Array.from({ length: count }, (_, i) => {
      const node = nodes[picks[i % 3]! % nodes.length]!;
      return cast(node, types[i] ?? (isFloat(node.dtype) ? node.dtype : "float64"));
    });
    nodes.push(entry.build(operands));
  }
  return { inputs, nodes };
};

const valueFor = (dtype: DType, x: number): number => {
  if (dtype === "float32") return Math.fround(x);
  if (dtype === "bool") return x > 0 ? 1 : 0;
  return dtype === "int32" ? x | 0 : dtype === "uint32" ? x >>> 0 : x;
};

const numbers = (least: number, most: number) => fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()), { minLength: least, maxLength: most });
const given = fc.array(fc.oneof(fc.constantFrom(...special), fc.double({ min: -4, max: 4, noNaN: true })), { minLength: 6, maxLength: 6 });

/** The roots on the engine, as the kind of kernel that is meant, and in the interpreter. */
const check = (roots: readonly Node[], inputs: readonly Node[], values: readonly number[], kind: "loop" | "circuit"): void => {
  const fed = inputs.map((node, i) => valueFor(node.dtype, values[i]!));
  const kinds = new Set(planned(lowered(roots)).kernels.map((kernel) => kernel.kind));
  assert.ok(kinds.has(kind), `${[...kinds].join()} for ${roots.length} results`);
  const engine = program(roots, inputs);
  assert.ok(engine);
  const wanted = interpret(roots, new Map(inputs.map((node, i) => [node, fed[i]!])));
  engine.run(fed);
  engine.run(fed).forEach((got, i) => {
    const root = roots[i]!;
    assertClose(numbersOf(got, root), wanted[i]!, root, `${root.op.name} ${i} of ${fed.join()}`, root.dtype === "float32" ? 1e-6 : 1e-12);
  });
};

/** The same gates again and again on fresh inputs, until there are more of them than are written as code. */
const long = (each: readonly (readonly [number, number, number, number])[], least: number): { readonly roots: Node[]; readonly inputs: Node[] } => {
  const roots: Node[] = [];
  const inputs: Node[] = [];
  while (roots.length < least) {
    const { inputs: fresh, nodes } = circuitOf(each);
    inputs.push(...fresh);
    roots.push(...nodes.slice(fresh.length));
  }
  return { roots, inputs };
};

/** Gates of depth one: every operand is an input. */
const shallow = (each: readonly (readonly [number, number, number, number])[]) =>
  each.map(([which, a, b, c]) => [which, a % 6, b % 6, c % 6] as const);

test("every gate on every kind of number is what the interpreter says, as code and from a table", () => {
  assert.ok(gates.length > 30, `${gates.length} gates`);
  fc.assert(
    fc.property(given, fc.nat(), (values, seed) => {
      const every = gates.map((_, i) => [i, seed + i, seed + 3 * i + 1, seed + 5 * i + 2] as const);
      const { inputs, nodes } = circuitOf(shallow(every));
      check(nodes.slice(6), inputs, values, "loop");
      const { roots, inputs: many } = long(shallow(every), 4100);
      check(roots, many, many.map((_, i) => values[i % 6]!), "circuit");
    }),
    { numRuns: 3 },
  );
});

test("gates whose operands are gates: arithmetic has the interpreter's very bits", () => {
  const { add, sub, mul, div, max, min, neg, sqrt, abs, sq, inv, where, gt, relu } = table;
  const exact = [add, sub, mul, div, max, min] as const;
  const unary = [neg, sqrt, abs, sq, inv, relu] as const;
  const build = (list: readonly (readonly [number, number, number, number])[], type: DType): { readonly inputs: Node[]; readonly nodes: Node[] } => {
    const inputs = Array.from({ length: 6 }, (_, i) => input([], type, `x${i}`));
    const nodes: Node[] = [...inputs];
    for (const [which, i, j, k] of list) {
      const [a, b, c] = [i, j, k].map((n) => nodes[n % nodes.length]!) as [Node, Node, Node];
      const kind = which % 13;
      nodes.push(kind < 6 ? exact[kind]!(a, b) : kind < 12 ? unary[kind - 6]!(a) : where(gt(a, b), c, a));
    }
    return { inputs, nodes };
  };
  const compare = (roots: readonly Node[], inputs: readonly Node[], values: readonly number[]): void => {
    const fed = inputs.map((node, i) => valueFor(node.dtype, values[i]!));
    const wanted = interpret(roots, new Map(inputs.map((node, i) => [node, fed[i]!])));
    program(roots, inputs)!.run(fed).forEach((got, i) => assert.ok(Object.is(got, wanted[i]), `${roots[i]!.op.name} ${i}: ${String(got)}, not ${String(wanted[i])}`));
  };
  fc.assert(
    fc.property(numbers(20, 60), given, fc.constantFrom<DType>("float64", "float32"), (list, values, type) => {
      const { inputs, nodes } = build(list, type);
      compare(nodes, inputs, values);
      const again = Array.from({ length: Math.ceil(4400 / list.length) }, (_, i) => list.map(([w, a, b, c]) => [w + i, a, b + i, c] as const)).flat();
      const long = build(again, type);
      compare(long.nodes.filter((_, i) => i % 7 === 0 || i > 4000), long.inputs, values);
    }),
    { numRuns: 12 },
  );
});

test("a circuit's gradient, with shared nodes, is the interpreter's", () => {
  const { mul, add, tanh, sigmoid, max } = table;
  for (const [count, type] of [[12, "float64"], [400, "float64"], [2000, "float64"], [3000, "float64"], [3000, "float32"]] as const) {
    const x = [0, 1, 2].map((i) => input([], type, `x${i}`));
    const nodes = [...x];
    for (let i = 0; i < count; i++) {
      const [a, b] = [nodes[nodes.length - 1 - (i % 3)]!, nodes[(i * 7) % nodes.length]!];
      nodes.push(i % 5 === 0 ? tanh(add(a, b)) : i % 5 === 1 ? mul(a, b) : i % 5 === 2 ? max(a, mul(b, 0.9)) : i % 5 === 3 ? sigmoid(a) : add(mul(a, 0.5), mul(b, 0.25)));
    }
    const out = nodes.at(-1)!;
    const { of } = differentiate(new Map([[out, onesLike(out)]]), x, builder);
    const roots = [out, ...x.map((node) => of.get(node) ?? zerosLike(node))];
    const values = [0.7, -0.4, 1.3];
    const wanted = interpret(roots, new Map(x.map((node, i) => [node, valueFor(type, values[i]!)])));
    program(roots, x)!.run(values).forEach((got, i) => assertClose(numbersOf(got, roots[i]!), wanted[i]!, roots[i]!, `${count} gates, ${type}, ${i}`));
  }
});

test("a long circuit and its gradient have the interpreter's bits: reads near and far, ties, one value read by many, results that are inputs and constants", () => {
  const { mul, add, sub, max, min, div } = table;
  const kinds = [mul, add, sub, max, min, div] as const;
  const pick = fc.tuple(fc.nat(5), fc.constantFrom(1, 2, 5, 60, 3000), fc.nat(), fc.nat());
  const values = fc.array(fc.oneof(fc.constantFrom(...special), fc.constantFrom(1, 1, 2, -1), fc.double({ min: -2, max: 2, noNaN: true })), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(pick, { minLength: 1, maxLength: 12 }), values, fc.constantFrom<DType>("float64", "float32"), (list, given, type) => {
      const x = [0, 1, 2].map((i) => input([], type, `x${i}`));
      const nodes: Node[] = [...x];
      for (let i = 0; nodes.length < 4500; i++) {
        const [kind, reach, a, b] = list[i % list.length]!;
        const back = (by: number): Node => nodes[nodes.length - 1 - (by % Math.min(reach, nodes.length))]!;
        // Every ninth reads the first input, and halves keep most numbers finite.
        nodes.push(i % 9 === 0 ? mul(back(a), 0.5) : kinds[kind]!(back(a + i), i % 9 === 4 ? x[0]! : back(b)));
      }
      const out = nodes.at(-1)!;
      const { of } = differentiate(new Map([[out, onesLike(out)]]), x, builder);
      const gradients = x.map((node) => of.get(node) ?? zerosLike(node));
      const roots = [out, ...gradients, x[1]!, zerosLike(out), ...nodes.filter((_, i) => i % 50 === 0), out];
      const fed = x.map((node, i) => valueFor(node.dtype, given[i]!));
      const wanted = interpret(roots, new Map(x.map((node, i) => [node, fed[i]!])));
      const engine = program(roots, x)!;
      engine.run(x.map(() => 0.5));
      engine.run(fed).forEach((got, i) => {
        // A 0 that is multiplied by a number may lose its sign in a gradient.
        const same = Object.is(got, wanted[i]) || (i >= 1 && i <= 3 && got === wanted[i]);
        assert.ok(same, `result ${i} of ${type}: ${String(got)}, not ${String(wanted[i])}`);
      });
    }),
    { numRuns: 6 },
  );
});

test("circuits before, between and behind tensors", () => {
  for (const count of [6, 30, 900]) {
    const f = (w: Tensor, x: Tensor): { y: Tensor; s: Tensor; all: Tensor } => {
      let a = w.slice([0]);
      let b = w.slice([2]);
      for (let i = 0; i < count; i++) [a, b] = [b.mul(0.5).sub(a), a.add(b.tanh())];
      const y = x.mul(a).add(b);
      let s = y.sum();
      for (let i = 0; i < count; i++) s = s.mul(0.9).add(w.slice([i % 3])).add(y.slice([i % 4]));
      const one = s.reshape([1, 1]);
      let c = one;
      for (let i = 0; i < count; i++) c = c.mul(0.5).add(one);
      return { y: y.mul(s), s, all: c.add(y) };
    };
    const loss = (w: Tensor, x: Tensor): Tensor => {
      const { y, s, all } = f(w, x);
      return y.sum().add(s).add(all.mul(all).sum());
    };
    const [w, x] = [tensor([0.3, -0.2, 0.5]), tensor([1, 2, 3, -4])];
    const [plain, fast] = [f(w, x), compile(f)(w, x)];
    for (const name of ["y", "s", "all"] as const) {
      fast[name].dataSync().forEach((v, i) => assert.ok(Math.abs(v - plain[name].dataSync()[i]!) <= 1e-9 * (1 + Math.abs(v)), `${name} ${count}`));
    }
    const [slow, quick] = [valueAndGrad(loss)(w, x), compile((v: Tensor, u: Tensor) => valueAndGrad(loss)(v, u))(w, x)];
    quick.grad.dataSync().forEach((v, i) => assert.ok(Math.abs(v - slow.grad.dataSync()[i]!) <= 1e-8 * (1 + Math.abs(v)), `gradient ${count}`));
  }
});

test("a table is small code whatever the number of gates, and a hundred thousand of them are one program", () => {
  const x = input([], "float64", "x");
  const chain = (count: number): Node[] => {
    let y = x;
    for (let i = 0; i < count; i++) y = i % 2 === 0 ? table.mul(y, 0.5) : table.add(y, x);
    return [y];
  };
  const sizeOf = (count: number): number => programModule(planned(lowered(chain(count))), { threads: 1, fma: false, wide: false, unrolls: false }).bytes.length;
  assert.equal(sizeOf(4800), sizeOf(48_000));
  assert.ok(sizeOf(4800) < 2000);
  const roots = chain(100_000);
  const wanted = interpret(roots, new Map([[x, 3]]));
  assert.deepEqual([...program(roots, [x])!.run([3])], wanted);
});

test("a chain of fifty thousand gates is traced, differentiated and compiled: nothing recurses along it", () => {
  const count = 50_000;
  const chain = (x: Tensor): Tensor => {
    let y = x;
    for (let i = 0; i < count; i += 2) y = y.mul(0.5).add(x);
    return y;
  };
  const { value, grad } = compile((x: Tensor) => valueAndGrad(chain)(x))(3);
  // y = y / 2 + x comes to 2 x.
  assert.equal(value.itemSync(), 6);
  assert.equal((grad as unknown as Tensor).itemSync(), 2);
});
