/** Where the engine stops: what it leaves to the interpreter, and what no machine has room for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, Diagnostic, tensor, type Tensor } from "../../src/api/index.ts";
import { program } from "../../src/api/engine.ts";
import { input } from "../../src/ops/forms/source.ts";
import { gate } from "../../src/ops/forms/gate.ts";
import * as table from "../../src/ops/table.ts";

const { mul, sin } = table;

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

test("what cannot have an address is refused before any memory is taken, with the sizes", () => {
  const big = compile((x: Tensor) => x.broadcastTo([60_000, 20_000]).add(1));
  assert.throws(
    () => big(tensor([1])),
    (e) => e instanceof Diagnostic && e.code === "too-large-program" && /9\.0 GiB/.test(e.sentence) && e.operands.some(({ shape }) => String(shape) === "60000,20000") && e.help !== undefined,
  );
});
