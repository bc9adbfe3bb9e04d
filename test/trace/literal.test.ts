/** Nested arrays that have no end are one clear error, wherever they are given. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { add, tensor, type Nested, type Tensor } from "../../src/index.ts";
import { explain } from "../../src/explain/index.ts";

const endless: Nested[] = [];
endless.push(endless);

test("an array that contains itself is refused, not walked for ever", () => {
  assert.throws(() => tensor(endless), { code: "too-deep" });
  assert.throws(() => add(endless, 1), { code: "too-deep" });
  assert.throws(() => explain((x: Tensor) => x.sum(), { x: endless }), { code: "circular-tree" });
});

test("deep arrays are tensors as far as the bound, and an error beyond", () => {
  const nested = (levels: number): Nested => (levels === 0 ? 7 : [nested(levels - 1)]);
  assert.equal(tensor(nested(1000)).rank, 1000);
  assert.throws(() => tensor(nested(1001)), { code: "too-deep" });
});
