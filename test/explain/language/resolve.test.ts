import assert from "node:assert/strict";
import { test } from "node:test";
import { type Resolved, resolve, uniqueName } from "../../../src/explain/language/resolve.ts";
import { nodeAt, stageAt, stageCount } from "../../../src/explain/language/syntax.ts";
import { program, resolved, tree } from "./support.ts";

const inputNames = (of: Resolved): readonly string[] => of.inputs.map(({ uniqueName: name }) => name);
const stageNames = (of: Resolved): readonly (string | undefined)[] =>
  Array.from({ length: stageCount(of) }, (_, stage) => uniqueName(of, stageAt(of, stage).node));

test("pi and e are constants where nobody assigns or receives them", () => {
  const both = resolved("pi * r^2 + e", "r");
  assert.deepEqual(tree(both), ["add", ["mul", Math.PI, ["pow", "r", 2]], Math.E]);
  assert.deepEqual(inputNames(both), ["r"]);
  assert.deepEqual(nodeAt(both, 0), { kind: "number", value: Math.PI, text: "pi" });
});

test("pi and e are inputs where they are received", () => {
  const received = resolved("pi * e", "pi");
  assert.deepEqual(tree(received), ["mul", "pi", Math.E]);
  assert.deepEqual(inputNames(received), ["pi"]);
});

test("pi and e are names where they are assigned, also later", () => {
  assert.deepEqual(tree(resolved("e = exp(n); e + 1", "n")), ["add", ["exp", "n"], 1]);
  const later = resolved("f = e * 2; e = 3; f + e");
  assert.deepEqual(tree(later), ["add", ["mul", "e", 2], 3]);
  assert.deepEqual(inputNames(later), ["e@1"]);
});

test("resolving leaves the program as it was, so that it can be resolved for other inputs", () => {
  const read = program("c = pi; c * e");
  assert.deepEqual(tree(read), ["mul", ["copy", "pi"], "e"]);
  assert.deepEqual(tree(resolve(read, [])), ["mul", ["copy", Math.PI], Math.E]);
  assert.deepEqual(tree(resolve(read, ["e"])), ["mul", ["copy", Math.PI], "e"]);
  assert.deepEqual(tree(read), ["mul", ["copy", "pi"], "e"]);
});

test("a name that is assigned again has a unique name for each value, the last the plain one", () => {
  const again = resolved("y = x; y = y * 2; z = y + 1; y = z * y", "x");
  assert.deepEqual(inputNames(again), ["x"]);
  assert.deepEqual(stageNames(again), ["y@1", "y@2", "z", "y"]);
  const input = resolved("x = x * 2; x = x + 1", "x");
  assert.deepEqual(inputNames(input), ["x@1"]);
  assert.equal(uniqueName(input, input.inputs[0]!.node!), "x@1");
  assert.deepEqual(stageNames(input), ["x@2", "x"]);
});

test("what lies within an expression has no name", () => {
  const read = resolved("f = 2 * x + 1", "x");
  const names = Array.from({ length: read.size }, (_, node) => uniqueName(read, node));
  assert.deepEqual(names, [undefined, "x", undefined, undefined, "f"]);
  assert.equal(uniqueName(resolved("x + y"), 2), undefined);
});

test("an input that is given but never read is listed last, and takes part in the naming", () => {
  const unread = resolved("x = 3; x * y", "z", "y", "x");
  assert.deepEqual(unread.inputs, [
    { name: "y", uniqueName: "y", node: 1 },
    { name: "z", uniqueName: "z", node: undefined },
    { name: "x", uniqueName: "x@1", node: undefined },
  ]);
  assert.deepEqual(stageNames(unread), ["x"]);
});

test("names of objects are only names", () => {
  const text = "constructor = __proto__ + toString; hasOwnProperty = constructor * 2";
  const read = resolved(text, "__proto__", "toString", "valueOf");
  assert.deepEqual(inputNames(read), ["__proto__", "toString", "valueOf"]);
  assert.deepEqual(stageNames(read), ["constructor", "hasOwnProperty"]);
});
