/** Contours against what they must be, charts as valid images that say what they show, and maps for terminals. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "node:test";
import { contour, levelsOf, roundNumbers, type Ring } from "../../../src/explain/charts/contours.ts";
import { scaleOf } from "../../../src/explain/charts/frame.ts";
import { chartSVG, type Chart } from "../../../src/explain/charts/lines.ts";
import { planeText } from "../../../src/explain/charts/plane-text.ts";
import { planeSVG } from "../../../src/explain/charts/plane.ts";
import { elements } from "../markup.ts";

const grid = (rows: number, columns: number, height: (x: number, y: number) => number): number[][] =>
  Array.from({ length: rows }, (_, j) => Array.from({ length: columns }, (__, i) => height(i, j)));

/** Twice the area inside, holes taken away: rings around what is high turn one way, rings around holes the other. */
const doubleArea = (ring: Ring): number =>
  ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);

const area = (rings: readonly Ring[]): number => Math.abs(rings.reduce((sum, ring) => sum + doubleArea(ring), 0)) / 2;

test("a slope is cut exactly where it reaches the level", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 2, max: 8 }), fc.double({ min: 0.05, max: 0.95, noNaN: true }), (rows, columns, share) => {
      const level = share * (columns - 1);
      assert.ok(Math.abs(area(contour(grid(rows, columns, (x) => x), level)) - (columns - 1 - level) * (rows - 1)) < 1e-9);
    }),
  );
});

test("every point of a ring lies on the level, or at the edge of the map where it is higher", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 5, maxLength: 5 }), { minLength: 4, maxLength: 4 }), fc.constantFrom(0.5, 3.5, 6.5), (heights, level) => {
      const rings = contour(heights, level);
      for (const [x, y] of rings.flat()) {
        const [i, j] = [Math.min(3, Math.floor(x)), Math.min(2, Math.floor(y))];
        const [u, v] = [x - i, y - j];
        // On the edges of cells heights go straight from corner to corner.
        const height = heights[j]![i]! * (1 - u) * (1 - v) + heights[j]![i + 1]! * u * (1 - v) + heights[j + 1]![i]! * (1 - u) * v + heights[j + 1]![i + 1]! * u * v;
        const atEdge = x === 0 || y === 0 || x === 4 || y === 3;
        assert.ok(Math.abs(height - level) < 1e-9 || (atEdge && height > level), `${x}, ${y}: ${height}`);
      }
      const high = heights.flat().filter((h) => h >= level).length;
      assert.equal(rings.length > 0, high > 0);
      // What is not high in one map is in its mirror image in height: the two share the map between them.
      const other = contour(heights.map((row) => row.map((h) => -h)), -level);
      assert.ok(area(rings) <= 12 + 1e-9 && area(other) <= 12 + 1e-9);
    }),
  );
});

test("a hill and its crater: two rings, the inner one a hole", () => {
  const heights = grid(9, 9, (x, y) => 4 - Math.abs(Math.hypot(x - 4, y - 4) - 2.5));
  const rings = contour(heights, 3);
  assert.equal(rings.length, 2);
  const [outer, inner] = rings.map(doubleArea).sort((a, b) => Math.abs(b) - Math.abs(a));
  assert.ok(outer! * inner! < 0);
  assert.ok(Math.abs(area(rings) - Math.PI * (3.5 ** 2 - 1.5 ** 2)) < 2, String(area(rings)));
});

test("a map without heights, all alike, or with numbers that are lost has its rings", () => {
  assert.deepEqual(contour([], 1), []);
  assert.deepEqual(contour(grid(3, 3, () => 0), 1), []);
  assert.equal(area(contour(grid(3, 4, () => 2), 1)), 6);
  const lost = contour([[0, 0, 0], [0, NaN, 0], [0, Infinity, 0]], 1);
  assert.ok(lost.length > 0 && lost.flat().every((point) => point.every(Number.isFinite)));
});

test("levels: round numbers, or equal factors where losses span a wide range", () => {
  assert.ok(levelsOf([[0.5, 2.2]]).levels.length > 7);
  assert.deepEqual(levelsOf([[0, 10]], 5), { levels: [2, 4, 6, 8], log: false });
  assert.deepEqual(levelsOf([[1, 1000]], 2), { levels: [10, 100], log: true });
  assert.deepEqual(levelsOf([[1, 1], [NaN, 1]]), { levels: [], log: false });
  assert.deepEqual(roundNumbers(-1, 1, 4), [-1, -0.5, 0, 0.5, 1]);
});

test("scales: the ends are the numbers, ticks are round and lie within, and a single number has room", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e6, noNaN: true }), fc.boolean(), (a, b, log) => {
      const scale = scaleOf([a, b], { log });
      assert.ok(scale.at(scale.range[0]) === 0 && scale.at(scale.range[1]) === 1);
      assert.ok(scale.ticks.length > 0 && scale.ticks.length < 20);
      for (const tick of scale.ticks) assert.ok(scale.at(tick) > -1e-6 && scale.at(tick) < 1 + 1e-6, `${tick} on ${a}..${b}`);
    }),
  );
});

const chart: Chart = {
  title: "Loss <of> \"spiral\" & more",
  remarks: ["one", "two"],
  description: "It falls.",
  x: { label: "a" },
  y: { label: "loss", log: true },
  curves: [
    { name: "first", points: [[0, 10], [1, NaN], [2, 0.1], [3, 1]] },
    { name: "second", points: [[0, 1], [3, -1]] },
  ],
  marks: [
    { x: 2, y: 0.1, shape: "star", title: "the best", label: "best <here>" },
    { x: 3, y: Infinity, shape: "dot", title: "lost" },
  ],
};

test("a chart is a valid image with a title and a description; what is not finite is left out", () => {
  const all = elements(chartSVG(chart));
  const named = (name: string) => all.filter((element) => element.name === name);
  assert.equal(all[0]!.attributes.get("aria-labelledby"), "chart-title chart-desc");
  assert.equal(named("title")[0]!.text, 'Loss <of> "spiral" & more');
  assert.equal(named("desc")[0]!.text, "It falls.");
  const curves = named("path").filter((path) => /^curve curve\d$/.test(path.attributes.get("class") ?? "") && !path.attributes.get("d")!.includes("h32"));
  assert.equal(curves[0]!.attributes.get("d")!.match(/M/g)!.length, 2);
  assert.ok(named("title").some(({ text }) => text === "the best") && !named("title").some(({ text }) => text === "lost"));
  assert.doesNotMatch(chartSVG(chart), /NaN|Infinity/);
  // Curves are told apart by their dashes, too.
  assert.match(chartSVG(chart), /\.curve1\{[^}]*stroke-dasharray:7 4\}/);
  assert.ok(named("text").some(({ text }) => text === "second"));
});

test("the theme is the reader's, or the one that is asked for", () => {
  assert.match(chartSVG(chart), /prefers-color-scheme:dark/);
  assert.doesNotMatch(chartSVG({ ...chart, theme: "light" }), /prefers-color-scheme/);
});

const map = {
  title: "A bowl",
  description: "A bowl with its path.",
  x: "a",
  y: "b",
  a: [-2, -1, 0, 1, 2],
  b: [-2, -1, 0, 1, 2],
  losses: grid(5, 5, (i, j) => (i - 2) ** 2 + (j - 2) ** 2 + 0.5),
  path: [[-1.8, 1.9], [-1, 0.2], [0, 0]] as const,
};

test("a map of a plane is a valid image: lines with their losses, the path with its start and its end", () => {
  const all = elements(planeSVG(map));
  const ofClass = (name: string) => all.filter((element) => element.attributes.get("class") === name);
  assert.equal(ofClass("height").length, ofClass("line").length);
  assert.ok(ofClass("line").length > 5);
  assert.equal(ofClass("stop").length, 1);
  const texts = all.filter(({ name }) => name === "text").map(({ text }) => text);
  assert.ok(texts.includes("start") && texts.includes("end"));
  assert.match(ofClass("line")[0]!.children[0]!.text, /^loss \d/);
  // Without a path there is none, and lost numbers do no harm.
  const lost = planeSVG({ ...map, path: [], losses: map.losses.map((row) => row.map((v, i) => (i === 0 ? NaN : v))) });
  assert.doesNotMatch(lost, /class="start"|NaN/);
  assert.ok(elements(planeSVG({ ...map, losses: grid(5, 5, () => 1) })).length > 10);
});

test("the map in a terminal", () => {
  const file = new URL("../golden/plane.txt", import.meta.url);
  const text = planeText(map);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, `${text}\n`);
  assert.equal(`${text}\n`, readFileSync(file, "utf8").replaceAll("\r\n", "\n"));
  assert.match(planeText({ ...map, losses: grid(5, 5, () => 1) }), /loss 1 everywhere/);
  assert.match(planeText({ ...map, losses: grid(5, 5, () => NaN) }), /no loss is finite/);
});
