/** The function of one hidden unit as JavaScript, printed from the operations that the run computes with. */
import { max } from "../api/functions.ts";
import { CodeWriter, variable } from "../emit/code.ts";
import { plainJavaScript } from "../emit/plain-javascript.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, Op } from "../ir/node.ts";
import { input } from "../ops/forms/source.ts";
import { Tensor } from "../trace/tensor.ts";
import { activations, type ActivationName } from "./activations.ts";

/** The gates of a circuit, and of the groups in it, that JavaScript lacks: they bring a function along. */
const helpedIn = (out: Node): ReadonlySet<Op> => {
  const helped = new Set<Op>();
  const circuits = [out];
  for (let circuit = circuits.pop(); circuit !== undefined; circuit = circuits.pop()) {
    for (const node of topological([circuit])) {
      if (node.op.form === "body") circuits.push(node.op.lowered!(node).out);
      else if (node.op.spelling?.helpers?.js) helped.add(node.op);
    }
  }
  return helped;
};

/**
 * The function `name` of the sums of one unit: one sum, or those of the pieces whose maximum is taken. What it calls
 * stands before it. `taken` are names that the rest of the program has.
 */
export const unitFunction = (name: string, activation: ActivationName, pieces: number, taken: readonly string[]): readonly string[] => {
  const sums = Array.from({ length: pieces }, (_, i) => input([], "float64", pieces === 1 ? "x" : `x${i + 1}`));
  const before = sums.map((node) => new Tensor(node, Infinity));
  const { node: out } = activations[activation].apply(pieces === 1 ? before[0]! : max(...before));
  const writer = new CodeWriter("ts", helpedIn(out));
  for (const word of [name, ...taken]) writer.names.take(word);
  const parameters = sums.map((node) => ({ node, name: writer.names.take(node.name!), truth: false }));
  const given = new NodeMap(parameters.map((parameter) => [parameter.node, variable(parameter.name)] as const));
  const { lines, texts } = writer.write([out], given, writer.names, true);
  const remark = `What a hidden unit makes of its ${pieces === 1 ? "sum" : "sums"}: ${out.op.name}, ${out.op.formula}.`;
  return [...writer.prelude, writer.rules.functionText(name, remark, parameters, lines, texts[0]!)].map(plainJavaScript);
};
