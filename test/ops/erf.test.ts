import assert from "node:assert/strict";
import { test } from "node:test";
import { erfOf, erfcOf } from "../../src/ops/erf.ts";

/** x, erf x, erfc x as the C library gives them (within a unit in the last place). */
const table: readonly (readonly [number, number, number])[] = [
  [-6, -1.0, 2.0],
  [-3, -0.9999779095030014, 1.9999779095030015],
  [-2.2, -0.9981371537020182, 1.998137153702018],
  [-1.5, -0.9661051464753108, 1.9661051464753108],
  [-0.5, -0.5204998778130465, 1.5204998778130465],
  [-1e-08, -1.1283791670955126e-08, 1.0000000112837917],
  [0.3, 0.3286267594591274, 0.6713732405408726],
  [0.49, 0.511668261188523, 0.4883317388114769],
  [0.51, 0.5292436198411704, 0.4707563801588296],
  [0.7, 0.6778011938374184, 0.32219880616258156],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.5, 0.9661051464753108, 0.033894853524689274],
  [2, 0.9953222650189527, 0.004677734981047265],
  [2.19, 0.9980459432428015, 0.0019540567571985426],
  [2.21, 0.9982244379759344, 0.0017755620240656313],
  [2.5, 0.999593047982555, 0.0004069520174449589],
  [3, 0.9999779095030014, 2.2090496998585438e-05],
  [3.7, 0.9999998328489421, 1.6715105790914596e-07],
  [5, 0.9999999999984626, 1.5374597944280351e-12],
  [8, 1.0, 1.1224297172982928e-29],
  [12, 1.0, 1.3562611692059042e-64],
  [20, 1.0, 5.3958656116079005e-176],
  [26.5, 1.0, 2.2109076642637343e-307],
];

const near = (a: number, b: number, x: number): void =>
  assert.ok(Math.abs(a - b) <= 2e-15 * Math.abs(b), `at ${x}: ${a} instead of ${b}`);

test("erf and erfc keep their digits near 0, in the middle and in the tail", () => {
  for (const [x, erf, erfc] of table) {
    near(erfOf(x), erf, x);
    near(erfcOf(x), erfc, x);
  }
});

test("erf and erfc at the edges", () => {
  assert.ok(Object.is(erfOf(-0), -0));
  assert.deepEqual([erfOf(Infinity), erfOf(-Infinity), erfcOf(Infinity), erfcOf(-Infinity)], [1, -1, 0, 2]);
  assert.ok(Number.isNaN(erfOf(NaN)) && Number.isNaN(erfcOf(NaN)));
  assert.equal(erfcOf(30), 0);
  for (let x = -6; x < 6; x += 0.01) assert.ok(erfOf(x) <= erfOf(x + 0.01), `erf falls at ${x}`);
});
