import assert from "node:assert/strict";
import { test } from "node:test";
import { confusionOf, confusionText } from "../../src/train/index.ts";

test("rows are labels, columns are predictions", () => {
  assert.deepEqual(confusionOf([0, 0, 1, 2], [0, 2, 1, 2], 3), [[1, 0, 1], [0, 1, 0], [0, 0, 1]]);
});

test("as text: zeros as dots, shares at the end, a class without rows said", () => {
  assert.equal(confusionText([[11, 0, 1], [0, 0, 0], [0, 2, 2]]), [
    "label   0  1  2  right",
    "    0  11  .  1   91.7%",
    "    1   .  .  .  no rows",
    "    2   .  2  2   50.0%",
  ].join("\n"));
});

test("names of classes set the width", () => {
  assert.equal(confusionText([[1, 0], [0, 1]], ["setosa", "virginica"]), [
    "    label     setosa virginica  right",
    "   setosa          1         .  100.0%",
    "virginica          .         1  100.0%",
  ].join("\n"));
});
