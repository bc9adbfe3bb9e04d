/** A graph that was written down and built again is the same circuit: every operation of the table, and its gradient. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { builder } from "../../src/api/builder.ts";
import { Draw } from "../../src/check/draw.ts";
import { operandType } from "../../src/check/points.ts";
import { buildOn } from "../../src/check/subject.ts";
import { createCircuit, type LiveCircuit } from "../../src/explain/circuit.ts";
import { draftGraph } from "../../src/explain/from-graph.ts";
import { readGraph, writeGraph } from "../../src/explain/graph-json.ts";
import { explain, explainGraph } from "../../src/explain/index.ts";
import type { GraphJson } from "../../src/explain/served.types.ts";
import { allocate, isFloat, type Value } from "../../src/ir/dtype.ts";
import { NodeMap } from "../../src/ir/node-map.ts";
import type { Node } from "../../src/ir/node.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import type { EntryInfo, Sample } from "../../src/ops/forms/entry.ts";
import { constant, input } from "../../src/ops/forms/source.ts";
import * as table from "../../src/ops/table.ts";
import { add, cast, sum } from "../../src/ops/table.ts";
import { differentiate } from "../../src/passes/differentiate.ts";
import { isEntry } from "../../src/ops/forms/entry.ts";
import { grad, key, normal, tensor, vmap, type Tensor } from "../../src/index.ts";
import { gate, group } from "../../src/check/index.ts";

/** As it travels. */
const sent = (graph: GraphJson): GraphJson => JSON.parse(JSON.stringify(graph)) as GraphJson;

const bits = (value: Value): readonly string[] => Array.from(typeof value === "number" ? [value] : value, (x) => (Object.is(x, -0) ? "-0" : String(x)));

/** All that a reader of the circuit could see, to the last bit. */
const seen = ({ nodes, inputs, output, unused }: LiveCircuit) => ({
  nodes: nodes.map(({ name, named, kind, op, expr, operands, shape, value, grad, edges, says, plumbing, place }) => ({
    name, named, kind, op, expr, operands, shape, value: bits(value), grad: bits(grad), says, plumbing, place,
    edges: edges.map(({ gate, input, position, local, upstream, contribution }) => ({ gate, input, position, local: String(local), upstream: bits(upstream), contribution: bits(contribution) })),
  })),
  inputs,
  output,
  unused,
});

const same = (circuit: LiveCircuit): void => {
  const graph = writeGraph(circuit);
  const again = createCircuit(draftGraph(readGraph(sent(graph))));
  assert.deepEqual(seen(again), seen(circuit));
  // What was built from it is written down the same.
  assert.deepEqual(sent(writeGraph(again)), sent(graph));
};

const total = (node: Node): Node => sum(cast(node, "float64"));

/** One entry on drawn operands, and what flows back to each: together they use the machinery of the forms. */
const circuitOf = (entry: EntryInfo, sample: Sample): LiveCircuit => {
  const draw = new Draw(1, 7);
  const feeds = new NodeMap<Value>();
  const inputs = sample.operands.map((operand, i) => {
    const { shape, dtype, below } = operandType(operand);
    const values = allocate(dtype, sizeOf(shape));
    for (let k = 0; k < values.length; k++) values[k] = dtype === "bool" ? draw.below(2) : below > 0 ? draw.below(below) : 0.5 + Math.abs(draw.normal());
    const node = input(shape, dtype, `x${i}`);
    feeds.set(node, shape.length === 0 ? values[0]! : values);
    return node;
  });
  const out = buildOn(entry, inputs, sample.options ?? []);
  let output = total(out);
  if (isFloat(out.dtype)) {
    const { of } = differentiate(new Map([[out, constant(1, out.shape, out.dtype)]]), inputs, builder);
    for (const node of inputs) {
      const back = of.get(node);
      if (back) output = add(output, total(back));
    }
  }
  return createCircuit(draftGraph({ roots: [], output, inputs, feeds }));
};

describe("every operation", () => {
  for (const entry of Object.values<unknown>(table).filter(isEntry)) {
    test(entry.word, () => {
      assert.ok(entry.samples().length > 0);
      for (const sample of entry.samples()) same(circuitOf(entry, sample));
    });
  }
});

describe("functions", () => {
  const functions: Record<string, [f: (...x: Tensor[]) => Tensor, inputs: Record<string, number | number[][] | number[]>]> = {
    "of scalars": [(x: Tensor, y: Tensor) => x.add(y).mul(x).neg(), { x: -2, y: -0 }],
    "with numbers that JSON lacks": [(x: Tensor, y: Tensor) => x.mul(Infinity).add(y.div(0)), { x: 3, y: NaN }],
    "of tensors, with data of their own": [(W: Tensor, x: Tensor) => W.matmul(x).add(tensor([1, NaN])).sigmoid().sum(), { W: [[1, 2, 3], [4, 5, 6]], x: [1, -2, 0.5] }],
    "with views of every kind": [(x: Tensor) => x.transpose().slice([[0, -1], -1]).pad([[1, 2]], -3).reshape([1, -1]).sum(), { x: [[1, 2, 3], [4, 5, 6]] }],
    "with gradients in them": [(x: Tensor) => grad((y: Tensor) => y.mul(y).mul(y))(x).mul(2), { x: 3 }],
    "with examples in them": [(x: Tensor) => vmap((row: Tensor) => row.softmax().mul(row).sum())(x).sum(), { x: [[1, 2], [3, 4]] }],
    "with random numbers": [(x: Tensor) => x.mul(normal(key(1), [3])).sum(), { x: [1, 2, 3] }],
    "with an unused input": [(x: Tensor, _y: Tensor) => x.exp(), { x: 1, _y: 2 }],
    "of nothing": [(x: Tensor) => x, { x: 1 }],
  };
  for (const [name, [f, inputs]] of Object.entries(functions)) {
    test(name, () => {
      const { circuit } = explain(f as never, inputs);
      same(circuit);
    });
  }

  test("are computed at other inputs, opened and stepped as before", () => {
    const here = explain((W: Tensor, x: Tensor) => W.matmul(x).tanh().sum(), { W: [[1, 2], [3, 4]], x: [1, -1] });
    const there = explainGraph(sent(writeGraph(here.circuit)));
    assert.deepEqual(there.toJSON(), here.toJSON());
    assert.deepEqual(there.steps(), here.steps());
    assert.equal(there.toText(), here.toText());
    assert.equal(there.toSVG(), here.toSVG());
    const moved = { W: Float64Array.of(0, -1, 2, 5) };
    assert.deepEqual(there.withInputs(moved).toJSON(), here.withInputs(moved).toJSON());
    const entry = { entry: "dW[1,0]" };
    assert.deepEqual(explainGraph(sent(writeGraph(here.circuit)), entry).toJSON(), explain((W: Tensor, x: Tensor) => W.matmul(x).tanh().sum(), { W: [[1, 2], [3, 4]], x: [1, -1] }, entry).toJSON());
  });

  test("keep the places that mean something to the reader, and no others", () => {
    const { circuit } = explain((x: Tensor) => x.mul(x), { x: 2 });
    const gateOf = (graph: GraphJson) => graph.nodes.find(({ op }) => op === "mul")!;
    assert.match(gateOf(writeGraph(circuit)).place!.file!, /graph-json\.test\.ts$/);
    assert.deepEqual(gateOf(writeGraph(circuit, ({ line, column }) => ({ file: "model.ts", line, column }))).place!.file, "model.ts");
    assert.equal(gateOf(writeGraph(circuit, () => undefined)).place, undefined);
  });
});

describe("what cannot be sent says so", () => {
  const refused = (f: unknown, code: string, sentence: RegExp): void => {
    const { circuit } = explain(f as never, { x: 2 });
    assert.throws(() => writeGraph(circuit), (error: { code: string; message: string }) => error.code === code && sentence.test(error.message));
  };

  test("a gate and a group of the user's, also under a name that is taken", () => {
    const twice = gate({ name: "twice", forward: (x) => 2 * x!, local: () => [2] });
    const sigmoid = gate({ name: "sigmoid", forward: (x) => x!, local: () => [1] });
    const cubed = group({ name: "cubed", body: (x) => x.mul(x).mul(x) });
    refused((x: Tensor) => twice(x), "own-gate", /the gate twice/);
    refused((x: Tensor) => sigmoid(x), "own-gate", /the gate sigmoid/);
    refused((x: Tensor) => cubed(x), "own-gate", /the group cubed/);
  });

  test("more numbers than anybody looks at", () => {
    const many = tensor(new Float64Array(1_000_001));
    refused((x: Tensor) => x.mul(many).sum(), "graph-too-large", /more than 1,000,000 numbers/);
  });

  test("an operation that is not known here", () => {
    const graph = sent(writeGraph(explain((x: Tensor) => x.exp(), { x: 1 }).circuit));
    const other = { ...graph, nodes: graph.nodes.map((node) => (node.op === "exp" ? { ...node, op: "expo" } : node)) };
    assert.throws(() => explainGraph(other), /There is no operation "expo" here/);
  });
});

