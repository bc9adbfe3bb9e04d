import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, full, tensor, type Tensor } from "../../src/api/index.ts";
import { arithmeticHere } from "../../src/run/target.ts";

test("what is said of the arithmetic is what a large matrix product does", () => {
  // -(1 + 2 x) first, then (1 + x)^2 on top of it: x^2 is left where a product is not rounded before it is added.
  const x = 2 ** -27;
  const rows = tensor(Array.from({ length: 64 }, () => [1, 1 + x]));
  const columns = tensor([Array.from({ length: 64 }, () => -(1 + 2 * x)), Array.from({ length: 64 }, () => 1 + x)]);
  const product = compile((a: Tensor, b: Tensor) => a.matmul(b))(rows, columns);
  const left = arithmeticHere().endsWith("fused multiply-add") ? x * x : 0;
  assert.deepEqual(product.toArraySync(), full([64, 64], left).toArraySync());
});
