/** Copies of numbers: every bit, in memory of their own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { copyOf, ranks, viewOf } from "../../src/ir/dtype.ts";

test("a copy has the bits of every type, from any place of an array's memory or of memory that threads share", () => {
  const sizes = fc.oneof(fc.nat(20), fc.nat(20_000));
  fc.assert(
    fc.property(fc.constantFrom(...ranks), sizes, fc.nat(9), fc.boolean(), fc.nat(255), (dtype, size, before, isShared, seed) => {
      const bytes = size * viewOf(dtype, new ArrayBuffer(0), 0, 0).BYTES_PER_ELEMENT;
      const at = before * 8;
      const memory = isShared ? new SharedArrayBuffer(at + bytes + 8) : new ArrayBuffer(at + bytes + 8);
      // Any bits: also those of every NaN.
      const all = new Uint8Array(memory).map((_, i) => (i * 167 + (i >> 8) * 31 + seed) & 255);
      new Uint8Array(memory).set(all);
      const place = viewOf(dtype, memory, at, size);
      const copy = copyOf(place);
      assert.equal(copy.constructor, place.constructor);
      assert.ok(copy.buffer instanceof ArrayBuffer);
      assert.deepEqual([copy.length, copy.byteOffset, copy.buffer.byteLength], [size, 0, bytes]);
      const expected = Buffer.from(all.subarray(at, at + bytes));
      assert.ok(expected.equals(Buffer.from(copy.buffer)));
      new Uint8Array(memory).fill(0);
      assert.ok(expected.equals(Buffer.from(copy.buffer)), "what is written later does not reach it");
    }),
  );
});

test("a copy of a Node buffer is a plain array: bytes in a pool are not handed on", () => {
  const copy = copyOf(Buffer.from([1, 0, 1]));
  assert.equal(Object.getPrototypeOf(copy), Uint8Array.prototype);
  assert.equal(copy.buffer.byteLength, 3);
});
