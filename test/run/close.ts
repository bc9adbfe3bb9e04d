/** How the engine's numbers are compared with the interpreter's. */
import assert from "node:assert/strict";
import { type DType, type TypedArray, type Value, asArray } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import type { Result } from "../../src/run/exchange.ts";

/** The numbers of a result, wherever they lie. */
export const numbersOf = (result: Result, { dtype }: Node): TypedArray => (typeof result === "number" ? asArray(result, dtype) : result.values);

const exact: readonly DType[] = ["int32", "uint32", "bool"];

/**
 * Equal up to rounding beside the largest finite number of the same result (sums cancel); NaN where NaN is, and the same
 * infinities. Whole numbers are the same.
 */
export const assertClose = (got: TypedArray, wanted: Value, node: Node, what: string, tolerance = node.dtype === "float32" ? 2e-5 : 1e-10): void => {
  const want = asArray(wanted, node.dtype);
  assert.equal(got.length, want.length, what);
  assert.equal(got.constructor, want.constructor, what);
  const largest = Array.from(want).reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i]!, want[i]!];
    if (Object.is(a, b) || a === b) continue;
    const limit = exact.includes(node.dtype) ? 0 : tolerance * (Math.abs(b) + largest);
    assert.ok(Math.abs(a - b) <= limit, `${what}: ${a} at ${i}, not ${b}`);
  }
};
