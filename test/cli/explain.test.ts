/** `explain` as its users type it: the contract of `--json` on the lecture's circuits, and every form of output. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { CircuitJson } from "../../src/explain/index.ts";
import { circuitCases, close, numberOf } from "../explain/cases.ts";
import { chainrule, ended, startProcess, temporaryFolder } from "./support.ts";

const neuron = "1/(1+exp(-(w0*x0+w1*x1+w2)))";
const neuronInputs = ["w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3"];
const product = ["(x+y)*z", "x=-2", "y=5", "z=-4"];

const folder = temporaryFolder({
  "crlf.txt": "\ufeffq = x + y\r\nf = q * z\r\n",
  "inputs.json": '{\r\n  "x": -2,\r\n  "y": 5,\r\n  "z": -4\r\n}\r\n',
  "model.ts": [
    'import { type Tensor, add } from "chainrule";',
    'import { times } from "./parts";',
    "",
    "interface Pair { readonly x: Tensor; readonly y: Tensor }",
    "export const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => {",
    "  const pair: Pair = { x, y };",
    "  const q = add(pair.x, pair.y);",
    "  return times(q, z);",
    "};",
    "export const matrices = (W: Tensor, X: Tensor): Tensor => {",
    "  const D = W.matmul(X);",
    "  return D.sum();",
    "};",
    "",
  ].join("\r\n"),
  "parts.ts": 'import type { Tensor } from "chainrule";\nexport const times = (a: Tensor, b: Tensor): Tensor => a.mul(b);\n',
  "model.cts": "const f = (x: { mul(y: number): unknown }) => x.mul(2);\nmodule.exports = { f };\n",
  "plain.js": 'import { sigmoid } from "chainrule";\nexport default function neuron(w, x) {\n  return sigmoid(w.mul(x));\n}\n',
});

const explain = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await chainrule(["explain", ...args], { folder });
  assert.equal(code, 0, err);
  return out;
};

const json = async (...args: string[]): Promise<CircuitJson> => JSON.parse(await explain(...args, "--json")) as CircuitJson;

describe("--json", () => {
  for (const one of circuitCases) {
    test(one.id, async () => {
      const inputs = Object.entries(one.inputs).map(([name, value]) => `${name}=${value}`);
      const { schema, output, value, nodes, edges, check } = await json(one.stages.join("\n"), ...inputs);
      assert.deepEqual([schema, output], [1, one.output]);
      const near = (actual: unknown, expected: number | string, what: string) =>
        assert.ok(close(numberOf(actual as number), numberOf(expected), one.rtol, one.atol), `${what}: ${String(actual)}, expected ${expected}`);
      near(value, one.values[one.output]!, "value");
      const byName = new Map(nodes.map((node) => [node.name, node]));
      assert.equal(byName.size, nodes.length, "names are unique");
      for (const [name, expected] of Object.entries(one.values)) near(byName.get(name)!.value, expected, `value of ${name}`);
      for (const [name, expected] of Object.entries(one.grads)) near(byName.get(name)!.grad, expected, `gradient of ${name}`);
      assert.equal(edges.length, one.edges.length);
      one.edges.forEach((edge, i) => {
        assert.equal(edges[i]!.op, edge.op);
        for (const key of ["local", "upstream", "contribution"] as const) near(edges[i]![key], edge[key], `${key} of ${edge.gate}`);
      });
      assert.deepEqual(check.entries.map(({ name }) => name).sort(), Object.keys(one.inputs).sort());
    });
  }

  test("every input is a node, also an unused one, with a warning beside", async () => {
    const { code, out, err } = await chainrule(["explain", "x*y", "x=1", "y=2", "k=3", "--json"]);
    assert.equal(code, 0);
    const { nodes } = JSON.parse(out) as CircuitJson;
    assert.deepEqual(nodes.find(({ name }) => name === "k"), { name: "k", op: "input", expr: "k", value: 3, grad: 0 });
    assert.equal(JSON.parse(err).warning.code, "unused-input");
    assert.equal((await chainrule(["explain", "x*y", "x=1", "y=2", "k=3", "--json", "--quiet"])).err, "");
  });

  test("what is not finite is text, and no failure", async () => {
    const { value, nodes } = await json("log(x) + 0*y", "x=0", "y=-0");
    assert.equal(value, "-Infinity");
    assert.equal(nodes.find(({ name }) => name === "x")!.grad, "Infinity");
    assert.equal(nodes.find(({ name }) => name === "y")!.value, "-0");
  });
});

test("two digits give the column that the lecture prints", async () => {
  const out = await explain(neuron, ...neuronInputs, "--digits", "2");
  const table = Array.from(out.matchAll(/^ {2}\S+ +.*?(-?\d+\.\d\d) +(-?\d+\.\d\d)$/gm), ([, value, gradient]) => `${value} ${gradient}`);
  assert.deepEqual(table, [
    "2.00 -0.20", "-1.00 0.39", "-3.00 -0.39", "-2.00 -0.59", "-3.00 0.20", "-2.00 0.20", "6.00 0.20", "4.00 0.20", "1.00 0.20",
    "-1.00 -0.20", "0.37 -0.53", "1.37 -0.53", "0.73 1.00",
  ]);
});

describe("the program and its inputs come from", () => {
  const gradients = async (...args: string[]) => {
    const { value, nodes } = await json(...args);
    return [value, ...["x", "y", "z"].map((name) => nodes.find((node) => node.name === name)!.grad)];
  };
  const expected = [-12, -4, -4, 3];

  test("an argument", async () => assert.deepEqual(await gradients(...product), expected));
  test("a file with Windows line ends", async () => assert.deepEqual(await gradients("crlf.txt", "x=-2", "y=5", "z=-4"), expected));
  test("a file of inputs", async () => assert.deepEqual(await gradients("(x+y)*z", "--inputs=inputs.json"), expected));
  test("a file of some inputs and arguments for others", async () => {
    assert.deepEqual(await gradients("(x+y)*z*k", "--inputs", "inputs.json", "k=1"), expected);
  });
  test("an absolute path", async () => assert.deepEqual(await gradients(join(folder, "crlf.txt"), "x=-2", "y=5", "z=-4"), expected));
  test("standard input, in any pieces", async () => {
    const { out } = await chainrule(["explain", "-", "x=-2", "y=5", "z=-4", "--json"], { input: ["q = x +", " y\r\nf = ", "q * z"] });
    assert.equal((JSON.parse(out) as CircuitJson).value, -12);
  });
  test("a TypeScript function, with its relative imports and the names of its values", async () => {
    const args = ["model.ts", "--function", "f", "x=-2", "y=5", "z=-4"];
    assert.deepEqual(await gradients(...args), expected);
    assert.ok((await json(...args)).nodes.some(({ name, op }) => name === "q" && op === "add"));
  });
  test("TypeScript that is CommonJS", async () => {
    const { code, out } = await ended(startProcess(["explain", "model.cts", "x=3", "--json"], folder));
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as CircuitJson).value, 6);
  });
  test("a JavaScript function, which needs no name if it is the only one", async () => {
    assert.equal((await json("plain.js", "w=0", "x=3")).value, 0.5);
  });
  test("a function of tensors", async () => {
    const { nodes } = await json("model.ts", "--function=matrices", "W=[[1,2],[3,4]]", "X=[[1],[2]]");
    assert.deepEqual(nodes.find(({ name }) => name === "W")!.grad, [[1, 2], [1, 2]]);
    assert.match(await explain("model.ts", "--function=matrices", "W=[[1,2],[3,4]]", "X=[[1],[2]]"), /dW \[2x2\] = dD \[2x1\] x X\^T \[1x2\]/);
  });
  test("one entry of it, as a circuit of numbers with the same gradient", async () => {
    const { value } = await json("model.ts", "--function=matrices", "W=[[1,2],[3,4]]", "X=[[1],[2]]", "--entry", "dW[0,1]");
    assert.equal(value, 2);
  });
  test("an argument behind --, if it begins with a minus", async () => {
    const { out } = await chainrule(["explain", "--json", "--", "-x^2", "x=3"]);
    assert.equal((JSON.parse(out) as CircuitJson).value, -9);
  });
});

describe("asks further", () => {
  test("what a small step promises and what happens, also along the gradient", async () => {
    assert.match(await explain(...product, "--follow", "0.01"), /becomes -11\.5924\.$/m);
    const { nudges, follow } = JSON.parse(await explain(...product, "--nudge", "x=-0.5", "--nudge=y=0.01", "--follow=-0.01", "--json"));
    assert.deepEqual(nudges.map(({ input, h, actual }: { input: string; h: number; actual: number }) => [input, h, actual]), [["x", -0.5, -10], ["y", 0.01, -12.04]]);
    assert.ok(follow.after < -12);
  });
  test("another gradient to start with", async () => {
    const { nodes } = await json(...product, "--seed-gradient", "-1");
    assert.deepEqual(nodes.slice(0, 3).map(({ grad }) => grad), [4, 4, -3]);
  });
  test("one gate for a chain, or a chain for a gate", async () => {
    assert.ok((await json(neuron, ...neuronInputs, "--group")).nodes.some(({ op }) => op === "sigmoid"));
    assert.ok((await json("sigmoid(x)", "x=1", "--ungroup")).nodes.every(({ op }) => op !== "sigmoid"));
  });
  test("all steps, where there is no terminal", async () => {
    const out = await explain(...product, "--step");
    assert.deepEqual(out.match(/^ *\d+ /gm)?.map(Number), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.equal(JSON.parse(await explain(...product, "--step", "--json")).steps.length, 8);
  });
  test("a step for each Enter, on a terminal, until q", async () => {
    const steps = async (...input: string[]) => {
      const { out } = await chainrule(["explain", ...product, "--step", "--no-color"], { terminal: true, input });
      return out.match(/^\d+ /gm)?.length;
    };
    assert.equal(await steps(), 1);
    assert.equal(await steps("\n", "\n"), 3);
    assert.equal(await steps("\n", "q\n", "\n", "\n"), 2);
    assert.equal(await steps(..."\n".repeat(20)), 8);
  });
  test("code that runs and gives the same numbers", async () => {
    const code = await explain(neuron, ...neuronInputs, "--code", "python");
    assert.match(code, /^def /m);
    const ts = await explain(neuron, ...neuronInputs, "--code", "ts");
    const printed = execFileSync(process.execPath, ["--input-type=module-typescript", "-e", ts], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    assert.equal(JSON.parse(printed).value, (await json(neuron, ...neuronInputs)).value);
  });
});

describe("files", () => {
  test("what is saved loads again, with the same bits", async () => {
    const numbers = fc.array(fc.double(), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(numbers, async ([x, y, z]) => {
        const given = [`x=${x}`, `y=${Object.is(y, -0) ? "-0" : y}`, `z=${z}`];
        await explain("(x+y)*z", ...given, "--save", "saved.json");
        const [again, before] = [await json("saved.json"), await json("(x+y)*z", ...given)];
        assert.deepEqual(again.nodes, before.nodes);
      }),
      { numRuns: 20 },
    );
    assert.equal((await json("saved.json", "x=1", "y=2", "z=3")).value, 9);
  });
  test("a function of numbers is saved as stages", async () => {
    const args = ["model.ts", "--function", "f", "x=-2", "y=5", "z=-4"];
    await explain(...args, "--save=function.json");
    const [again, before] = [await json("function.json"), await json(...args)];
    assert.deepEqual(again.nodes.map(({ op, value, grad }) => [op, value, grad]), before.nodes.map(({ op, value, grad }) => [op, value, grad]));
  });
  test("drawings go to a file or to standard output, whole or not at all", async () => {
    const drawn = await explain(...product, "--svg");
    assert.match(drawn, /^<svg [^]*<\/svg>\s*$/);
    for (const args of [["--svg=a.svg"], ["--svg", "b.svg"]]) {
      const { out, err } = await chainrule(["explain", ...args, ...product], { folder });
      assert.deepEqual([out, err], ["", `wrote ${args.join("=").slice("--svg=".length)}\n`]);
    }
    assert.deepEqual(["a.svg", "b.svg"].map((name) => readFileSync(join(folder, name), "utf8")), [drawn, drawn]);
    await explain("x", "x=1", "--svg=a.svg");
    assert.notEqual(readFileSync(join(folder, "a.svg"), "utf8"), drawn);
    assert.equal((await chainrule(["explain", "x +", "--svg=c.svg"], { folder })).code, 2);
    assert.match(await explain(...product, "--html"), /^<!doctype html>[^]*<\/html>\s*$/i);
    assert.equal((await chainrule(["explain", "--html", "page.html", ...product], { folder })).err, "wrote page.html\n");
    assert.deepEqual(readdirSync(folder).filter((name) => name.includes(".part") || name === "c.svg"), []);
  });
});

test("colours are for terminals, and for whoever insists", async () => {
  const coloured = async (args: readonly string[], setting: Parameters<typeof chainrule>[1]) =>
    (await chainrule(["explain", ...product, ...args], setting)).out.includes("\u001b[3");
  assert.equal(await coloured([], { terminal: true }), true);
  assert.equal(await coloured([], {}), false);
  assert.equal(await coloured(["--no-color"], { terminal: true }), false);
  assert.equal(await coloured([], { terminal: true, env: { NO_COLOR: "1" } }), false);
  assert.equal(await coloured([], { terminal: true, env: { TERM: "dumb" } }), false);
  assert.equal(await coloured([], { env: { FORCE_COLOR: "1" } }), true);
  assert.equal(await coloured([], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } }), false);
  assert.equal(await coloured([], { terminal: true, env: { FORCE_COLOR: "0" } }), false);
});
