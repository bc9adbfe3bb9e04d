import assert from "node:assert/strict";
import { test } from "node:test";
import { plot } from "../../src/check/plot.ts";

const falling = { name: "train", points: [[0, 4], [1, 2], [2, 1], [3, 0]] as const };

test("a falling curve in ASCII, axes with their ends", () => {
  assert.equal(plot([falling], { ascii: true, width: 12, height: 5, x: { label: "epoch" }, y: { label: "loss" } }), [
    "  loss",
    "4 |*",
    "  | **",
    "  |   ***",
    "  |      ***",
    "0 |         ***",
    "  +------------",
    "   0  epoch   3",
  ].join("\n"));
});

test("braille uses eight dots a character; corner to corner", () => {
  const rows = plot([{ name: "line", points: [[0, 0], [1, 1]] }], { width: 4, height: 2 }).split("\n");
  assert.equal(rows[0], "1 │  ⡠⠊");
  assert.equal(rows[1], "0 │⡠⠊");
});

test("two series are told apart without colour: by mark, or full and dashed; both in the legend", () => {
  const other = { name: "validation", points: [[0, 4], [3, 4]] as const };
  const ascii = plot([falling, other], { ascii: true, width: 12, height: 5 });
  assert.match(ascii.split("\n")[0]!, /\|\*o{11}$/);
  assert.match(ascii, /\* train   o validation$/);
  const braille = plot([falling, other], { width: 12, height: 5 });
  assert.match(braille.split("\n")[0]!, /⠉ ⠉/);
  assert.match(braille, /── train   ╌╌ validation$/);
});

test("logarithmic axes make a V of h^2 + e/h; points at or below 0 are left out", () => {
  const points = Array.from({ length: 13 }, (_, i) => [10 ** -i, 10 ** (-2 * i) + 10 ** (i - 16)] as const);
  const text = plot([{ name: "error", points: [...points, [0, 1], [1, -1]] }], { ascii: true, width: 13, height: 11, x: { log: true }, y: { log: true } });
  const rows = text.split("\n").slice(0, 11).map((row) => row.slice(row.indexOf("|") + 1));
  const lowest = rows.findLastIndex((row) => row.includes("*"));
  assert.equal(lowest, 10);
  const bottom = rows[10]!.indexOf("*");
  assert.ok(bottom > 3 && bottom < 10, rows.join("\n"));
  assert.equal(rows[0]!.lastIndexOf("*"), 12);
  assert.match(text, /1\.0e-12 +1$/);
});

test("a gap where a point is not finite; nothing finite is said", () => {
  const text = plot([{ name: "a", points: [[0, 1], [1, 1], [2, NaN], [3, 1], [4, 1]] }], { ascii: true, width: 9, height: 1 });
  assert.equal(text.split("\n")[0], "1 |***   ***");
  assert.equal(plot([{ name: "a", points: [[0, NaN]] }]), "(nothing to draw: no point is finite)");
});
