/** The stepping page as a file: well-formed, closed to everything from outside, escaped, complete without its script. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { toHTML } from "../../src/explain/html.ts";
import { stepsOf } from "../../src/explain/steps.ts";
import { elements, type Element } from "./markup.ts";
import { cases, circuitOf, circuitOfCase } from "./programs.ts";

const read = (html: string): Element[] => {
  assert.ok(html.startsWith("<!doctype html>\n"));
  return elements(html.slice("<!doctype html>\n".length).trim(), ["style", "script"], ["meta", "input"]);
};

interface Data {
  readonly steps: readonly { readonly phase: string; readonly node: number; readonly head: string; readonly lines: readonly string[] }[];
  readonly texts: Readonly<Record<string, readonly (readonly [number, string])[]>>;
}

const dataOf = (all: readonly Element[]): Data =>
  JSON.parse(all.find(({ attributes }) => attributes.get("id") === "data")!.text) as Data;

const cells = (all: readonly Element[]): Map<string, string> =>
  new Map(all.filter(({ name, attributes }) => name === "td" && attributes.has("data-key")).map(({ attributes, text }) => [attributes.get("data-key")!, text]));

const plain = (text: string): string => text.replace(/[\u0001\u0002]/g, "");

test("every case gives a well-formed page of at most 80 kB", () => {
  for (const id of cases.keys()) {
    const html = toHTML(circuitOfCase(id));
    assert.ok(read(html).length > 50);
    assert.ok(Buffer.byteLength(html) <= 80_000, `${id}: ${Buffer.byteLength(html)} bytes`);
  }
});

test("the policy admits nothing but the page's own style and script", () => {
  const all = read(toHTML(circuitOfCase("s10-compound")));
  const policy = all.find(({ attributes }) => attributes.get("http-equiv") === "Content-Security-Policy")!.attributes.get("content")!;
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const scripts = all.filter(({ name, attributes }) => name === "script" && attributes.get("type") !== "application/json");
  const styles = all.filter(({ name }) => name === "style");
  assert.equal(scripts.length, 1);
  assert.equal(styles.length, 1);
  assert.deepEqual(policy.split("; "), [
    "default-src 'none'",
    `script-src ${hash(scripts[0]!.text)}`,
    `style-src ${hash(styles[0]!.text)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  const loading = all.flatMap(({ attributes }) => [...attributes.keys()].filter((key) => ["src", "href", "style"].includes(key) || key.startsWith("on")));
  assert.deepEqual(loading, []);
});

test("names and programs are text, also inside the script's data", () => {
  const hostile = `</script><script>alert(1)</script><!--<svg onload=alert(1)>&"'\u2028`;
  const plainCircuit = circuitOf("f = x*x", { x: 2 });
  const nodes = plainCircuit.nodes.map((node) => Object.create(node, { name: { value: `${hostile}${node.index}` } }) as typeof node);
  const html = toHTML({ ...plainCircuit, nodes, source: hostile });
  const all = read(html);
  assert.equal(all.filter(({ name }) => name === "script").length, 2);
  assert.deepEqual(all.flatMap(({ attributes }) => [...attributes.keys()].filter((key) => key.startsWith("on"))), []);
  assert.equal(html.match(/<\/script/g)!.length, 2);
  assert.equal(all.find(({ name }) => name === "h1")!.text, `Circuit of ${hostile}1`);
  assert.ok(dataOf(all).steps.some(({ head }) => head.includes(hostile)));
});

test("the table holds every number of table 1b without the script", () => {
  const circuit = circuitOfCase("s26-staged-grouped");
  const all = read(toHTML(circuit, { digits: 4 }));
  const found = cells(all);
  const expected = new Map([
    ["sigy", ["0.0180", "0.5121"]],
    ["num", ["3.0180", "0.5121"]],
    ["sigx", ["0.9526", "-0.7916"]],
    ["xpy", ["-1.0000", "1.5832"]],
    ["xpysqr", ["1.0000", "-0.7916"]],
    ["den", ["1.9526", "-0.7916"]],
    ["invden", ["0.5121", "3.0180"]],
    ["f", ["1.5456", "1.0000"]],
    ["x", ["3.0000", "2.0596"]],
    ["y", ["-4.0000", "1.5922"]],
  ]);
  for (const { name, index } of circuit.nodes) assert.deepEqual([found.get(`v${index}`), found.get(`g${index}`)], expected.get(name), name);
  const edges = circuit.nodes.flatMap((node) => node.edges);
  for (const { gate, position, local, contribution } of edges) {
    assert.equal(found.get(`l${gate}:${position}`), local!.toFixed(4));
    assert.equal(found.get(`e${gate}:${position}`), (contribution as number).toFixed(4));
  }
});

test("a number stands nowhere before its step, and at the end every one is there", () => {
  const circuit = circuitOfCase("s26-staged-grouped");
  const { steps, texts } = dataOf(read(toHTML(circuit)));
  const f = circuit.output;
  const firstBackward = steps.findIndex(({ phase }) => phase === "backward");
  assert.equal(firstBackward, circuit.nodes.length);
  for (const { index, name } of circuit.nodes) {
    const [value, ...more] = texts[`v${index}`]!;
    assert.deepEqual(more, []);
    assert.equal(steps[value![0] - 1]!.node, index);
    assert.ok(texts[`g${index}`]![0]![0] > firstBackward, `the gradient of ${name}`);
  }
  assert.deepEqual(texts[`g${f}`], [[firstBackward + 1, "1.00"]]);
  const x = circuit.nodes.find(({ name }) => name === "x")!;
  const sums = texts[`g${x.index}`]!.map(([, text]) => text);
  assert.deepEqual(sums, ["1.58 ...", "1.55 ...", "2.06"]);
});

test("the lines of slides 14 to 20, gate by gate, with the sum at a fork", () => {
  const neuron = circuitOf("1/(1+exp(-(w0*x0+w1*x1+w2)))", { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 });
  const lines = dataOf(read(toHTML(neuron))).steps.flatMap(({ lines: own }) => own.map(plain));
  const products = lines.map((line) => line.replace(/^.* gets \[(?:[^\]]* = )?/, "["));
  for (const product of ["[-0.53] x [1.00] = -0.53", "[1.00] x [-0.53] = -0.53", "[0.37] x [-0.53] = -0.20", "[-1.00] x [-0.20] = 0.20", "[1.00] x [0.20] = 0.20", "[2.00] x [0.20] = 0.39"]) {
    assert.ok(products.includes(product), `${product} in\n${products.join("\n")}`);
  }
  const fork = dataOf(read(toHTML(circuitOfCase("s26-staged-grouped")))).steps.flatMap((step) => step.lines.map(plain));
  assert.ok(fork.some((line) => line.startsWith("x from 3 branches: 1.58 + (-0.04) + 0.51 = 2.06")));
});

test("a page has the steps of the stepper, those of hidden plumbing apart", () => {
  const circuit = circuitOfCase("s36-patterns");
  const { steps } = dataOf(read(toHTML(circuit)));
  assert.deepEqual(steps.map(({ phase, node }) => [phase, node]), stepsOf(circuit).map(({ phase, node }) => [phase, node]));
});
