/**
 * The lecture's staged code (slides 26 to 35) for any circuit: a forward pass of one stage a line, a backward pass in
 * reverse, `+=` at forks. The backward lines are the very gradient graphs that are run, printed.
 */
import { builder } from "../api/builder.ts";
import { CodeWriter, needsHelper, variable, type Written } from "../emit/code.ts";
import type { Language, Line, ProgramLine } from "../emit/languages.ts";
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { Value } from "../ir/dtype.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, Op } from "../ir/node.ts";
import { input } from "../ops/forms/source.ts";
import { backThrough } from "../passes/differentiate.ts";
import { interpret } from "../run/interpret.ts";
import type { Circuit, CircuitNode } from "./circuit.types.ts";

export type { Language, ProgramLine } from "../emit/languages.ts";

/** One gate on stand-ins for its operands, so that what is printed or run for it is no larger than the gate. */
interface Stage {
  readonly at: CircuitNode;
  readonly holes: readonly (Node | undefined)[];
  readonly gate: Node;
  readonly upstream: Node;
  /** What flows back to each operand; absent where nothing does, or nothing reaches the gate itself. */
  readonly back: readonly (Node | undefined)[];
}

const stageOf = (at: CircuitNode, reached: boolean): Stage => {
  const { node, operands } = at;
  const holes = node.src.map((src, i) => (operands[i] && "at" in operands[i] ? input(src.shape, src.dtype) : undefined));
  const gate = node.withSources(node.src.map((src, i) => holes[i] ?? src));
  const upstream = input(node.shape, "float64");
  const back = reached ? backThrough(gate, upstream, builder) : [];
  return { at, holes, gate, upstream, back: holes.map((hole, i) => hole && back[i]) };
};

/** The gates in order, with their backward rules where a gradient reaches them. */
const stagesOf = (circuit: Circuit): Stage[] => {
  const reached = new Uint8Array(circuit.nodes.length);
  reached[circuit.output] = 1;
  const stages: Stage[] = [];
  for (let i = circuit.nodes.length - 1; i >= 0; i--) {
    const node = circuit.nodes[i]!;
    if (node.kind !== "gate") continue;
    const stage = stageOf(node, reached[i] === 1);
    stages.push(stage);
    node.operands.forEach((operand, k) => {
      if ("at" in operand && stage.back[k]) reached[operand.at] = 1;
    });
  }
  return stages.reverse();
};

/** The gates whose plain spelling would raise, or give another number, somewhere in this program at these inputs. */
const helpedIn = (circuit: Circuit, stages: readonly Stage[], language: Language): Set<Op> => {
  const helped = new Set<Op>();
  const bodies: { readonly node: Node; readonly inputs: readonly Value[] }[] = [];
  const observe = (node: Node, value: Value, inputs: readonly Value[]): void => {
    if (node.op.form === "body") bodies.push({ node, inputs });
    else if (node.src.length > 0 && needsHelper(node.op, language, inputs as readonly number[], value as number)) helped.add(node.op);
  };
  for (const { at, holes, gate, upstream, back } of stages) {
    const feeds = new NodeMap<Value>([[upstream, at.grad]]);
    holes.forEach((hole, i) => {
      const operand = at.operands[i];
      if (hole && operand && "at" in operand) feeds.set(hole, circuit.nodes[operand.at]!.value);
    });
    interpret([gate, ...back.filter((node) => node !== undefined)], feeds, observe);
    for (let next = bodies.pop(); next !== undefined; next = bodies.pop()) {
      const { params, out } = next.node.op.lowered!(next.node);
      interpret([out], new NodeMap(params.map((param, i) => [param, next!.inputs[i]!] as const)), observe);
    }
  }
  return helped;
};

/**
 * Forward and backward pass of a circuit of numbers as a program that runs as it stands and prints the value and the
 * gradient of every input as JSON: TypeScript for Node 22.18 or later, or Python 3 with nothing but its standard library.
 * Operations that Python refuses (1/0, an overflow, the logarithm of 0) are guarded where these inputs need it.
 * @throws Diagnostic `no-scalar-code`
 */
export const toCode = (circuit: Circuit, language: Language): string =>
  codeLines(circuit, language)
    .map(({ text }) => text)
    .join("\n");

/** The same line by line, each with the node that it is about. */
export const codeLines = (circuit: Circuit, language: Language): readonly ProgramLine[] => {
  refuseTensors(circuit);
  const stages = stagesOf(circuit);
  const writer = new CodeWriter(language, helpedIn(circuit, stages, language));
  const { names, rules } = writer;
  const own = circuit.nodes.map((node) => (node.named || node.kind === "input" ? names.take(node.name) : ""));
  for (const { index, op } of circuit.nodes) if (own[index] === "") own[index] = names.numbered(op);
  const grads = circuit.nodes.map(() => "");
  const gradOf = (index: number): string => (grads[index] ||= names.take(`d${own[index]}`));
  const inputs = circuit.inputs.map((index) => circuit.nodes[index]!);

  const forward: Line[] = circuit.nodes
    .filter(({ kind }) => kind === "constant")
    .map(({ index, value }) => ({ name: own[index]!, text: writer.number(value as number).text, node: index }));
  const given = new NodeMap<Written>();
  for (const stage of stages) {
    stage.holes.forEach((hole, i) => {
      const operand = stage.at.operands[i];
      if (hole && operand && "at" in operand) given.set(hole, variable(own[operand.at]!));
    });
    const { lines, texts } = writer.write([stage.gate], given, names, false);
    const name = own[stage.at.index]!;
    const node = stage.at.index;
    forward.push(...lines.map((line) => ({ ...line, node })), { name, text: texts[0]!, node });
    given.set(stage.gate, variable(name));
  }

  const backward: Line[] = [{ name: gradOf(circuit.output), text: writer.number(circuit.seed).text, node: circuit.output }];
  const seen = new Set([circuit.output]);
  const said = new Map(forward.map(({ name, text }) => [name, text]));
  for (const { at, upstream, back } of [...stages].reverse()) {
    if (back.every((node) => node === undefined)) continue;
    const name = own[at.index]!;
    given.set(upstream, variable(gradOf(at.index)));
    const { lines, texts } = writer.write(back, given, names, true);
    const node = at.index;
    const block: Line[] = lines.map((line) => ({ ...line, node }));
    at.operands.forEach((operand, i) => {
      const text = texts[i];
      if (text === undefined || !("at" in operand)) return;
      block.push({ name: gradOf(operand.at), text, adds: seen.has(operand.at), node });
      seen.add(operand.at);
    });
    backward.push({ ...block[0]!, comment: `backprop ${name} = ${said.get(name)!}` }, ...block.slice(1));
  }
  for (const { index } of inputs) {
    if (!seen.has(index)) backward.push({ name: gradOf(index), text: writer.number(0).text, comment: "nothing flows back here", node: index });
  }
  const growing = new Set(backward.filter(({ adds }) => adds).map(({ name }) => name));
  const results = [circuit.nodes[circuit.output]!.value, ...inputs.map(({ grad }) => grad)] as number[];
  return rules.program({
    remarks: ["Forward and backward pass, one line a stage."],
    prelude: writer.prelude,
    parameters: inputs.map(({ index }) => own[index]!),
    body: ["forward", ...forward, "", "backward", ...backward.map((line) => ({ ...line, grows: growing.has(line.name) }))],
    value: own[circuit.output]!,
    gradients: inputs.map(({ index, name }) => [name, gradOf(index)] as const),
    values: inputs.map(({ value }) => value as number),
    unusual: results.some((x) => !Number.isFinite(x) || Object.is(x, -0)),
  });
};

const refuseTensors = (circuit: Circuit): void => {
  const tensor = circuit.nodes.find(({ shape }) => shape.length > 0);
  if (tensor === undefined) return;
  throw new Diagnostic("no-scalar-code", `"${tensor.name}" has the shape ${shapeText(tensor.shape)}, and code is printed for plain numbers.`, {
    place: tensor.place,
    help: "ask for one entry of the result as a scalar circuit, and print that",
  });
};
