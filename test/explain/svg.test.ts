/** Drawings: well-formed, complete, escaped, and with room for every text. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { drawnBoxes, widthOf } from "../../src/explain/drawing.ts";
import { explain, explainProgram } from "../../src/explain/index.ts";
import { layOut } from "../../src/explain/layout.ts";
import { toSVG } from "../../src/explain/svg.ts";
import { createView } from "../../src/explain/view.ts";
import type { Tensor } from "../../src/api/index.ts";
import { elements, textsOf } from "./markup.ts";
import { cases, circuitOf, circuitOfCase } from "./programs.ts";

const neuron = () => circuitOf("1/(1+exp(-(w0*x0+w1*x1+w2)))", { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 });

test("slide 10 is drawn as it always was", () => {
  const golden = new URL("slide-10.svg", import.meta.url);
  assert.equal(toSVG(circuitOfCase("s10-compound")), readFileSync(golden, "utf8"));
});

test("every number of table 1a stands on its wire as text, values and gradients apart", () => {
  const all = elements(toSVG(neuron()));
  const table = [
    ["w0", "2.00", "-0.20"],
    ["x0", "-1.00", "0.39"],
    ["w1", "-3.00", "-0.39"],
    ["x1", "-2.00", "-0.59"],
    ["w2", "-3.00", "0.20"],
    ["×", "-2.00", "0.20"],
    ["×", "6.00", "0.20"],
    ["+", "4.00", "0.20"],
    ["+", "1.00", "0.20"],
    ["-x", "-1.00", "-0.20"],
    ["exp", "0.37", "-0.53"],
    ["1 + x", "1.37", "-0.53"],
    ["1/x", "0.73", "1.00"],
  ];
  const labels = textsOf(all, "label");
  const values = textsOf(all, "value", "data-key");
  const gradients = textsOf(all, "gradient", "data-key");
  const seen = labels.map((label, i) => [label, values[i], gradients[i]]);
  assert.deepEqual([...seen].sort(), [...table].sort());
});

test("values are above their wire, gradients below and in italics", () => {
  const svg = toSVG(circuitOfCase("s10-compound"));
  const y = (key: string): number => {
    const found = elements(svg).find(({ attributes }) => attributes.get("data-key") === key)!;
    return Number(found.attributes.get("y") ?? found.parent!.attributes.get("y"));
  };
  for (let i = 0; i < 5; i++) assert.ok(y(`v${i}`) + 12 < y(`g${i}`), `node ${i}`);
  assert.match(svg, /\.circuit \.gradient\{[^}]*font-style:italic/);
});

test("branches of a fork show what each adds; a single wire does not repeat its number", () => {
  const forked = elements(toSVG(circuitOfCase("s26-staged-grouped")));
  assert.deepEqual(textsOf(forked, "branch").sort(), ["-0.04", "0.01", "0.51", "1.58", "1.58"].sort());
  assert.deepEqual(textsOf(elements(toSVG(neuron())), "branch"), []);
});

test("groups are one box with their name, literals stand in their gate, names on their wires", () => {
  const all = elements(toSVG(circuitOf("s = sigmoid(x)^2 + max(x, 0, y)\nf = 3/s - 2*s", { x: 1, y: 2 })));
  const group = all.find(({ attributes }) => attributes.get("class") === "group")!;
  assert.ok(group.children.some(({ text }) => text === "sigmoid"));
  assert.deepEqual(textsOf(all, "label").sort(), ["x", "y", "sigmoid", "x^2", "max(·, 0, ·)", "+", "3 / x", "2 * x", "−"].sort());
  assert.ok(all.some(({ name, text }) => name === "tspan" && text === "s = "));
});

test("plumbing is hidden unless asked for, and its wires then go on to what is behind", () => {
  const f = (W: Tensor, x: Tensor, b: Tensor) => W.matmul(x).add(b).sum().named("loss");
  const explanation = explain(f, { W: [[1, 2], [3, 4]], x: [[1], [2]], b: [[1, 2]] });
  const plain = elements(explanation.toSVG());
  assert.deepEqual(textsOf(plain, "label").sort(), ["+", "W", "b", "matmul", "sum", "x"].sort());
  assert.ok(textsOf(plain, "value").includes("[2x2]"));
  const full = textsOf(elements(explanation.toSVG({ plumbing: true })), "label");
  assert.equal(full.filter((label) => label === "broadcast").length, 2);
});

test("digits and theme", () => {
  const circuit = circuitOf("f = x/3", { x: 1 });
  assert.ok(textsOf(elements(toSVG(circuit, { digits: 5 })), "value").includes("0.33333"));
  assert.match(toSVG(circuit), /@media \(prefers-color-scheme:dark\)/);
  assert.doesNotMatch(toSVG(circuit, { theme: "dark" }), /@media/);
  assert.notEqual(toSVG(circuit, { theme: "dark" }), toSVG(circuit, { theme: "light" }));
});

test("an image with a title and a description that says every number", () => {
  const all = elements(toSVG(circuitOf("f = x*y", { x: 2, y: 3 })));
  const svg = all.find(({ name }) => name === "svg")!;
  assert.equal(svg.attributes.get("role"), "img");
  const labelled = svg.attributes.get("aria-labelledby")!.split(" ");
  const [title, description] = labelled.map((id) => all.find(({ attributes }) => attributes.get("id") === id)!.text);
  assert.equal(title, "Circuit of f");
  assert.equal(description, "x: value 2.00, gradient 3.00; y: value 3.00, gradient 2.00; f = x * y: value 6.00, gradient 1.00");
});

test("names are text, whatever they hold", () => {
  const hostile = `</text><script>alert(1)</script>&amp;"'\u0000\ud800]]>`;
  const plain = circuitOf("f = x*x", { x: 2 });
  const nodes = plain.nodes.map((node) => Object.create(node, { name: { value: `${hostile}${node.index}` } }) as typeof node);
  const svg = toSVG({ ...plain, nodes });
  const all = elements(svg);
  assert.deepEqual(all.filter(({ name }) => name === "script"), []);
  assert.ok(all.some(({ name, text }) => name === "title" && text.includes(`</text><script>alert(1)</script>&amp;"'\ufffd\ufffd]]>0`)));
});

test("numbers that are none, tiny and huge are written out", () => {
  const texts = textsOf(elements(toSVG(circuitOf("f = 1/x + log(x)*0 + 1e300*y", { x: 0, y: 1e10 }))), "value");
  assert.ok(texts.includes("Infinity") && texts.includes("-Infinity") && texts.includes("NaN"));
});

test("a program that is only an input, a constant, or has inputs without a use", () => {
  for (const [text, inputs] of [["x", { x: 1 }], ["3 + 4", {}], ["2", { x: 1 }], ["f = x", { x: 1, y: 2 }]] as const) {
    const svg = explainProgram(text, inputs).toSVG();
    assert.ok(textsOf(elements(svg), "value").length >= Object.keys(inputs).length);
    assert.doesNotMatch(svg, /NaN|undefined/);
  }
});

/** Rectangles of all boxes and of the texts on their wires, as the layout has promised room for them. */
const rectangles = (id: string) => {
  const boxes = drawnBoxes(createView(circuitOfCase(id), { digits: 2 }));
  const all = elements(toSVG(circuitOfCase(id)));
  const number = (element: (typeof all)[number], name: string): number => Number(element.attributes.get(name));
  const shapes = all.filter(({ attributes }) => attributes.get("class") === "shape");
  assert.equal(shapes.length, boxes.length);
  const texts = all.filter(({ name, attributes }) => name === "text" && !/label|legend/.test(attributes.get("class")!));
  return [
    ...shapes.map((shape) => ({ what: "box", x: number(shape, "x"), y: number(shape, "y"), w: number(shape, "width"), h: number(shape, "height") })),
    ...texts.map((text) => {
      const written = text.text + text.children.map((child) => child.text).join("");
      const w = widthOf(written, 12);
      const x = number(text, "x") - (text.attributes.get("class")!.includes("branch") ? w : 0);
      return { what: written, x, y: number(text, "y") - 10, w, h: 11 };
    }),
  ];
};

test("no text meets another or a box, and nothing is cut off, in every circuit of the cases", () => {
  for (const id of cases.keys()) {
    const svg = elements(toSVG(circuitOfCase(id)))[0]!;
    const [width, height] = ["width", "height"].map((name) => Number(svg.attributes.get(name)) - 16) as [number, number];
    const found = rectangles(id);
    found.forEach((a, i) => {
      assert.ok(a.x >= -8 && a.y >= -8 && a.x + a.w <= width && a.y + a.h <= height, `${id}: ${a.what} is cut off`);
      for (const b of found.slice(i + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        assert.ok(apart, `${id}: "${a.what}" and "${b.what}" overlap`);
      }
    });
  }
});

test("a layout keeps operands left, trees without crossings, and thousands of gates in order", () => {
  const box = (...from: number[]) => ({
    width: 30,
    up: 20,
    down: 20,
    room: 40,
    ports: from.map((source, i) => ({ from: source, offset: i * 8, inset: 0, room: 10 })),
  });
  const chain = layOut([box(), ...Array.from({ length: 4000 }, (_, i) => box(i, 0))]);
  chain.places.forEach((place, i) => assert.ok(i === 0 || place.x > chain.places[i - 1]!.x));
  const tree = layOut([box(), box(), box(), box(), box(2, 0), box(3, 1), box(4, 5)]);
  const ys = [2, 0, 3, 1].map((i) => tree.places[i]!.y);
  assert.deepEqual(ys, [...ys].sort((a, b) => a - b));
});
