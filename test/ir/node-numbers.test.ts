/** Numbers by node: of nodes made one after the other, of some made long before, and of those in between that are of no concern. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Node } from "../../src/ir/node.ts";
import { NodeNumbers } from "../../src/ir/node-numbers.ts";
import { constant } from "../../src/ops/forms/source.ts";

test("a node has the number that it was given last, wherever it was made", () => {
  const nodes: readonly Node[] = Array.from({ length: 400 }, (_, i) => constant(i, [], "float64"));
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(399), { maxLength: 40 }), fc.array(fc.tuple(fc.nat(399), fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 })), { maxLength: 80 }), (known, given) => {
      const order = known.sort((a, b) => a - b).map((i) => nodes[i]!);
      const numbers = new NodeNumbers(order);
      const wanted = new Map<number, number>();
      for (const [i, number] of given) {
        numbers.set(nodes[i]!, number);
        wanted.set(i, number);
      }
      nodes.forEach((node, i) => assert.equal(numbers.get(node), wanted.get(i)));
    }),
  );
});
