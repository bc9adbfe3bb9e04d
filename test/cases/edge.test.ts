/** The cases of edge.json, all of them, through what a user calls: programs, tensors and groups. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { grad, logSigmoid, logsumexp, softmax, softmaxCrossEntropy, tensor, valueAndGrad, type Tensor } from "../../src/api/index.ts";
import { explainProgram, type Explanation } from "../../src/explain/index.ts";
import { load, type Case } from "../nn/cases.ts";

const cases = load("edge");

type Written = number | string | readonly Written[];
type Point = Readonly<Record<string, Written>>;

const numbers = (given: Point): Record<string, number> =>
  Object.fromEntries(Object.entries(given).map(([name, x]) => [name, Number(x)]));

const close = (actual: number, expected: Written, rtol: number): boolean => {
  const e = Number(expected);
  return Object.is(actual, e) || actual === e || Math.abs(actual - e) <= rtol * Math.max(Math.abs(actual), Math.abs(e));
};

const nearAll = (actual: ArrayLike<number>, expected: readonly Written[], rtol: number, what: string): void => {
  assert.equal(actual.length, expected.length, what);
  expected.forEach((e, i) => assert.ok(close(actual[i]!, e, rtol), `${what} ${i}: ${actual[i]}, not ${String(e)}`));
};

const gradientsOf = ({ circuit }: Explanation): Record<string, number> =>
  Object.fromEntries(circuit.inputs.map((i) => [circuit.nodes[i]!.name, circuit.nodes[i]!.grad as number]));

const has = (found: Record<string, number>, expected: Point, rtol: number): boolean =>
  Object.entries(expected).every(([name, e]) => close(found[name]!, e, rtol));

const checkPoint = (explained: Explanation, expected: Case, rtol: number): void => {
  const { circuit } = explained;
  const value = circuit.nodes[circuit.output]!.value as number;
  if (expected["informative"] !== true) {
    assert.ok(close(value, expected["value"], rtol), `value ${value}, not ${expected["value"]}`);
  }
  const found = gradientsOf(explained);
  const text = JSON.stringify(found);
  if (expected["grads"]) assert.ok(has(found, expected["grads"], rtol), `${text}, not ${JSON.stringify(expected["grads"])}`);
  if (expected["accept"]) assert.ok(expected["accept"].some((set: Point) => has(found, set, rtol)), text);
  for (const set of expected["reject"] ?? []) assert.ok(!has(found, set, rtol), text);
  if (expected["sum_of_grads"] !== undefined) {
    nearAll([Object.values(found).reduce((a, b) => a + b, 0)], [expected["sum_of_grads"]], rtol, "sum of gradients");
  }
};

const isProgram = (c: Case): boolean => c["expr"] !== undefined && c["runs"] === undefined;

for (const c of cases.all.filter(isProgram)) {
  test(`a program: ${c.id}`, () => {
    checkPoint(explainProgram(c["expr"], numbers(c["inputs"])), c, cases.tolerance(c).rtol);
  });
}

test("leaky-0 and hinge-at-margin: the slopes that the course has at the kink", () => {
  // max shares a tie evenly; the strict indicator of the hinge is relu, here and in the SVM loss.
  const programs = { "leaky-0": cases.of("leaky-0")["expr"], "hinge-at-margin": "relu(s1 - s0 + 1)" };
  for (const [id, program] of Object.entries(programs)) {
    const c = cases.of(id);
    assert.deepEqual({ ...gradientsOf(explainProgram(program, c["inputs"])) }, c["preferred"]);
  }
});

test("acc-1-cos-1e-08: gate by gate float64 cancels, and that is what is shown", () => {
  const c = cases.of("acc-1-cos-1e-08");
  const x: number = c["inputs"].x;
  const { circuit } = explainProgram(c["expr"], { x });
  assert.equal(circuit.nodes[circuit.output]!.value, (1 - Math.cos(x)) / (x * x));
});

const unrolled = ({ init, repeat, body, index }: { init: string; repeat: number; body: string; index?: string }): string =>
  [init, ...Array.from({ length: repeat }, (_, i) => (index === undefined ? body : body.replaceAll(new RegExp(`\\b${index}\\b`, "g"), String(i + 1))))].join("\n");

for (const c of cases.all.filter((each) => each["generator"] !== undefined)) {
  test(`a long program: ${c.id}`, () => {
    // Programs of this length come from a file.
    const explained = explainProgram(unrolled(c["generator"]), c["inputs"], { file: `${c.id}.txt` });
    checkPoint(explained, c, cases.tolerance(c).rtol);
  });
}

test("reuse: the same circuit at other inputs", () => {
  const c = cases.of("reuse");
  const [first, second] = c["runs"] as readonly Case[];
  const before = explainProgram(c["expr"], first!["inputs"]);
  const after = before.withInputs(second!["inputs"]);
  checkPoint(after, second!, 0);
  checkPoint(before, first!, 0);
});

test("tie-max-pool-row: equal winners of a row share a gradient of 1", () => {
  const c = cases.of("tie-max-pool-row");
  assert.equal(c["tensor_op"], "max over axis 1");
  const { value, grad: slopes } = valueAndGrad((x: Tensor) => x.amax({ axes: 1 }).sum())(tensor(c["input"]));
  assert.equal(value.itemSync(), c["value"][0] + c["value"][1]);
  assert.deepEqual(tensor(c["input"]).amax({ axes: 1 }).toArraySync(), c["value"]);
  assert.deepEqual(slopes.sum({ axes: 1 }).toArraySync(), c["row_sum_of_grads"]);
  assert.ok(slopes.dataSync().every((slope: number) => slope >= 0));
});

test("nan-does-not-leak: a row with NaN leaves values and gradients of the others alone", () => {
  const c = cases.of("nan-does-not-leak");
  const x = tensor([[1], [NaN], [2]]);
  nearAll(x.sigmoid().dataSync(), c["value"].flat(), cases.tolerance(c).rtol, "sigmoid");
  const slopes = grad((t: Tensor) => t.sigmoid().sum())(x).dataSync();
  const slope = (s: number): number => s * (1 - s);
  nearAll(slopes, [slope(c["value"][0][0]), "NaN", slope(c["value"][2][0])], 1e-12, "slope");
});

test("log-sigmoid-minus-1000: finite as one gate", () => {
  const c = cases.of("log-sigmoid-minus-1000");
  assert.equal(logSigmoid(c["inputs"].x).itemSync(), c["value"]);
  assert.equal(grad(logSigmoid)(c["inputs"].x), c["grads"].x);
});

test("lse-neg-inf: a masked entry neither counts nor poisons", () => {
  const c = cases.of("lse-neg-inf");
  const x = tensor(c["input"].map(Number));
  assert.equal(logsumexp(x).itemSync(), c["value"]);
  assert.deepEqual(grad((t: Tensor) => t.logsumexp())(x).toArraySync(), c["grads"]);
});

test("softmax-123-456-789: finite where e^x overflows", () => {
  const c = cases.of("softmax-123-456-789");
  nearAll(softmax(tensor(c["input"])).dataSync(), c["value"], c["rtol"], "share");
});

test("xent-wrong-confident: the loss of a confident mistake is finite", () => {
  const c = cases.of("xent-wrong-confident");
  const label = tensor(c["target"], { dtype: "int32" });
  const { value, grad: slopes } = valueAndGrad((x: Tensor) => softmaxCrossEntropy(x, label))(tensor(c["input"]));
  assert.equal(value.itemSync(), c["value"]);
  assert.deepEqual(slopes.toArraySync(), c["grads"]);
});

test("in-place: a value that the backward pass needs cannot be overwritten", () => {
  const c = cases.of("in-place");
  assert.match(c["behaviour"], /^dz\/dx = exp\(x\)/);
  // In a program the name gets a new value; the gradient still reads the old one.
  assert.equal(gradientsOf(explainProgram("y = exp(x)\ny = y + 1\nz = y", { x: 2 }))["x"], Math.exp(2));
  // On tensors no operation writes into its operands, and what is read out is the reader's own.
  const x = tensor([2]);
  const y = x.exp();
  y.dataSync()[0]! += 1;
  assert.deepEqual([...y.dataSync()], [Math.exp(2)]);
  const slope = grad((t: Tensor) => {
    const inner = t.exp();
    inner.add(1);
    return inner.sum();
  })(x);
  x.dataSync()[0] = 99;
  assert.deepEqual([...slope.dataSync()], [Math.exp(2)]);
});
