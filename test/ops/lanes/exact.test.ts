/** The judge is itself judged: by digits from tables, and by JavaScript's functions as far as they go. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as exact from "./exact.ts";

const digits = ({ m, scale }: exact.Fixed, count: number): string => {
  const text = String((m * 10n ** BigInt(count)) >> BigInt(scale));
  return text;
};

test("thirty digits from tables", () => {
  assert.equal(digits(exact.exp(1), 30), "2718281828459045235360287471352");
  assert.equal(digits(exact.log(2), 30), "693147180559945309417232121458");
  assert.equal(digits(exact.log1p(1), 30), "693147180559945309417232121458");
  assert.equal(digits(exact.sin(1), 30), "841470984807896506652502321630");
  assert.equal(digits(exact.cos(1), 30), "540302305868139717400936607442");
  assert.equal(digits(exact.tanh(1), 30), "761594155955764888119458282604");
  assert.equal(digits(exact.erf(1), 30), "842700792949714869341220635082");
  assert.equal(digits(exact.erfc(1), 30), "157299207050285130658779364917");
  assert.equal(digits(exact.expm1(1), 30), "1718281828459045235360287471352");
  assert.equal(digits(exact.pow(2, 0.5), 30), "1414213562373095048801688724209");
  // Muller et al., Handbook of Floating-Point Arithmetic: the double whose cosine is nearest to 0.
  assert.ok(Math.abs(Number(exact.cos(6381956970095103 * 2 ** 797).m * 10n ** 40n >> BigInt(exact.cos(6381956970095103 * 2 ** 797).scale)) / 1e40 + 4.687165924254627e-19) < 1e-33);
});

test("within a few last places of Math, and exact at its own value", () => {
  for (const name of ["exp", "expm1", "log1p", "sin", "cos", "tanh"] as const) {
    for (const x of [1e-300, 1e-20, 1e-9, 0.01, 0.3, 0.9, 1.7, 3, 20, 200, 700]) {
      assert.ok(exact.ulpsFrom(Math[name](x), exact[name](x), 64) <= 1.01, `${name}(${x})`);
    }
  }
  assert.equal(exact.ulpsFrom(1 + 2 ** -52, { m: 1n, scale: 0 }, 64), 1);
  assert.equal(exact.ulpsFrom(2 ** -149, { m: 3n, scale: 150 }, 32), 0.5);
});
