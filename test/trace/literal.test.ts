/** What is no tensor is one clear error: nested arrays that have no end, unknown types, too many elements. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { add, concat, tensor, type Nested, type Tensor } from "../../src/index.ts";
import { explain } from "../../src/explain/index.ts";
import { allocate } from "../../src/ir/dtype.ts";
import { Node } from "../../src/ir/node.ts";
import { input } from "../../src/ops/forms/source.ts";
import { sin } from "../../src/ops/table.ts";
import { interpret } from "../../src/run/interpret.ts";

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

test("arrays of types that tensors do not have are refused by name, alone and in a list", () => {
  const others = [new Int8Array(2), new Int16Array(2), new Uint16Array(2), new Uint8ClampedArray(2), new BigInt64Array(2), new DataView(new ArrayBuffer(2))];
  for (const other of others) {
    const { name } = other.constructor;
    assert.throws(() => tensor(other as never), { code: "bad-dtype", sentence: `tensor: a${/^I/.test(name) ? "n" : ""} ${name} has a type of numbers that tensors do not have` });
    assert.throws(() => tensor([other] as never), { code: "not-a-number", sentence: new RegExp(`the entry at \\[0\\] is an? ${name}, not a number`) });
  }
  for (const dtype of ["float16", "int64", "int8"]) assert.throws(() => tensor([1], { dtype: dtype as never }), { code: "bad-dtype", sentence: new RegExp(dtype) });
});

test("more elements than 31 bits count are refused where they would arise, by whatever operation", () => {
  const [x, y] = [tensor(new Float32Array(2 ** 16), { shape: [2 ** 16, 1] }), tensor(new Float32Array(2 ** 16), { shape: [1, 2 ** 16] })];
  const long = tensor(1).broadcastTo([2 ** 30]);
  const index = tensor(Int32Array.of(0)).broadcastTo([2 ** 21]);
  const makers: Readonly<Record<string, () => unknown>> = {
    add: () => x.add(y),
    contract: () => x.matmul(y),
    where: () => x.gt(0).where(y, 1),
    concat: () => concat([long, long, long]),
    gather: () => tensor(new Float32Array(2 ** 11), { shape: [1, 2 ** 11] }).gather(index),
    tensor: () => tensor(1).broadcastTo([2 ** 16, 2 ** 16]),
  };
  for (const [name, make] of Object.entries(makers)) assert.throws(make, { code: "too-large", sentence: /has \d{10,} elements; 2\^31 - 1 is the most$/ }, name);
});

test("numbers for which there is no room are told by type, size and operation", () => {
  assert.throws(() => allocate("float64", 2 ** 50), { code: "out-of-memory", sentence: /^1,125,899,906,842,624 numbers of float64 take 8388608\.0 GiB/, help: /float32/ });
  const x = input([2, 3], "float64", "x");
  const node = sin(x);
  const huge = new Node({ ...node.op, evaluate: () => allocate("float32", 2 ** 50) }, [x], node.attrs, [2, 3], "float32", undefined, "huge");
  assert.throws(() => interpret([huge], new Map([[x, new Float64Array(6)]])), { code: "out-of-memory", operands: [{ name: "huge", shape: [2, 3] }] });
});
