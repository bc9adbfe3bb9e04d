/** The text for the terminal: the slides' own numbers and words, tensors with their shapes, large circuits shortened. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tensor, type Tensor } from "../../src/api/index.ts";
import { explain, explainProgram } from "../../src/explain/index.ts";
import { circuitCase, inputsOf } from "./cases.ts";
import { assertGolden } from "./golden.ts";

const textOf = (id: string, digits?: number): string => {
  const { stages, inputs } = circuitCase(id);
  return explainProgram(stages.join("\n"), inputsOf(inputs)).toText({ digits });
};

/** Name -> [value, gradient] of the forward table. */
const tableOf = (text: string): Map<string, string[]> => {
  const rows = text.split("\n\n")[1]!.split("\n").slice(1);
  return new Map(rows.map((row) => row.trim().split(/\s{2,}/)).map((cells) => [cells[0]!, cells.slice(-2)]));
};

test("slide 10, (x + y) z", () => assertGolden("slide-10", textOf("s10-compound")));
test("slides 14 to 20, the sigmoid neuron with two digits", () => assertGolden("slide-14", textOf("s14-sigmoid-neuron-gates", 2)));
test("slides 22 to 25, the sigmoid as one gate", () => assertGolden("slide-23", textOf("s23-sigmoid-neuron-grouped", 2)));
test("slides 26 to 35, the staged expression", () => assertGolden("slide-26", textOf("s26-staged")));
test("slide 36, patterns", () => assertGolden("slide-36", textOf("s36-patterns")));

test("two digits give the column of table 1a, and every number on the pictures", () => {
  const table1a = new Map(Object.entries({
    w0: ["2.00", "-0.20"], x0: ["-1.00", "0.39"], w1: ["-3.00", "-0.39"], x1: ["-2.00", "-0.59"], w2: ["-3.00", "0.20"],
    m0: ["-2.00", "0.20"], m1: ["6.00", "0.20"], a0: ["4.00", "0.20"], dot: ["1.00", "0.20"], n: ["-1.00", "-0.20"],
    e: ["0.37", "-0.53"], d: ["1.37", "-0.53"], f: ["0.73", "1.00"],
  }));
  assert.deepEqual(tableOf(textOf("s14-sigmoid-neuron-gates", 2)), table1a);
  for (const id of ["s10-compound", "s14-sigmoid-neuron-gates", "s36-patterns"]) {
    const { printed_in_source: printed } = circuitCase(id);
    const table = tableOf(textOf(id, 2));
    const check = (numbers: Readonly<Record<string, number | string>> | undefined, column: number): void => {
      for (const [name, x] of Object.entries(numbers ?? {})) assert.equal(table.get(name)![column], Number(x).toFixed(2), `${id}: ${name}`);
    };
    check(printed?.values, 0);
    check(printed?.grads, 1);
  }
});

test("the backward pass in the lecture's words, from the output", () => {
  const [, lines] = textOf("s14-sigmoid-neuron-gates", 2).split("what an operand gets.\n\n");
  for (const words of [
    "f = inv(d): d gets [-1 / d^2 = -0.53] x [1.00] = -0.53",
    "d = e + 1: e gets [1.00] x [-0.53] = -0.53  (distributor)",
    "e = exp(n): n gets [e = 0.37] x [-0.53] = -0.20",
    "n = dot * -1: dot gets [-1.00] x [-0.20] = 0.20  (switcher)",
    "w0 gets [x0 = -1.00] x [0.20] = -0.20, x0 gets [w0 = 2.00] x [0.20] = 0.39",
  ]) {
    assert.ok(lines!.includes(words), words);
  }
});

test("table 1b: values and gradients of the staged expression, and its forks", () => {
  const table1b: Record<string, readonly [number, number]> = {
    sigy: [0.017986209962091559, 0.51214444883963162], num: [3.0179862099620918, 0.51214444883963162],
    sigx: [0.95257412682243325, -0.79159344727259351], xpy: [-1, 1.583186894545187], xpysqr: [1, -0.79159344727259351],
    den: [1.9525741268224333, -0.79159344727259351], invden: [0.51214444883963162, 3.0179862099620918],
    f: [1.5456448841066441, 1], x: [3, 2.0595697955721648], y: [-4, 1.5922327514838093],
  };
  for (const id of ["s26-staged", "s26-staged-grouped"]) {
    const { stages, inputs } = circuitCase(id);
    const { nodes } = explainProgram(stages.join("\n"), inputsOf(inputs)).circuit;
    for (const [name, [value, grad]] of Object.entries(table1b)) {
      const node = nodes.find((one) => one.name === name)!;
      assert.ok(Math.abs((node.value as number) - value) <= 1e-12 * Math.abs(value), `${id}: ${name}`);
      assert.ok(Math.abs((node.grad as number) - grad) <= 1e-12 * Math.abs(grad), `${id}: d${name}`);
    }
  }
  const text = textOf("s26-staged", 2);
  assert.match(text, /x from 3 branches: 1\.58 \+ \(-0\.04\) \+ 0\.51 = 2\.06 {2}\(adder\)/);
  assert.match(text, /y from 2 branches: 1\.58 \+ 0\.01 = 1\.59 {2}\(adder\)/);
});

const rows = (count: number, width: number): number[][] =>
  Array.from({ length: count }, (_, i) => Array.from({ length: width }, (_, j) => ((i * 7 + j * 3) % 5) - 2));

const layer = (W: Tensor, X: Tensor, b: Tensor): Tensor => {
  const D = W.matmul(X);
  const H = D.add(b).relu();
  const loss = H.sub([1, 0, -1]).sq().mean();
  return loss;
};

const readSource = (file: string): string => readFileSync(file, "utf8");

test("a function of tensors: shapes, the product that fits, sums over repeated axes", () => {
  const explanation = explain(layer, { W: rows(5, 10), X: rows(10, 3), b: [1, 2, 3] }, { readSource });
  assertGolden("layer", explanation.toText());
  const text = explanation.toText();
  assert.ok(text.includes("dW [5x10] = dD [5x3] x X^T [3x10], dX [10x3] = W^T [10x5] x dD [5x3]"));
  assert.ok(text.includes("X x dD^T is [10x5], and in no other do the inner sizes meet"));
  assert.match(text, /db \[3\] = sum of d%\d+ \[5x3\] over axis 0/);
});

test("square matrices: shapes alone do not decide, and the text says so", () => {
  const square = explain((A: Tensor, B: Tensor) => A.matmul(B).sum(), { A: rows(3, 3), B: rows(3, 3) }).toText();
  assert.match(square, /all have the shape \[3x3\] of A: here shapes alone do not decide/);
});

test("products that are not of two matrices are told by their indices", () => {
  const text = explain((W: Tensor, x: Tensor) => W.matmul(x).sum(), { W: rows(2, 3), x: [1, 2, 3] }).toText();
  assert.match(text, /dW \[2x3\] = d%1\[y\] \* x\[x\] at \[y,x\], dx \[3\] = sum over y of W\[y,x\] \* d%1\[y\] at \[x\]/);
});

test("labels and truth values get no gradient, and the text says so", () => {
  const f = (x: Tensor, label: Tensor): Tensor => x.gt(0).where(x, x.mul(-2)).softmaxCrossEntropy(label).sum();
  const text = explain(f, { x: [[1, -2], [3, 4]], label: tensor(Int32Array.of(0, 1)) }).toText();
  assert.match(text, /softmax_cross_entropy\(%\d, label\): d%\d \[2x2\] from d%\d \[2\]: the gradient times \(p - 1 at the label\), label gets none/);
  assert.match(text, /%1 = x > 0: x gets none/);
  assert.match(text, /= where\(%1, x, %\d\): %1 gets none, dx \[2x2\] = d%\d \[2x2\] where it was chosen, else 0/);
});

test("large circuits show both ends and say what is missing", () => {
  const program = Array.from({ length: 500 }, () => "y = y + x").join("\n");
  const text = explainProgram(`y = x\n${program}`, { x: 1 }).toText();
  assert.ok(text.split("\n").length < 80);
  assert.match(text, /\.\.\. 482 more nodes: the JSON form lists all of them/);
  const all = explainProgram(`y = x\n${program}`, { x: 1 }).toText({ limit: Infinity });
  assert.ok(all.split("\n").length > 1000);
  assert.match(all, /x from 501 branches: 1 \+ 1 \+ 1 \+ \.\.\. \+ 1 \+ 1 = 501/);
});

test("colours only repeat what the columns say", () => {
  const colours = {
    value: (text: string) => `<v>${text}</v>`,
    gradient: (text: string) => `<g>${text}</g>`,
    heading: (text: string) => `<h>${text}</h>`,
    quiet: (text: string) => `<q>${text}</q>`,
  };
  const { stages, inputs } = circuitCase("s26-staged");
  const explanation = explainProgram(stages.join("\n"), inputsOf(inputs));
  const coloured = explanation.toText({ colours });
  assert.ok(coloured.includes("<v>1.546</v>") && coloured.includes("<g>2.06</g>"));
  assert.equal(coloured.replace(/<\/?[vghq]>/g, ""), explanation.toText());
});

test("pi and exponents in local gradients read as formulas", () => {
  const text = explainProgram("y = x^3 - 2 / x\nz = tanh(y) * leaky_relu(x)", { x: -2 }).toText();
  assert.match(text, /x gets \[3 \* x\^2 = 12\]/);
  assert.match(text, /x gets \[-2 \/ x\^2 = -0\.5\]/);
  assert.match(text, /leaky_relu\(x\): x gets \[0\.01\]/);
});

test("a captured tensor is a constant node, and tensor() of one number too", () => {
  const scale = tensor([1, 2, 3]).named("scale");
  const { nodes } = explain((x: Tensor) => x.mul(scale).sum(), { x: [1, 1, 1] }).circuit;
  const constant = nodes.find(({ name }) => name === "scale")!;
  assert.equal(constant.kind, "constant");
  assert.deepEqual([...(constant.grad as Float64Array)], [1, 1, 1]);
});
