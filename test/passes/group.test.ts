/** Recognising groups: which spellings are found, which are left alone, and that no finite value changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { group, groupReport, recognisables } from "../../src/api/grouping.ts";
import { builder } from "../../src/api/builder.ts";
import { topological } from "../../src/ir/graph.ts";
import type { Value } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { input, onesLike } from "../../src/ops/forms/source.ts";
import { transpose } from "../../src/ops/forms/view.ts";
import {
  add, amax, div, exp, expm1, inv, log, log1p, logSoftmax, max, mul, neg, oneHot, pick, pow, reshape, sigmoid, softmax, softplus, stopGradient, sub, sum,
} from "../../src/ops/table.ts";
import { differentiate } from "../../src/passes/differentiate.ts";
import { compose, expand } from "../../src/passes/expand.ts";
import { groupChains } from "../../src/passes/group.ts";
import { interpret } from "../../src/run/interpret.ts";

const scalar = (name: string): Node => input([], "float64", name);
const x = scalar("x");
const [a, b, c, d] = ["a", "b", "c", "d"].map(scalar) as [Node, Node, Node, Node];
const X = input([2, 3], "float64", "X");
const X3 = input([4, 2, 3], "float64", "X3");
const F = input([2, 3], "float32", "F");
const Q = input([3, 3], "float64", "Q");
const row = input([3], "float64", "row");
const y = input([2], "int32", "y");
const y3 = input([3], "int32", "y3");
const last = { axes: -1 };
const kept = { axes: -1, keepDims: true };

const text = (node: Node): string => {
  if (node.src.length > 0) return `${node.op.name}(${node.src.map(text).join(", ")})`;
  return node.name ?? String(node.attrs["value"] ?? node.op.name);
};
const grouped = (node: Node): Node => group([node]).map.get(node)!;
const wordsIn = (node: Node): string[] => group([node]).found.map(({ word }) => word);
const sumOf = (...terms: Node[]): Node => terms.reduce((s, t) => add(s, t));

const spellings: readonly (readonly [wanted: string, ...chains: Node[]])[] = [
  [
    "sigmoid(x)",
    div(1, add(1, exp(neg(x)))),
    div(1, add(exp(neg(x)), 1)),
    inv(add(1, exp(neg(x)))),
    inv(add(1, inv(exp(x)))),
    pow(add(1, exp(neg(x))), -1),
    pow(add(exp(neg(x)), 1), neg(1)),
    div(1, add(1, exp(mul(-1, x)))),
    div(1, add(1, exp(mul(x, neg(1))))),
    div(1, add(1, exp(sub(0, x)))),
    div(1, add(1, pow(Math.E, neg(x)))),
    div(exp(x), add(1, exp(x))),
    div(exp(x), add(exp(x), 1)),
    mul(exp(x), inv(add(exp(x), 1))),
    div(1, add(1, div(1, exp(x)))),
    div(1, add(0, add(1, exp(neg(neg(neg(x))))))),
    div(mul(1, exp(x)), add(1, exp(x))),
  ],
  ["sigmoid(neg(x))", div(1, add(1, exp(x)))],
  ["sigmoid(mul(a, b))", div(1, add(1, exp(mul(neg(a), b)))), div(1, add(1, exp(neg(mul(a, b)))))],
  ["sigmoid(neg(sub(neg(a), b)))", div(1, add(1, exp(sub(neg(a), b))))],
  ["sigmoid(neg(mul(mul(mul(mul(neg(a), b), c), d), x)))", inv(add(1, exp([b, c, d, x].reduce((p, f) => mul(p, f), neg(a)))))],
  ["softplus(x)", log(add(1, exp(x))), log(add(exp(x), 1)), log1p(exp(x))],
  ["log_sigmoid(x)", log(div(1, add(1, exp(neg(x))))), log(sigmoid(x)), log(inv(add(exp(neg(x)), 1)))],
  ["neg(softplus(neg(x)))", neg(log(add(1, exp(neg(x)))))],
  ["log_add_exp(a, b)", log(add(exp(a), exp(b)))],
  [
    "log_add_exp(a, b, c, d)",
    log(add(add(add(exp(a), exp(b)), exp(c)), exp(d))),
    log(add(exp(a), add(exp(b), add(exp(c), exp(d))))),
    log(add(add(exp(a), exp(b)), add(exp(c), exp(d)))),
  ],
  ["neg_log_softmax(a, b)", neg(log(div(exp(a), add(exp(a), exp(b))))), neg(log(div(exp(a), add(exp(b), exp(a)))))],
  [
    "neg_log_softmax(c, a, b)",
    neg(log(div(exp(c), sumOf(exp(a), exp(b), exp(c))))),
    neg(log(div(exp(c), add(exp(a), add(exp(c), exp(b)))))),
    neg(log(mul(inv(sumOf(exp(c), exp(a), exp(b))), exp(c)))),
  ],
  ["neg(neg_log_softmax(a, b))", log(div(exp(a), add(exp(a), exp(b))))],
  ["sigmoid(X)", div(1, add(1, exp(neg(X))))],
  ["log_add_exp(X, read(row))", log(add(exp(X), exp(row)))],
  ["logsumexp(X)", log(sum(exp(X), last)), log(sum(exp(X), { axes: 0 })), log(sum(exp(X)))],
  ["reshape(logsumexp(X))", log(sum(exp(X), kept)), log(sum(exp(X), { axes: [0, 1], keepDims: true }))],
  ["softmax(X)", div(exp(X), sum(exp(X), kept)), mul(exp(X), inv(sum(exp(X), kept))), mul(inv(sum(exp(X), kept)), exp(X))],
  ["softmax(X)", div(exp(X), sum(exp(X), { axes: 0, keepDims: true }))],
  ["softmax(X3)", div(exp(X3), sum(exp(X3), { axes: 1, keepDims: true }))],
  ["log_softmax(Q)", log(div(exp(Q), sum(exp(Q), { axes: 0, keepDims: true })))],
  ["softmax(X3)", div(exp(X3), sum(exp(X3), { axes: 2, keepDims: true }))],
  ["softmax(row)", div(exp(row), sum(exp(row)))],
  ["log_softmax(X)", log(softmax(X)), log(div(exp(X), sum(exp(X), kept)))],
  [
    "softmax_cross_entropy(X, y)",
    neg(log(pick(softmax(X), y))),
    neg(log(pick(div(exp(X), sum(exp(X), kept)), y))),
    neg(log(div(pick(exp(X), y), sum(exp(X), last)))),
    neg(pick(log(div(exp(X), sum(exp(X), kept))), y)),
    neg(pick(logSoftmax(X), y)),
    neg(sum(mul(oneHot(y, 3), logSoftmax(X)), last)),
    neg(sum(mul(log(softmax(X)), oneHot(y, 3)), last)),
    neg(log(sum(mul(oneHot(y, 3), softmax(X)), last))),
  ],
  ["softmax_cross_entropy(F, y)", neg(sum(mul(oneHot(y, 3, "float32"), logSoftmax(F)), last))],
  ["neg(softmax_cross_entropy(X, y))", log(pick(softmax(X), y)), sum(mul(oneHot(y, 3), logSoftmax(X)), last)],
];

for (const [wanted, ...chains] of spellings) {
  test(`${chains.length} spelling${chains.length === 1 ? "" : "s"} of ${wanted}`, () => {
    for (const chain of chains) {
      const { map, found } = group([chain]);
      assert.equal(text(map.get(chain)!), wanted, text(chain));
      assert.equal(found.length, 1, text(chain));
      assert.equal(found[0]!.node.op.name, found[0]!.word);
      assert.equal(found[0]!.replaced.at(-1)!.shape, chain.shape);
    }
  });
}

test("a softmax that is recognised keeps its axis", () => {
  for (const [axes, axis] of [[0, -3], [1, -2], [2, -1]] as const) {
    assert.deepEqual(grouped(div(exp(X3), sum(exp(X3), { axes, keepDims: true }))).attrs["options"], { axis });
  }
});

test("every rule states why, in a sentence of its own, and recognises its own body", () => {
  assert.ok(recognisables.length >= 8);
  for (const rule of recognisables) {
    assert.ok(rule.why.length > 20, rule.op.name);
    const operands = rule.holes(rule.params);
    const plain = rule.spellings[0]!(operands, { axes: [0] });
    const { found } = group([plain]);
    assert.ok(found.some(({ word }) => word === rule.op.name), rule.op.name);
  }
});

test("what is not the same function stays as it is", () => {
  const misleading = [
    max(0, x), // A tie splits the gradient; relu does not.
    log(add(2, exp(x))),
    div(1, sub(1, exp(neg(x)))),
    div(exp(a), add(1, exp(b))),
    log(add(exp(a), b)),
    log(sumOf(exp(a), exp(b), c)),
    div(exp(X), sum(exp(X), { axes: [0, 1], keepDims: true })), // Two axes at once.
    div(exp(Q), reshape(sum(exp(Q), { axes: 0 }), [3, 1])), // Sums of columns put beside rows.
    div(exp(Q), sum(exp(Q), last)), // Sums of rows put beside columns.
    div(exp(X), sum(exp(stopGradient(X)), kept)),
    log(sum(expm1(X), last)),
    neg(log(div(exp(a), add(exp(b), exp(c))))),
    add(1, exp(x)),
  ];
  for (const chain of misleading) {
    const { map, found } = group([chain]);
    assert.deepEqual(found.map(({ word }) => word).filter((word) => word !== "log_add_exp"), [], text(chain));
    assert.equal(map.get(chain), chain, text(chain));
  }
});

test("labels across the wrong axis are not a cross-entropy", () => {
  for (const chain of [
    neg(sum(mul(oneHot(y3, 3), logSoftmax(Q)), { axes: 0 })),
    neg(sum(mul(transpose(oneHot(y3, 3), undefined), logSoftmax(Q)), last)),
    neg(sum(mul(oneHot(y3, 3), logSoftmax(Q)))),
  ]) assert.ok(!wordsIn(chain).includes("softmax_cross_entropy"), text(chain));
});

test("a named gate inside a chain never disappears; the chain's own name goes to the group", () => {
  const e = exp(neg(x)).named("e");
  const chain = div(1, add(1, e));
  assert.equal(grouped(chain), chain);
  const left = mul(neg(a).named("m"), b);
  assert.equal(text(grouped(inv(add(1, exp(left))))), "sigmoid(neg(mul(neg(a), b)))");
  const two = exp(mul(a, b).named("p"));
  const same = exp(mul(a, b).named("q"));
  assert.equal(grouped(div(two, add(1, same))).op.name, "div");
  const s = div(1, add(1, exp(neg(x)))).named("s");
  const done = grouped(s);
  assert.equal(done.op.name, "sigmoid");
  assert.equal(done.name, "s");
  assert.equal(done.site, s.site);
});

test("what must be kept can be said in another way", () => {
  const e = exp(neg(x)).named("e");
  const chain = div(1, add(1, e));
  assert.equal(groupChains([chain], recognisables, { keep: () => false }).map.get(chain)!.op.name, "sigmoid");
  const plain = div(1, add(1, exp(neg(x))));
  assert.equal(groupChains([plain], recognisables, { keep: (node) => node.op === exp.op }).map.get(plain), plain);
});

test("a gate that something else uses stays alive for it, and is the same node", () => {
  const e = exp(neg(x));
  const done = grouped(add(div(1, add(1, e)), e));
  assert.equal(text(done), "add(sigmoid(x), exp(neg(x)))");
  assert.equal(done.src[1], e);
});

test("groups nest, equal lines count as one operand, and only what is still there is reported", () => {
  const h = (v: Node): Node => div(1, add(1, exp(neg(v))));
  assert.equal(text(grouped(h(h(log(add(1, exp(mul(a, b)))))))), "sigmoid(sigmoid(softplus(mul(a, b))))");
  assert.equal(text(grouped(div(exp(mul(a, b)), add(1, exp(mul(a, b)))))), "sigmoid(mul(a, b))");
  assert.deepEqual(wordsIn(neg(log(div(exp(a), add(exp(a), exp(b)))))), ["neg_log_softmax"]);
  const shared = log(add(exp(a), exp(b)));
  const { found } = group([add(shared, mul(shared, h(c)))]);
  assert.deepEqual(found.map(({ word }) => word), ["log_add_exp", "sigmoid"]);
  assert.deepEqual(found[0]!.replaced, topological([shared]).filter(({ src }) => src.length > 0));
});

test("a graph without chains is returned as it is, and maps compose", () => {
  const plain = mul(add(a, b), c);
  assert.equal(grouped(plain), plain);
  const chain = softplus(div(1, add(1, exp(neg(x)))));
  const opened = expand([chain]);
  const again = group([opened.get(chain)!]);
  assert.equal(text(compose([opened, again.map]).get(chain)!), "softplus(sigmoid(x))");
});

test("types are kept: a chain of float32 becomes a group of float32, a cast stays", () => {
  const done = grouped(div(1, add(1, exp(neg(F)))));
  assert.equal(text(done), "sigmoid(F)");
  assert.equal(done.dtype, "float32");
});

/** Magnitudes from tiny to past every overflow, and what has none. */
const number = fc.oneof(
  fc.double({ min: -40, max: 40, noNaN: true }),
  fc.double({ min: -1500, max: 1500, noNaN: true }),
  fc.tuple(fc.constantFrom(-1, 1), fc.integer({ min: -12, max: 2 })).map(([sign, e]) => sign * 10 ** e),
  fc.constantFrom(0, -0, Infinity, -Infinity, 709.7, -709.7, 744.9, -744.9, 36.8, -36.8),
);
const value = (node: Node, feeds: ReadonlyMap<Node, Value>): number => interpret([node], feeds)[0] as number;

const stableSum = (...s: number[]): number => {
  const top = Math.max(...s);
  return Number.isFinite(top) ? top + Math.log(s.reduce((t, v) => t + Math.exp(v - top), 0)) : top;
};
const stablePlus = (v: number): number => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
const stableSigmoid = (v: number): number => (v < 0 ? Math.exp(v) / (1 + Math.exp(v)) : 1 / (1 + Math.exp(-v)));

/** Chains over a, b and c with their truth, written so that nothing overflows and nothing large cancels. */
const measured: readonly (readonly [Node, (a: number, b: number, c: number) => number])[] = [
  [div(1, add(1, exp(neg(a)))), stableSigmoid],
  [div(exp(a), add(1, exp(a))), stableSigmoid],
  [div(1, add(1, div(1, exp(a)))), stableSigmoid],
  [div(1, add(1, exp(a))), (v) => stableSigmoid(-v)],
  [log(add(1, exp(a))), stablePlus],
  [log1p(exp(a)), stablePlus],
  [log(div(1, add(1, exp(neg(a))))), (v) => -stablePlus(-v)],
  [neg(log(add(1, exp(neg(a))))), (v) => -stablePlus(-v)],
  [log(add(exp(a), exp(b))), (v, w) => stableSum(v, w)],
  [log(sumOf(exp(a), exp(b), exp(c))), stableSum],
  [neg(log(div(exp(a), add(exp(a), exp(b))))), (v, w) => stablePlus(w - v)],
  [neg(log(div(exp(b), sumOf(exp(a), exp(b), exp(c))))), (u, v, w) => stablePlus(stableSum(u - v, w - v))],
];

test("wherever the plain chain is finite, the group has its value or one nearer to the truth", () => {
  const eps = 2 ** -52;
  for (const [chain, truth] of measured) {
    const done = grouped(chain);
    assert.notEqual(done, chain);
    fc.assert(
      fc.property(number, number, number, (...at) => {
        const feeds = new Map<Node, Value>([[a, at[0]], [b, at[1]], [c, at[2]]]);
        const [plain, one, right] = [value(chain, feeds), value(done, feeds), truth(...at)];
        if (!Number.isFinite(plain)) return;
        // A logarithm of a number near 1 has an absolute error, however it is written.
        const allowed = 1e-12 * Math.abs(plain) + (chain.op === div.op ? 5e-324 : 8 * eps);
        const nearer = Math.abs(one - right) <= Math.abs(plain - right);
        assert.ok(Math.abs(one - plain) <= allowed || nearer, `${text(chain)} at ${at}: ${plain} became ${one}, truth ${right}`);
      }),
      { numRuns: 400 },
    );
  }
});

const slopes = (node: Node, wanted: readonly Node[]): Node[] => {
  const { of } = differentiate(new Map([[node, onesLike(node)]]), wanted, builder);
  return wanted.map((leaf) => of.get(leaf) ?? mul(0, leaf));
};

test("for finite operands value and gradient of a group are finite, and equal to the chain's where those are", () => {
  for (const [chain] of measured) {
    const plain = slopes(chain, [a, b, c]);
    const done = grouped(chain);
    const one = slopes(done, [a, b, c]);
    fc.assert(
      fc.property(number, number, number, (...at) => {
        if (!at.every(Number.isFinite)) return;
        const feeds = new Map<Node, Value>([[a, at[0]], [b, at[1]], [c, at[2]]]);
        assert.ok(Number.isFinite(value(done, feeds)), `${text(done)} at ${at}`);
        const moderate = at.every((v) => Math.abs(v) < 300);
        interpret(one, feeds).forEach((slope, i) => {
          assert.ok(Number.isFinite(slope as number), `slope ${i} of ${text(done)} at ${at}`);
          if (!moderate) return;
          const expected = value(plain[i]!, feeds);
          assert.ok(Math.abs((slope as number) - expected) <= 1e-11 * Math.max(1, Math.abs(expected)), `slope ${i} of ${text(chain)} at ${at}`);
        });
      }),
      { numRuns: 200 },
    );
  }
});

test("tensor chains keep every finite value", () => {
  const chains = spellings.flatMap(([, ...list]) => list).filter((chain) => topological([chain]).includes(X));
  assert.ok(chains.length > 20);
  const scores = fc.array(fc.oneof(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: -800, max: 800, noNaN: true })), { minLength: 6, maxLength: 6 });
  fc.assert(
    // Labels out of range too: what a chain makes of them finitely must stay.
    fc.property(scores, fc.integer({ min: -1, max: 3 }), fc.integer({ min: 0, max: 2 }), (numbers, first, second) => {
      const feeds = new Map<Node, Value>([[X, Float64Array.from(numbers)], [row, Float64Array.of(1, -2, 3)], [y, Int32Array.of(first, second)]]);
      for (const chain of chains) {
        const [plain, one] = interpret([chain, grouped(chain)], feeds) as [Float64Array, Float64Array];
        Array.from(typeof plain === "number" ? [plain] : plain).forEach((p, i) => {
          const g = typeof one === "number" ? one : one[i]!;
          // Below the smallest normal number the plain exponentials have lost their digits.
          if (!Number.isFinite(p) || numbers.some((v) => v < -700)) return;
          assert.ok(Math.abs(g - p) <= 1e-12 * Math.max(Math.abs(p), 1), `${text(chain)} of ${numbers}: ${p} became ${g}`);
        });
      }
    }),
    { numRuns: 40 },
  );
});

test("scores of any size have a finite loss, and the right class's slope keeps its digits", () => {
  const loss = grouped(neg(log(div(exp(a), sumOf(exp(a), exp(b), exp(c))))));
  const [slope] = slopes(loss, [a]);
  const at = (...s: readonly [number, number, number]) => new Map<Node, Value>([[a, s[0]], [b, s[1]], [c, s[2]]]);
  assert.equal(value(loss, at(-2000, 1000, 0)), 3000);
  assert.equal(value(slope!, at(-2000, 1000, 0)), -1);
  const small = Math.exp(-60) + Math.exp(-70);
  assert.ok(Math.abs(value(loss, at(700, 640, 630)) / small - 1) < 1e-12);
  assert.ok(Math.abs(value(slope!, at(700, 640, 630)) / -small - 1) < 1e-12);
});

test("the max-shifted softmax of the course is a softmax of the shifted scores", () => {
  const shifted = sub(X, amax(X, kept));
  assert.equal(grouped(div(exp(shifted), sum(exp(shifted), kept))).op.name, "softmax");
});

test("a million gates pass, whatever they are", () => {
  const n = 1_000_000;
  let mixed = x;
  for (let i = 0; i < n; i++) mixed = i % 10 === 0 ? sub(mixed, x) : mul(mixed, x);
  assert.equal(grouped(mixed), mixed);
  let chain = x;
  for (let i = 0; i < 50_000; i++) chain = log(add(1, exp(chain)));
  assert.equal(group([chain]).found.length, 50_000);
  let signs = x;
  for (let i = 0; i < 100_000; i++) signs = neg(signs);
  assert.equal(grouped(exp(signs)).op.name, "exp");
});

test("work stays linear where sums are shared: running totals and very long sums are cut off", () => {
  let total = exp(x);
  let out = x;
  for (let i = 0; i < 20_000; i++) {
    total = add(total, exp(x));
    out = add(out, log(total));
  }
  const { found } = group([out]);
  assert.ok(found.length > 10 && found.length < 100);
  let long = exp(x);
  for (let i = 1; i < 4096; i++) long = add(long, exp(x));
  assert.equal(grouped(log(long)).src.length, 4096);
  assert.equal(grouped(log(add(long, exp(x)))).op.name, "log");
});

test("the report names the gate, where it is, what it replaces and why", () => {
  const s = div(1, add(1, exp(neg(x)))).named("s");
  const t = inv(add(1, exp(neg(s))));
  const lines = groupReport(group([log(add(exp(s), exp(t)))]).found).split("\n");
  assert.equal(lines[0], "sigmoid, 2 times: s");
  assert.equal(lines[1], "  one gate instead of neg, exp, add, div; or neg, exp, add, inv");
  assert.match(lines[2]!, /^ {2}e\^-x overflows for x < -709/);
  assert.equal(lines[3], "log_add_exp");
  assert.equal(lines[4], "  one gate instead of exp, exp, add, log");
  assert.equal(groupReport([]), "no chain of gates was grouped");
});
