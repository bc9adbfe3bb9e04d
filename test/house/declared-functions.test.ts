/** The package declares its functions: the same names, parameters and results, whatever an arrow function looks like. */
import assert from "node:assert/strict";
import test from "node:test";
import { withDeclaredFunctions } from "../../scripts/declared-functions.ts";

const cases: readonly (readonly [what: string, before: string, after: string])[] = [
  ["a body of statements", "const f = (x) => {\n\treturn x;\n};", "function f(x) {\n\treturn x;\n}"],
  ["an expression", "const f = (x, y) => x + y;", "function f(x, y) {\n\treturn x + y;\n}"],
  ["an object in parentheses", "const f = () => ({ a: 1 });", "function f() {\n\treturn ({ a: 1 });\n}"],
  ["defaults, patterns and the rest", "const f = ({ a = (1) }, [b], c = () => 2, ...d) => d;", "function f({ a = (1) }, [b], c = () => 2, ...d) {\n\treturn d;\n}"],
  ["one bare parameter, asynchronous", "const f = async x => await x;", "async function f(x) {\n\treturn await x;\n}"],
  ["no parameter, asynchronous", "const f = async () => {};", "async function f() {}"],
  ["one that is exported", "export const f = (x) => x;", "export function f(x) {\n\treturn x;\n}"],
  ["an arrow in an arrow, which stays one", "const f = (x) => (y) => x + y;", "function f(x) {\n\treturn (y) => x + y;\n}"],
  ["an expression on a line of its own", "const f = (x) =>\n\tx\n\t.a;", "function f(x) {\n\treturn x\n\t.a;\n}"],
];

for (const [what, before, after] of cases) {
  test(`a constant function becomes a declared one: ${what}`, () => {
    assert.equal(withDeclaredFunctions(before), after);
  });
}

test("whatever else holds a function stays as it is", () => {
  const kept = [
    "let f = (x) => x;",
    "const g = (x) => x, h = 1;",
    "const made = once(() => 1);",
    "const table = { f: (x) => x };",
    "class A {\n\tf = (x) => this;\n}",
    "const { a } = (x) => x;",
    "const old = function (x) {\n\treturn x;\n};",
    "{\n\tconst inside = (x) => x;\n}",
  ].join("\n");
  assert.equal(withDeclaredFunctions(kept), kept);
});
