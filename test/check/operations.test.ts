/** The sweep over the table, and that it notices: faults in rules, hints that hide too much, entries without a number. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOperation, checkOperations } from "../../src/check/index.ts";
import { runMutations } from "../../scripts/mutate.ts";
import type { EntryInfo } from "../../src/ops/forms/entry.ts";
import { fold } from "../../src/ops/forms/fold.ts";
import { gate, type GateSpec } from "../../src/ops/forms/gate.ts";
import { group } from "../../src/ops/forms/body.ts";
import { spelling } from "../../src/ops/forms/spelling.ts";
import { iota } from "../../src/ops/forms/iota.ts";
import * as table from "../../src/ops/table.ts";
import { isEntry } from "../../src/ops/forms/entry.ts";

const entries = Object.values<unknown>(table).filter(isEntry);
const sweep = checkOperations(table);

test("every entry of the table is right, to order 1 and 2, and none has left the sweep", () => {
  assert.equal(sweep.passed, true, sweep.text);
  assert.deepEqual(sweep.operations.map((o) => o.word), entries.map((e) => e.word));
  for (const { word, compared, total } of sweep.operations) {
    assert.ok(total > 0, word);
    if (!entries.find((e) => e.word === word)!.differentiable) continue;
    assert.ok(compared["order 1"] > 10 && compared["order 2"] > 10 && compared.forward > 5 && compared.linear > 5 && compared.float32 > 5, word);
  }
});

test("what entries are made of is in the sweep too: internal gates and the machinery", () => {
  const words = sweep.operations.map((o) => o.word);
  for (const word of ["chain", "copy", "bits"]) assert.ok(words.includes(word), word);
  const compared = new Map(sweep.machinery.map((m) => [m.op, m.compared]));
  for (const op of ["read", "write", "contract", "gather", "scatter_add", "reshape", "concat", "cast", "parameter", "chain"]) {
    assert.ok((compared.get(op) ?? 0) > 0, op);
  }
  for (const { op, compared: numbers, note } of sweep.machinery) assert.ok(numbers > 0 || note !== "", `${op} was reached and never compared`);
});

test("groups are compared gate by gate, folds obey their laws, kinks have slopes on both sides", () => {
  const of = (word: string) => sweep.operations.find((o) => o.word === word)!;
  for (const entry of entries) {
    if (entry.op?.body) assert.ok(of(entry.word).compared["gate by gate"] > 0, entry.word);
    if ("laws" in entry) assert.ok(of(entry.word).compared.laws > 0, entry.word);
    if (entry.op?.branch) assert.ok(of(entry.word).kinks > 0, `${entry.word}: no point at its kink was tried`);
  }
});

test("each exclusion is printed with its reason, and was looked at", () => {
  for (const entry of entries) {
    for (const { why } of entry.excluded) {
      const found = sweep.operations.find((o) => o.word === entry.word)!.excluded.find((e) => e.why === why)!;
      assert.ok(found.count > 0 && found.verified > 0, `${entry.word}: ${why}`);
      assert.ok(sweep.text.includes(`${entry.word}: ${found.count} points left out: ${why}`));
    }
  }
});

const spec: GateSpec = {
  word: "cube",
  says: "",
  formula: "x^3",
  arity: 1,
  scalar: (x) => x! ** 3,
  local: ([x]) => [table.mul(3, table.sq(x!))],
  spelling: { js: "$0 ** 3", python: "$0 ** 3" },
};
const faults = (change: Partial<GateSpec>): readonly string[] =>
  checkOperation(gate({ ...spec, ...change } as GateSpec & { arity: 1 }) as EntryInfo).failures.map((f) => f.what);

test("a right entry passes, and each kind of fault is found as what it is", () => {
  assert.deepEqual(faults({}), []);
  assert.equal(faults({ local: ([x]) => [table.mul(2, table.sq(x!))] })[0], "order 1");
  assert.equal(faults({ local: ([x]) => [table.stopGradient(table.mul(3, table.sq(x!)))] })[0], "order 2", "right once, wrong twice");
  assert.equal(faults({ local: () => [undefined] })[0], "order 1");
  assert.equal(faults({ excluded: [{ where: (x) => x! < 0.3, why: "a hint that hides" }] })[0], "exclusion");
  assert.equal(faults({ excluded: [{ where: () => true, why: "all" }] }).includes("order 1"), true, "nothing compared");
});

test("a kink that the entry does not tell of is a fault; told, it must lie between the slopes", () => {
  const kinked = { scalar: (x: number) => (x > 0 ? 2 * x : x), formula: "bent" };
  const local: GateSpec["local"] = ([x]) => [table.where(table.gt(x!, 0), 2, 1)];
  const branch = (x: number) => (x > 0 ? 1 : 0);
  assert.notDeepEqual(faults({ ...kinked, local }), []);
  assert.deepEqual(faults({ ...kinked, local, branch }), []);
  assert.equal(faults({ ...kinked, local: ([x]) => [table.where(table.eq(x!, 0), 3, table.where(table.gt(x!, 0), 2, 1))], branch })[0], "kinks");
});

test("winners at a tie must share: 1 and 1 is no gradient of max", () => {
  const { local: _, ...plain } = spec;
  const both = gate({
    ...plain,
    arity: 2,
    scalar: (x, y) => Math.max(x!, y!),
    gradient: (g, [x, y]) => [table.where(table.ge(x!, y!), g, 0), table.where(table.ge(y!, x!), g, 0)],
    branch: (x, y) => Math.sign(x! - y!),
  });
  assert.equal(checkOperation(both).failures[0]?.what, "kinks");
});

test("a group whose stable form, or whose own gradient, is not that of its gates is found", () => {
  const shape = { word: "twice", sig: "unary", says: "", formula: "", params: ["x"], elementwise: true } as const;
  const body: Parameters<typeof group>[0]["body"] = ([x]) => table.mul(x!, table.tanh(x!));
  assert.deepEqual(checkOperation(group({ ...shape, body })).failures, []);
  const other = checkOperation(group({ ...shape, body, lowered: ([x]) => table.mul(x!, table.sin(x!)) })).failures;
  assert.equal(other[0]?.what, "gate by gate");
});

test("a fold that does not combine associatively is found", () => {
  const sum = { word: "sum2", says: "", formula: "", init: 0, lift: (x: number) => x, out: (s: number) => s, types: "same" } as const;
  const right = fold<number>({ ...sum, combine: (a, b) => a + b, gradient: (g, _x, _y, spread) => spread(g) });
  assert.deepEqual(checkOperation(right).failures, []);
  const laws = checkOperation(fold<number>({ ...sum, combine: (a, b) => a + b / (1 + Math.abs(b) * 1e-3), gradient: (g, _x, _y, spread) => spread(g) }));
  assert.ok(laws.failures.some((f) => f.what === "laws"));
});

test("an entry for which nothing can be compared fails", () => {
  const empty = spelling({ word: "nothing", sig: "unary", says: "", formula: "", operands: 1, samples: [{ operands: [[0]] }], spell: ([x]: readonly [never]) => table.sin(x) });
  assert.match(checkOperation(empty).failures[0]!.sentence, /nothing was compared/);
  const none = spelling({ word: "none", sig: "unary", says: "", formula: "", operands: 1, samples: [], differentiable: false, spell: () => iota([2], "int32") });
  assert.match(checkOperation(none).failures[0]!.sentence, /nothing was compared/);
});

test("a table with one wrong entry fails, and says which", () => {
  const wrong = gate({ ...spec, arity: 1, local: ([x]) => [table.sq(x!)] });
  const result = checkOperations({ sin: table.sin, wrong, helper: 3 });
  assert.equal(result.passed, false);
  assert.deepEqual(result.operations.map((o) => [o.word, o.failures.length > 0]), [["sin", false], ["cube", true]]);
  assert.match(result.text, /FAILED order 1: cube\(\[\]\), operand 1 = .*: analytic .*, numeric /);
  assert.equal(checkOperations({}).passed, false, "an empty table proves nothing");
});

test("every fault planted in every backward rule is found by the sweep", () => {
  const { planted, survivors, byOperation } = runMutations(entries);
  assert.deepEqual(survivors, []);
  assert.ok(planted > 400, `${planted} faults`);
  for (const entry of entries) {
    if (entry.op?.gradient && entry.differentiable) assert.ok((byOperation.get(entry.op.name) ?? 0) >= 3, entry.word);
  }
});
