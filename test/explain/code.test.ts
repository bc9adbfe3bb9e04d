/** Printed programs are run, in both languages, and every number they print is compared with the circuit's. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { erfcOf, erfOf } from "../../src/ops/erf.ts";
import { erfText } from "../../src/emit/erf-text.ts";
import { Diagnostic } from "../../src/ir/diagnostic.ts";
import type { Tensor } from "../../src/api/index.ts";
import { gate, group } from "../../src/check/define.ts";
import { toCode, type Language } from "../../src/explain/code.ts";
import { explain } from "../../src/explain/index.ts";
import type { Circuit } from "../../src/explain/circuit.types.ts";
import { functionWords } from "../../src/explain/words.ts";
import { cases, circuitOf, circuitOfCase, type Inputs } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "chainrule-code-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const python = ["python3", "python"].find((name) => spawnSync(name, ["-c", "import sys; assert sys.version_info >= (3, 8)"]).status === 0);
const withoutPython = python === undefined && "no Python 3 on PATH: the printed Python programs were not run";

type Result = Readonly<{ value: number | string; grads: Readonly<Record<string, number | string>> }>;

const drivers = {
  ts: 'const { pathToFileURL } = await import("node:url"); for (const file of process.argv.slice(1)) await import(pathToFileURL(file).href);',
  python: "import runpy, sys\nfor file in sys.argv[1:]: runpy.run_path(file, run_name='__main__')",
};

/** Runs programs one after the other in one process; each prints one line. */
const run = (language: Language, texts: readonly string[]): Result[] => {
  const files = texts.map((text, i) => {
    const file = join(folder, `program-${i}.${language === "ts" ? "ts" : "py"}`);
    writeFileSync(file, text);
    return file;
  });
  const args = language === "ts" ? ["--input-type=module", "-e", drivers.ts, "--"] : ["-X", "utf8", "-W", "error", "-c", drivers.python];
  const out = execFileSync(language === "ts" ? process.execPath : python!, [...args, ...files], { encoding: "utf8", maxBuffer: 1e8 });
  const lines = out.trim().split("\n");
  assert.equal(lines.length, texts.length);
  return lines.map((line) => JSON.parse(line) as Result);
};

const same = (actual: number | string | undefined, expected: number, exact: boolean): boolean => {
  const x = Number(actual);
  if (actual === undefined || !Number.isFinite(expected) || expected === 0 || exact) return Object.is(x, expected) || x === expected;
  return Math.abs(x - expected) <= 1e-12 * Math.abs(expected) + 1e-300;
};

/** Every number of the circuits that the printed programs get wrong. */
const wrong = (language: Language, circuits: readonly Circuit[]): string[] => {
  const texts = circuits.map((circuit) => toCode(circuit, language));
  return run(language, texts).flatMap((result, i) => {
    const { nodes, inputs, output } = circuits[i]!;
    const pairs: [string, number | string | undefined, number][] = [["value", result.value, nodes[output]!.value as number]];
    for (const index of inputs) pairs.push([`d${nodes[index]!.name}`, result.grads[nodes[index]!.name], nodes[index]!.grad as number]);
    assert.equal(Object.keys(result.grads).length, inputs.length);
    return pairs.flatMap(([name, x, expected]) => (same(x, expected, language === "ts") ? [] : [`${name} is ${x}, not ${expected}:\n${texts[i]}`]));
  });
};

const compare = (name: string, circuits: () => readonly Circuit[]): void => {
  test(`${name}, as TypeScript`, () => assert.deepEqual(wrong("ts", circuits()), []));
  test(`${name}, as Python`, { skip: withoutPython }, () => assert.deepEqual(wrong("python", circuits()), []));
};

compare("every circuit of the cases", () => [...cases.keys()].map(circuitOfCase));

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** What Python refuses, masks, ties, empty and constant things, and names that are no names. */
const edges: readonly (readonly [string, Inputs, seed?: number])[] = [
  ["1/x", { x: 0 }],
  ["1/x", { x: -0 }],
  ["x/y", { x: 0, y: 0 }],
  ["x/y", { x: -3, y: 0 }],
  ["x/y", { x: 1e300, y: 1e-300 }],
  ["log(x)", { x: 0 }],
  ["log(x)", { x: -1 }],
  ["log1p(x)", { x: -1 }],
  ["sqrt(x)", { x: 0 }],
  ["sqrt(x)", { x: -4 }],
  ["exp(x)", { x: 1000 }],
  ["expm1(x)", { x: 1000 }],
  ["x^2 + sq(x)", { x: 1e200 }],
  ["x^y", { x: -8, y: 1 / 3 }],
  ["x^y", { x: 0, y: -1 }],
  ["x^y", { x: -0, y: -3 }],
  ["x^y", { x: -0, y: -0.5 }],
  ["x^y", { x: -2, y: 2000.5 }],
  ["x^y", { x: -10, y: 1001 }],
  ["x^y", { x: 0, y: 2 }],
  ["x^y", { x: 0, y: 0 }],
  ["x^y", { x: -1, y: inf }],
  ["x^y", { x: 1, y: nan }],
  ["x^y", { x: nan, y: 0 }],
  ["(-x)^3 + 2^-x", { x: 2 }],
  ["sin(x) + cos(x)", { x: inf }],
  ["tanh(x) + sigmoid(x) + softplus(x)", { x: 1000 }],
  ["tanh(x) * sigmoid(x) * softplus(x)", { x: -1000 }],
  ["max(x, y) + min(x, y)", { x: nan, y: 1 }],
  ["max(x, y) + min(y, x)", { x: 1, y: nan }],
  ["1/max(x, 0)", { x: -0 }],
  ["1/min(0, x)", { x: -0 }],
  ["max(x)", { x: 3 }],
  ["max(x, y, z, w)", { x: 3, y: 3, z: 2, w: 3 }],
  ["relu(x) + relu(y) + relu(z)", { x: nan, y: -0, z: -inf }],
  ["abs(x) + abs(y)", { x: 0, y: -2 }],
  ["leaky_relu(x, 0.1) * leaky_relu(y, a)", { x: -2, y: -3, a: 0.2 }],
  ["elu(x, a) + selu(x) + elu(y, 1)", { x: -2, y: 4, a: 1.5 }],
  ["gelu(x) + silu(y) + erf(x*y) + erfc(x)", { x: 0.7, y: -1.3 }],
  ["erf(x) * erfc(y)", { x: -40, y: 30 }],
  ["where(x > 0, log(x), 0)", { x: 0 }],
  ["where(x > 0, 1/x, x*2) * where(y, 3, x)", { x: 0, y: nan }],
  ["(x > y)*3 + (x <= y) + (x == x) - (y != y)", { x: 2, y: 1 }],
  ["c = x < y\nf = where(c, x, y) * c", { x: 1, y: 2 }],
  ["(x < y) == (y > x)", { x: 1, y: 2 }],
  ["x", { x: 5 }, 2.5],
  ["y = x", { x: 5 }],
  ["3 + 4", { x: 1 }],
  ["c = -0\nf = x * c + 1e-7 + 1e21 + 9007199254740993", { x: 1 }],
  ["0.1 + x*(0.2 + 0.3)", { x: 123456789.123 }],
  ["x + 1", { x: 2 ** 53 }],
  ["a = 3\nb = a^400\nf = b * x", { x: 1e-100 }],
  ["a - (b - c) - -d", { a: 1, b: 2, c: 3, d: 4 }],
  ["a / (b / c) / (d * a)", { a: 1, b: 2, c: 3, d: 4 }],
  ["a * (b * c) * d + (a + (b + c)) + -(a + b)", { a: 0.1, b: 0.2, c: 0.3, d: 0.7 }],
  ["-a^2 + (-a)^2 + 2^-a^2 - -a", { a: 1.5 }],
  ["y = x\ny = y*y\ny = y + x", { x: 3 }],
  ["x*x*x", { x: nan }],
  ["class*lambda + let*def - None/True", { class: 1, lambda: 2, let: 3, def: 4, None: 5, True: 6 }],
  ["dx = x*x\ndx_1 = dx + x\nd = dx*dx_1\nexp1 = exp(d*0.01)", { x: 0.5 }],
  ["math = json + Math*grads\nbackprop = math*JSON\nsigmoid(backprop)*spell", { json: 0.1, Math: 0.2, grads: 0.3, JSON: 0.4, spell: 0.5 }],
  ["chain = 1/(x*y)\npower = chain^z\nmax(power, inverse)", { x: 0, y: 1, z: -1, inverse: 2 }],
  ["erfOf = erf(x)\nborder = erfOf + tail", { x: 0.3, tail: 1 }],
  ["αβ = größe * 数\nµ = αβ + μ", { größe: 2, 数: 3, μ: 4 }],
  ["__proto__ * constructor + toString", { ["__proto__"]: 2, constructor: 3, toString: 4 }],
  ["z = 0\nz * exp(x)", { x: 1000 }],
  ["f = (x + sigmoid(y))/(sigmoid(x) + (x + y)^2)", { x: 3, y: -4 }, -0],
  ["x*y", { x: 1e308, y: 10 }, inf],
  ["log_sigmoid(x) + log_sigmoid(y)", { x: -1000, y: 1000 }],
  ["gelu_tanh(x)", { x: 0.5 }],
];

compare("edge cases", () => edges.map(([text, inputs, seed]) => circuitOf(text, inputs, seed === undefined ? {} : { seed })));

const words = [...functionWords()];
const numbers = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 2, 0.5, -3, 1e-8, 1e200, -1e308, 800, -800, nan, inf, -inf),
  fc.double({ min: -4, max: 4, noNaN: true }),
);

/** Programs of a few stages; every function of the language comes up. */
const programs = fc
  .record({
    stages: fc.array(fc.tuple(fc.nat(), fc.array(fc.nat(), { minLength: 4, maxLength: 4 })), { minLength: 2, maxLength: 8 }),
    inputs: fc.tuple(numbers, numbers, numbers),
  })
  .map(({ stages, inputs: [x, y, z] }): [string, Inputs] => {
    const operators = ["+", "-", "*", "/", "^", "<", ">="];
    const text = stages.map(([what, picks], i) => {
      const known = ["x", "y", "z", "0.5", "2", ...stages.slice(0, i).map((_, k) => `s${k}`)];
      const pick = (k: number): string => known[picks[k]! % known.length]!;
      const at = what % (operators.length + words.length);
      if (at < operators.length) return `s${i} = ${pick(0)} ${operators[at]} ${pick(1)}`;
      const [word, { min, max }] = words[at - operators.length]!;
      const count = Math.min(max, Math.max(min, 1 + (picks[3]! % 3)));
      return `s${i} = ${word}(${Array.from({ length: count }, (_, k) => pick(k)).join(", ")})`;
    });
    return [text.join("\n"), { x, y, z }];
  });

const sampled = fc.sample(programs, { numRuns: 300, seed: 5 });

compare("300 programs of all functions on numbers of all kinds", () => sampled.map(([text, inputs]) => circuitOf(text, inputs)));

test("those 300 programs call every function of the language", () => {
  const all = sampled.map(([text]) => text).join("\n");
  assert.deepEqual(words.filter(([word]) => !all.includes(` ${word}(`)), []);
});

test("the staged code of slides 26 to 35", () => {
  const code = toCode(circuitOfCase("s26-staged-grouped"), "python");
  for (const line of ["f = num * invden", "dnum = invden * df", "dinvden = num * df", "dden = -(1 / den ** 2) * dinvden", "dx += dnum", "dsigy = dnum"]) {
    assert.match(code, new RegExp(`^ {4}${line.replace(/[()*+]/g, "\\$&")}$`, "m"));
  }
  assert.doesNotMatch(code, /def (?!sigmoid|backprop)/);
  assert.equal(code.match(/^ {4}d\w+ \+=/gm)?.length, 3);
});

test("what is guarded is guarded only where it must be", () => {
  assert.doesNotMatch(toCode(circuitOf("exp(x)/y", { x: 1, y: 2 }), "python"), /exponential|quotient/);
  assert.match(toCode(circuitOf("exp(x)/y", { x: 1000, y: 2 }), "python"), /# e \*\* x; Python refuses to overflow\.\ndef exponential/);
  assert.doesNotMatch(toCode(circuitOf("exp(x)/y", { x: 1000, y: 0 }), "ts"), /exponential|quotient/);
  assert.match(toCode(circuitOf("where(x > 0, log(x), 0)", { x: 0 }), "ts"), /chain\(1 \/ x, \w+\)/);
});

test("a program runs as it stands, and its function gives the same to who imports it", () => {
  const file = join(folder, "one.ts");
  writeFileSync(file, toCode(circuitOfCase("s10-compound"), "ts"));
  assert.equal(execFileSync(process.execPath, [file], { encoding: "utf8" }), '{"value":-12,"grads":{"x":-4,"y":-4,"z":3}}\n');
  const use = `import { backprop } from ${JSON.stringify(new URL(`file://${file}`).href)}; console.log(backprop(1, 2, 3).grads.z);`;
  assert.match(execFileSync(process.execPath, ["--input-type=module", "-e", use], { encoding: "utf8" }), /\n3\n$/);
});

test("chains of 10,000 gates and expressions 900 deep print and run", () => {
  const chain = circuitOf(`y = x\n${"y = sin(y)\n".repeat(10_000)}`, { x: 1 });
  const deep = circuitOf(`${"exp(-".repeat(400)}x${")".repeat(400)}`, { x: 0.5 });
  assert.deepEqual(wrong("ts", [chain, deep]), []);
  if (python !== undefined) assert.deepEqual(wrong("python", [chain, deep]), []);
});

test("hostile names and texts stay comments and strings", () => {
  const names = ["a\u2028alert(1)", "b\nimport os", 'c"]; process.exit(1); //', "*/d", "__proto__"];
  const plain = circuitOf("x*y*z*v*w", { x: 1, y: 2, z: 3, v: 4, w: 5 });
  const nodes = plain.nodes.map((node, i) => Object.create(node, { name: { value: i < 5 ? names[i] : node.name } }) as typeof node);
  const circuit: Circuit = { ...plain, nodes };
  assert.deepEqual(wrong("ts", [circuit]), []);
  if (python !== undefined) assert.deepEqual(wrong("python", [circuit]), []);
});

test("the error function of printed programs is the one that is run", () => {
  const file = join(folder, "erf.ts");
  writeFileSync(file, `${erfText}\nconsole.log(JSON.stringify([-30, -3, -2.2, -1, 0.1, 0.49, 0.51, 2.19, 2.21, 5, 27.4].map((x) => [erfOf(x), erfcOf(x)])));`);
  const found = JSON.parse(execFileSync(process.execPath, [file], { encoding: "utf8" })) as number[][];
  assert.deepEqual(found, [-30, -3, -2.2, -1, 0.1, 0.49, 0.51, 2.19, 2.21, 5, 27.4].map((x) => [erfOf(x), erfcOf(x)]));
});

const cube = gate({
  name: "cube",
  forward: (x) => x * x * x,
  local: ([x]) => [x!.sq().mul(3)],
  spelling: { js: "$0 ** 3", python: "$0 ** 3", level: "power" },
});
const gated = group({ name: "gated", body: (x, y) => x!.sigmoid().mul(y!).add(cube(x!)) });
const own = (x: Tensor, y: Tensor) => gated(cube(x.neg()), y).add(x.gt(y).where(x, 2)).mul(x.lt(0).cast("float64"));

compare("a function of gates and groups of the user's own, with comparisons", () => [
  explain(own, { x: -0.5, y: 2 }).circuit,
  explain(own, { x: 0.5, y: 0.25 }).circuit,
]);

test("a gate without a spelling of its own is refused with what to write instead", () => {
  const quart = gate({ name: "quart", forward: (x) => x ** 4, local: ([x]) => [x!.sq().mul(x!).mul(4)] });
  assert.throws(
    () => explain((x: Tensor) => quart(x), { x: 2 }).toCode("ts"),
    (error) => error instanceof Diagnostic && error.code === "no-scalar-code" && /quart/.test(error.sentence) && /spelling/.test(error.help!),
  );
});

test("a written exponent needs no case for 0^0", () => {
  for (const language of ["ts", "python"] as const) {
    assert.match(toCode(circuitOf("x^2", { x: 3 }), language), /^ +(?:const )?dx = 2 \* x \* dpow1;?$/m);
    assert.match(toCode(circuitOf("x^y", { x: 3, y: 2 }), language), /== 0|=== 0/);
  }
});

test("a circuit of tensors is refused with its name and shape", () => {
  const plain = circuitOf("x*y", { x: 1, y: 2 });
  const nodes = plain.nodes.map((node, i) => (i === 0 ? (Object.create(node, { shape: { value: [2, 3] } }) as typeof node) : node));
  assert.throws(
    () => toCode({ ...plain, nodes }, "ts"),
    (error) => error instanceof Diagnostic && error.code === "no-scalar-code" && error.sentence.includes('"x" has the shape [2, 3]'),
  );
});
