/** Programs over random shapes: broadcasting, chains of views, folds, products of all letters, sizes 0 and 1 among them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { program } from "../../src/api/engine.ts";
import { allocate, type DType, type Value } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import { cast } from "../../src/ops/forms/cast.ts";
import { contract } from "../../src/ops/forms/contract.ts";
import { broadcastTo, read, write } from "../../src/ops/forms/read.ts";
import { input } from "../../src/ops/forms/source.ts";
import { concat, pad, reshape, slice, transpose } from "../../src/ops/forms/view.ts";
import * as table from "../../src/ops/table.ts";
import { Draw } from "../../src/check/draw.ts";
import { interpret } from "../../src/run/interpret.ts";
import { assertClose, numbersOf } from "./close.ts";

const { add, amax, argmax, argmin, eq, exp, gt, mul, neg, relu, sub, sum, where, max } = table;

const dtype = fc.constantFrom<DType>("float64", "float32", "int32", "uint32", "bool");
const size = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) }, { weight: 1, arbitrary: fc.constantFrom(0, 1, 4, 8, 16, 33) });
const shape = fc.array(size, { maxLength: 4 });

const valuesOf = (node: Node, draw: Draw): Value => {
  const values = allocate(node.dtype, sizeOf(node.shape));
  for (let i = 0; i < values.length; i++) {
    const special = draw.below(12) === 0;
    if (node.dtype === "bool") values[i] = draw.below(2);
    else if (node.dtype === "int32" || node.dtype === "uint32") values[i] = special ? [2147483647, -2147483648, 4294967295, 0][draw.below(4)]! : draw.below(9) - 4;
    else values[i] = special ? [NaN, Infinity, -Infinity, -0, 1, 1][draw.below(6)]! : draw.normal();
  }
  return node.shape.length === 0 ? values[0]! : values;
};

/** The roots on the engine and in the interpreter. */
const check = (roots: readonly Node[], inputs: readonly Node[], seed: number, tolerance?: number): void => {
  const draw = new Draw(seed);
  const feeds = new Map(inputs.map((node) => [node, valuesOf(node, draw)]));
  const engine = program(roots, inputs);
  assert.ok(engine);
  const wanted = interpret(roots, feeds);
  // Twice: what one run leaves behind must not show in the next.
  engine.run(inputs.map((node) => feeds.get(node)!));
  engine.run(inputs.map((node) => feeds.get(node)!)).forEach((got, i) => assertClose(numbersOf(got, roots[i]!), wanted[i]!, roots[i]!, `${roots[i]!.op.name} ${i}`, tolerance));
};

const runs = { numRuns: 150 };

/** A shape that broadcasts to the given one. */
const under = (full: readonly number[], mask: number): number[] =>
  full.map((n, i) => ((mask >> i) & 1 ? 1 : n)).slice(mask % (full.length + 1));

test("gates of operands that broadcast, of every type and several in one loop", () => {
  fc.assert(
    fc.property(shape, fc.nat(255), fc.nat(255), dtype, dtype, fc.nat(), (full, left, right, a, b, seed) => {
      const x = input(under(full, left), a, "x");
      const y = input(under(full, right), b, "y");
      const z = mul(add(x, y), 3);
      const chosen = where(gt(x, y), sub(z, x), neg(y));
      check([z, chosen, eq(x, y), cast(chosen, "int32"), cast(add(z, 0.5), "uint32"), max(x, y, 1), relu(z)], [x, y], seed);
    }),
    runs,
  );
});

test("folds over any axes, of every type, with gates in front and behind", () => {
  fc.assert(
    fc.property(shape, fc.nat(15), dtype, fc.nat(), (full, mask, type, seed) => {
      const x = input(full, type, "x");
      const axes = full.flatMap((_, i) => ((mask >> i) & 1 ? [i] : []));
      const total = sum(x, { axes });
      check([total, amax(x, { axes }), argmax(x, { axes }), argmin(x, { axes }), add(sum(mul(x, x), { axes }), total)], [x], seed, 1e-4);
    }),
    runs,
  );
});

/** One step of a chain of views, chosen by numbers. */
const view = (x: Node, kind: number, n: number): Node => {
  const rank = x.shape.length;
  const axis = rank === 0 ? 0 : n % rank;
  const among = (i: number): boolean => i === axis;
  switch (kind % 8) {
    case 0:
      return rank === 0 ? x : transpose(x, [...x.shape.keys()].map((i) => (i + n) % rank));
    case 1:
      return slice(x, x.shape.map((size, i) => (!among(i) ? null : n % 3 === 0 && size > 0 ? n % size : n % 2 === 0 ? [n % (size + 1)] : [n % (size + 1), -size - 1, -1])));
    case 2:
      return pad(x, x.shape.map((size, i) => (among(i) ? [(n % 3) - (size > 0 ? 1 : 0), n % 2] : [0, 0])), n % 5 === 0 && x.dtype !== "bool" ? 2 : 0);
    case 3:
      return broadcastTo(x, [1 + (n % 3), ...x.shape]);
    case 4:
      return reshape(x, [-1, ...(sizeOf(x.shape) % 2 === 0 && sizeOf(x.shape) > 0 ? [2] : [])]);
    case 5:
      return rank === 0 ? x : concat([x, x], axis);
    case 6:
      return reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
    default:
      return mul(x, 2);
  }
};

const steps = fc.array(fc.tuple(fc.nat(100), fc.nat(100)), { minLength: 1, maxLength: 7 });

test("chains of views with gates between, and everything back through them", () => {
  fc.assert(
    fc.property(shape, steps, dtype, fc.nat(), (full, chain, type, seed) => {
      const x = input(full, type, "x");
      const seen: Node[] = [];
      let at = x;
      for (const [kind, n] of chain) {
        if (at.shape.length > 5 || sizeOf(at.shape) > 2000) break;
        seen.push((at = view(at, kind, n)));
      }
      const reads = seen.filter((node) => node.attrs["map"] && type !== "bool");
      const backs = reads.map((node) => write(node, node.attrs["map"] as Parameters<typeof write>[1]));
      check([at, add(at, 1), ...seen, ...backs, sum(at)], [x], seed, 1e-4);
    }),
    runs,
  );
});

test("reads of any affine map, and their transposes", () => {
  const row = fc.tuple(fc.integer({ min: -2, max: 3 }), fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 }));
  const small = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 2, maxLength: 2 }), fc.tuple(small, small), fc.tuple(small, small, small), fc.nat(), (given, from, to, seed) => {
      const rows = given.map(([offset, coef]) => ({ offset, coef }));
      const map = { from, to, rows, fill: seed % 2, kind: "any" };
      const x = input(from, "float32", "x");
      const g = input(to, "float32", "g");
      check([read(x, map), exp(read(neg(x), map)), write(g, map), write(mul(g, 2), map)], [x, g], seed, 1e-4);
    }),
    runs,
  );
});

test("products over any letters: batches, orders, few and many of each", () => {
  const letters = fc.shuffledSubarray(["a", "b", "c", "d", "e"], { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(letters, letters, fc.nat(31), fc.nat(119), fc.constantFrom<DType>("float64", "float32"), fc.nat(), (a, b, kept, order, type, seed) => {
      const draw = new Draw(seed, 1);
      const sizes = new Map(["a", "b", "c", "d", "e"].map((letter) => [letter, [1, 2, 3, 7, 13, 20, 0][draw.below(draw.below(4) === 0 ? 7 : 6)]!]));
      const all = [...new Set([...a, ...b])];
      // A letter of one operand only stays in the result: einsum sums it first.
      const out = all.filter((letter, i) => !(a.includes(letter) && b.includes(letter)) || (kept >> i) & 1);
      for (let i = out.length - 1, rest = order; i > 0; rest = Math.floor(rest / (i + 1)), i--) {
        const j = rest % (i + 1);
        [out[i], out[j]] = [out[j]!, out[i]!];
      }
      const shapeOf = (list: readonly string[]): number[] => list.map((letter) => sizes.get(letter)!);
      const x = input(shapeOf(a), type, "x");
      const y = input(shapeOf(b), type, "y");
      const product = contract(x, y, { a: a.join(""), b: b.join(""), out: out.join("") });
      const feeds = new Map([x, y].map((node) => [node, allocate(node.dtype, sizeOf(node.shape)).map(() => draw.normal())]));
      const roots = [product, relu(product)];
      const wanted = interpret(roots, feeds);
      program(roots, [x, y])!.run([x, y].map((node) => feeds.get(node)!)).forEach((got, i) => assertClose(numbersOf(got, roots[i]!), wanted[i]!, roots[i]!, `${a.join("")},${b.join("")}->${out.join("")}`, type === "float32" ? 1e-4 : 1e-11));
    }),
    runs,
  );
});

test("what once was wrong: equal shapes seen through a transpose, one element read beside it, negative floats as whole numbers", () => {
  const x = input([2, 2], "float64", "x");
  const i = input([2], "int32", "i");
  const squared = mul(x, x);
  check([table.gather(transpose(squared, [1, 0]), i), squared, concat([transpose(squared, [1, 0]), x], 0)], [x, i], 1);
  const one = input([1], "float32", "one");
  check([pad(one, [[-1, 1]]), slice(pad(one, [[1, 0]]), [0])], [one], 2);
  const y = input([5], "float32", "y");
  check([cast(sub(mul(y, 0), 5.5), "int32"), cast(sub(mul(y, 0), 5.5), "uint32"), cast(mul(y, 1e12), "int32")], [y], 3);
});

test("reads that begin far in front of the first number", () => {
  for (const dtype of ["float64", "float32", "bool"] as const) {
    // The largest buffer, which lies at the front; in lanes along an axis whose first numbers are far outside.
    const x = input([9, 40], dtype, "x");
    const roots = [pad(slice(x, [null, [0, 2]]), [[20, 0], [0, 0]])];
    const feed = valuesOf(x, new Draw(2, 2));
    const wanted = interpret(roots, new Map([[x, feed]]));
    const got = program(roots, [x])!.run([feed]);
    roots.forEach((root, i) => assertClose(numbersOf(got[i]!, root), wanted[i]!, root, `${dtype}, root ${i}`));
  }
});
