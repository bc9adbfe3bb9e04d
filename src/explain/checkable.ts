/** A circuit as the gradient check takes it: one number as output, and the inputs with their values. */
import { errorCurves, type EntryCurves } from "../check/curve.ts";
import type { Leaf } from "../check/witnesses.ts";
import type { Node } from "../ir/node.ts";
import { sum } from "../ops/table.ts";
import type { LiveCircuit } from "./circuit.ts";
import { offsetOf, parseEntry } from "./entry-name.ts";
import { findInput } from "./inputs.ts";

export const checkable = (circuit: LiveCircuit): { readonly out: Node; readonly leaves: readonly Leaf[] } => {
  const { value } = circuit.plan.draft.nodes[circuit.output]!;
  const leaves = circuit.inputs.map((index) => circuit.nodes[index]!).map(({ name, node, value: values }) => ({ name, node, values }));
  return { out: value.shape.length === 0 ? value : sum(value), leaves };
};

/**
 * The error of numeric gradients at every step, for one entry of an input: `x`, `W[0,2]`.
 * @throws Diagnostic `unknown-input`, `bad-entry`
 */
export const curvesOf = (circuit: LiveCircuit, entry: string): EntryCurves => {
  const { out, leaves } = checkable(circuit);
  const { name, index } = parseEntry(entry);
  const input = findInput(circuit, name);
  return errorCurves(out, leaves, circuit.inputs.indexOf(input.index), offsetOf({ name, index }, input.shape));
};
