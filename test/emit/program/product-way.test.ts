/** Which way a product takes, for shapes of the bench and at the edges, as a table that a person reads. `UPDATE_GOLDEN=1` writes it. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { productWay } from "../../../src/emit/program/product-way.ts";
import { kernelOf } from "./products.ts";

type Transposed = "" | "left" | "right";

/** Batch, rows, columns, shared; an operand that is transposed. */
const shapes: readonly (readonly [number, number, number, number, Transposed, string])[] = [
  [1, 256, 10, 3072, "", "scores of a linear classifier"],
  [1, 3072, 10, 256, "left", "its weights' gradient"],
  [1, 10, 3072, 256, "", "the same the other way round"],
  [1, 10, 256, 3072, "right", "few rows, and lines along the sum"],
  [1, 128, 512, 784, "", "a hidden layer"],
  [1, 784, 512, 128, "left", "its weights' gradient"],
  [1, 128, 512, 256, "right", "its inputs' gradient"],
  [1, 512, 128, 512, "", "the second layer of a transformer's block"],
  [1, 512, 512, 512, "", "square"],
  [1, 1024, 1024, 1024, "", "square"],
  [32, 64, 64, 32, "right", "scores of attention"],
  [2, 512, 512, 512, "", "two large examples"],
  [1, 16, 16, 16, "", "small"],
  [1, 512, 8, 512, "", "as few columns as a narrow tile has"],
];

const strides = (outer: number, inner: number, transposed: boolean) => (transposed ? { outer: 1, inner: outer } : { outer: inner, inner: 1 });

test("the table is as it stands in product-way.golden.txt", () => {
  const lines = (["float32", "float64"] as const).flatMap((dtype) =>
    [{ fma: false, wide: false }, { fma: true, wide: false }, { fma: true, wide: true }].map((target) => ({ ...target, unrolls: target.fma })).flatMap((target) => [
      `${dtype}${target.fma ? ", fused" : ""}${target.wide ? ", wide" : ""}`,
      ...shapes.map(([batch, rows, columns, shared, transposed, says]) => {
        const a = { batch: rows * shared, ...strides(rows, shared, transposed === "left") };
        const { outer: inner, inner: outer } = strides(shared, columns, transposed === "right");
        const way = productWay(kernelOf({ dtype, batch, rows, columns, shared, a, b: { batch: shared * columns, outer, inner } }), target);
        const { tile, kind, reading, point } = way;
        const turned = way.outColumn !== 1 ? ", turned" : "";
        const piece = kind === "examples" ? `${point[0]} at a time` : `${Math.min(point[0], way.rows)} x ${Math.min(point[1], way.columns)} at a time`;
        return `  ${`${batch} x ${rows} x ${columns}, sum over ${shared}${transposed && `, ${transposed} transposed`}`.padEnd(52)} ${kind}${turned}, tile ${tile.rows} x ${tile.columns}, left ${reading}, ${piece} (${says})`;
      }),
    ]),
  );
  const golden = new URL("product-way.golden.txt", import.meta.url);
  const said = `${lines.join("\n")}\n`;
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(golden, said);
  assert.equal(said, readFileSync(golden, "utf8"));
});
