/** The cases of edge.json that are no program: tensors, groups and behaviour. The programs are run in test/explain. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { grad, logSigmoid, logsumexp, softmax, softmaxCrossEntropy, tensor, valueAndGrad, type Tensor } from "../../src/api/index.ts";
import { explainProgram } from "../../src/explain/index.ts";
import { load } from "../nn/cases.ts";

const cases = load("edge");

type Written = number | string;

const nearAll = (actual: ArrayLike<number>, expected: readonly Written[], rtol: number, what: string): void => {
  assert.equal(actual.length, expected.length, what);
  expected.map(Number).forEach((e, i) => {
    const a = actual[i]!;
    assert.ok(Object.is(a, e) || Math.abs(a - e) <= rtol * Math.max(Math.abs(a), Math.abs(e)), `${what} ${i}: ${a}, not ${e}`);
  });
};

const gradientsOf = (program: string, inputs: Readonly<Record<string, number>>): Record<string, number> => {
  const { nodes, inputs: at } = explainProgram(program, inputs).circuit;
  return Object.fromEntries(at.map((i) => [nodes[i]!.name, nodes[i]!.grad as number]));
};

test("leaky-0 and hinge-at-margin: the slopes that the course has at the kink", () => {
  // max shares a tie evenly; the strict indicator of the hinge is relu, here and in the SVM loss.
  const programs = { "leaky-0": cases.of("leaky-0")["expr"], "hinge-at-margin": "relu(s1 - s0 + 1)" };
  for (const [id, program] of Object.entries(programs)) {
    const { inputs, preferred } = cases.of(id);
    const found = gradientsOf(program, inputs);
    for (const [name, slope] of Object.entries(preferred)) assert.equal(Math.abs(found[name]! - Number(slope)), 0, `${id}: ${name}`);
  }
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
  assert.equal(gradientsOf("y = exp(x)\ny = y + 1\nz = y", { x: 2 })["x"], Math.exp(2));
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
