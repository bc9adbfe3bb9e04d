import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { base64, hex, sha256 } from "../../src/ir/sha256.ts";

test("SHA-256 is that of everybody else, at every length around a block", () => {
  for (let length = 0; length < 200; length++) {
    const text = "é".repeat(length % 5) + "x".repeat(length);
    assert.equal(base64(sha256(text)), createHash("sha256").update(text).digest("base64"), `${length}`);
  }
});

test("of bytes that lie inside others, too", () => {
  const all = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) % 256);
  for (const [start, end] of [[3, 67], [1, 300], [5, 5]] as const) {
    const part = all.subarray(start, end);
    assert.equal(hex(sha256(part)), createHash("sha256").update(part).digest("hex"));
  }
});
