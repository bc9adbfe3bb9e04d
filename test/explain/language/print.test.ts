import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createPrinter, cutText, longestText } from "../../../src/explain/language/print.ts";
import { resolve } from "../../../src/explain/language/resolve.ts";
import { nodeAt } from "../../../src/explain/language/syntax.ts";
import { filed, resolved } from "./support.ts";

/** The texts of all nodes. */
const texts = (text: string, ...given: string[]): readonly string[] => {
  const read = resolve(filed(text), given);
  const print = createPrinter(read);
  return Array.from({ length: read.size }, (_, node) => print(node));
};

const balanced = (text: string): boolean => {
  let open = 0;
  for (const character of text) {
    if (character === "(") open++;
    if (character === ")" && --open < 0) return false;
  }
  return open === 0;
};

test("the gates inside the stages of the cases are written as the cases write them", () => {
  const { cases } = JSON.parse(readFileSync(new URL("../../cases/circuits.json", import.meta.url), "utf8"));
  let compared = 0;
  for (const each of cases) {
    const read = resolved(each.stages.join("\n"), ...Object.keys(each.inputs));
    const print = createPrinter(read);
    const unnamed: { expr: string; op: string }[] = [];
    for (let i = 0; i < read.size; i++) {
      const node = nodeAt(read, i);
      if (node.kind === "call" && read.stageOf[i]! < 0) unnamed.push({ expr: print(i), op: node.op });
    }
    const expected = (each.unnamed_nodes ?? []).map(({ expr, op }: { expr: string; op: string }) => ({ expr, op }));
    assert.deepEqual(unnamed, expected, each.id);
    compared += unnamed.length;
  }
  assert.ok(compared >= 99, `${compared} texts`);
});

test("every gate has parentheses, numbers stay as they were written, named values are names", () => {
  const table: readonly (readonly [string, string])[] = [
    ["x + 2 * y", "(x + (2 * y))"],
    ["1.0 / x", "(1.0 / x)"],
    ["x * -  1.50", "(x * -1.50)"],
    ["-x^2", "(-(x ^ 2))"],
    ["2^-x", "(2 ^ (-x))"],
    ["where(a < b, a, b)", "where((a < b), a, b)"],
    ["(a >= b) * (a != b)", "((a >= b) * (a != b))"],
    ["nothing()", "nothing()"],
    ["pi * e", "(pi * e)"],
    ["f = x; g = f; g * f", "(g * f)"],
    ["f = x; g = f", "f"],
    ["f = x", "x"],
    ["c = 3.0", "3.0"],
    ["c = -2; c ^ 2", "(c ^ 2)"],
    ["c = 1; -c", "(-c)"],
    ["y = 2 * x; y = y + 1; y = y * y", "(y@2 * y@2)"],
    ["x = x * 2", "(x@1 * 2)"],
  ];
  for (const [text, expected] of table) assert.equal(texts(text).at(-1), expected, text);
});

test("what would read otherwise without parentheses has them", () => {
  assert.equal(texts("(-2)^2").at(-1), "((-2) ^ 2)");
  assert.equal(texts("-2^2").at(-1), "(-(2 ^ 2))");
  assert.equal(texts("-(2)").at(-1), "(-(2))");
  assert.equal(texts("--2").at(-1), "(--2)");
});

test("a text is whole up to its longest, and cut within beyond it", () => {
  // A sum of n inputs of one letter takes n letters and n - 1 times two parentheses and " + ": 997 for n = 167.
  const sum = (last: string): string => texts(`${"x+".repeat(166)}${last}`).at(-1)!;
  assert.equal(sum("x").length, 997);
  assert.equal(sum("xyyy").length, longestText);
  assert.equal(sum("xyyy").includes("..."), false);
  const cut = sum("xyyyy");
  assert.ok(cut.length <= cutText && cut.length > cutText - 10, `${cut.length}`);
  assert.match(cut, /^\(+\.\.\. \+ x\)( \+ x\))+ \+ xyyyy\)$/);
});

test("a cut text keeps the outermost parts and closes what it opens", () => {
  const inner = `(${"x+".repeat(300)}x)`;
  const table: readonly (readonly [string, RegExp])[] = [
    [`max(${inner}, y)`, /^max\(\(+\.\.\. .*, y\)$/],
    [`y * ${inner} - 3`, /^\(\(y \* \(+\.\.\. .* - 3\)$/],
    [`max(${"x,".repeat(5000)}y)`, /^max\((x, )+\.\.\.\)$/],
    [`${"exp(".repeat(900)}x${")".repeat(900)}`, /^(exp\()+\.\.\.\)+$/],
    [`${"x".repeat(3000)} + 2`, /^\(x+\.\.\. \+ 2\)$/],
    ["x".repeat(3000), /^x+\.\.\.$/],
    [`${inner} * ${inner}`, /^\(\(+\.\.\. .*\) \* \(+\.\.\. .*\)\)$/],
  ];
  for (const [text, expected] of table) {
    const cut = texts(text).at(-1)!;
    assert.match(cut, expected);
    assert.ok(cut.length <= cutText, `${cut.length}`);
    assert.ok(balanced(cut), cut);
  }
});

test("all the texts of a long chain together stay small", () => {
  const all = texts(`x${" * x".repeat(20_000)}`);
  const total = all.reduce((sum, text) => sum + text.length, 0);
  assert.equal(all.length, 20_001);
  assert.ok(total < 20_001 * (cutText + 10), `${total} characters`);
  assert.ok(all.every(balanced));
});
