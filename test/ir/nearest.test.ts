/** "Did you mean": a name near enough to be a slip is suggested, and no other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../src/ir/nearest.ts";

test("a slip of the finger finds the name that was meant", () => {
  assert.equal(nearest("sigmod", ["softplus", "sigmoid"]), "sigmoid");
  assert.equal(nearest("lgo", ["exp", "log"]), "log");
  assert.equal(nearest("X", ["y", "x"]), "x");
  assert.equal(nearest("w", ["x", "w1"]), "w1");
  assert.equal(nearest("w2", ["w1", "b"]), "w1");
});

test("a name with less than half in common is no help", () => {
  for (const [wrong, known] of [["z", ["x", "y"]], ["q", ["x"]], ["W", ["x", "dx"]], ["ab", ["cd"]], ["nope", ["f"]]] as const) {
    assert.equal(nearest(wrong, known), undefined, `${wrong} among ${known.join(", ")}`);
  }
});
