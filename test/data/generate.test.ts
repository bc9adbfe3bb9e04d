import assert from "node:assert/strict";
import { test } from "node:test";
import { key } from "../../src/api/index.ts";
import { circles, gauss, generated, moons, recipes, spiral, xor, type Examples } from "../../src/data/index.ts";
import { Diagnostic } from "../../src/ir/diagnostic.ts";

const points = ({ x, y }: Examples) => Array.from(y, (label, i) => ({ label, x0: x[2 * i]!, x1: x[2 * i + 1]! }));
const close = (a: number, b: number, within = 1e-12) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

test("the arms of the spiral are those of the course", () => {
  const exact = points(spiral(key(0), { noise: 0 }));
  assert.equal(exact.length, 300);
  exact.forEach(({ label, x0, x1 }, i) => {
    const [r, t] = [(i % 100) / 99, 4 * label + (4 * (i % 100)) / 99];
    close(x0, r * Math.sin(t));
    close(x1, r * Math.cos(t));
  });
  // The angle strays by 0.2 randn: its mean square over 300 points.
  const strayed = points(spiral(key(0)));
  const squares = strayed.flatMap(({ x0, x1 }, i) => {
    const [r, turn] = [(i % 100) / 99, Math.atan2(x0, x1) - (4 * Math.floor(i / 100) + (4 * (i % 100)) / 99)];
    close(Math.hypot(x0, x1), r);
    return r === 0 ? [] : [Math.atan2(Math.sin(turn), Math.cos(turn)) ** 2];
  });
  close(Math.sqrt(squares.reduce((sum, v) => sum + v, 0) / squares.length), 0.2, 0.03);
});

test("moons, circles and clouds without noise lie where their sources put them", () => {
  for (const { label, x0, x1 } of points(moons(key(0), { noise: 0 }))) close(label === 0 ? Math.hypot(x0, x1) : Math.hypot(x0 - 1, x1 - 0.5), 1);
  for (const { label, x0, x1 } of points(circles(key(0), { noise: 0 }))) close(Math.hypot(x0, x1), label === 0 ? 1 : 0.5);
  for (const { label, x0, x1 } of points(gauss(key(0), { noise: 0 }))) assert.deepEqual([x0, x1], label === 0 ? [-2, -2] : [2, 2]);
});

test("exclusive or: the class is whether the signs are equal, away from the axes, half in each quadrant", () => {
  const all = points(xor(key(0)));
  for (const { label, x0, x1 } of all) {
    assert.equal(label, Number(x0 * x1 > 0));
    for (const v of [x0, x1]) assert.ok(Math.abs(v) >= 0.06 && Math.abs(v) <= 1.06);
  }
  for (const label of [0, 1]) assert.equal(all.filter((point) => point.label === label && point.x0 > 0).length, 50);
});

test("the key decides the points; rows, classes and noise can be chosen", () => {
  for (const recipe of Object.values(recipes)) {
    assert.deepEqual(recipe(key(4), { noise: 0.3 }), recipe(key(4), { noise: 0.3 }));
    assert.notDeepEqual(recipe(key(4), { noise: 0.3 }), recipe(key(5), { noise: 0.3 }));
    assert.equal(recipe(key(1), { rows: 7 }).y.filter((label) => label === 1).length, 7);
  }
  assert.deepEqual([...new Set(spiral(key(0), { classes: 5 }).y)], [0, 1, 2, 3, 4]);
});

test("settings that make no sense are refused", () => {
  for (const options of [{ rows: 0 }, { rows: 1.5 }, { noise: -1 }, { noise: NaN }, { classes: 0 }]) {
    assert.throws(() => spiral(key(0), options), (error) => error instanceof Diagnostic && error.code === "bad-setting", JSON.stringify(options));
  }
});

test("as data sets they are the same for everybody, and their parts are drawn apart", () => {
  for (const name of ["spiral", "xor", "circles", "moons", "gauss"] as const) {
    const set = generated(name);
    assert.deepEqual(set, generated(name));
    assert.notDeepEqual(set.train.x, set.test.x);
    assert.notDeepEqual(set.validation.x, set.test.x);
    assert.deepEqual(set.schema.inputs.map((column) => [column.name, column.kind]), [["x0", "number"], ["x1", "number"]]);
    assert.equal(set.schema.label.kind === "class" && set.schema.label.classes.length, name === "spiral" ? 3 : 2);
  }
});
