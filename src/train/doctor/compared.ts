/**
 * Softmax before a loss that takes raw scores: somewhere on the way to the loss stand probabilities, and the loss only
 * compares them, so that a number added to all of them changes nothing. Found in the graph, whoever wrote the model.
 */
import { asArray, isFloat, type TypedArray, type Value } from "../../ir/dtype.ts";
import { dependents, topological } from "../../ir/graph.ts";
import { NodeMap } from "../../ir/node-map.ts";
import type { Node } from "../../ir/node.ts";
import { interpret } from "../../run/interpret.ts";
import type { TaskGraph } from "../look.ts";

/** No number is negative and every row adds up to 1. */
const areProbabilities = (values: TypedArray, outputs: number): boolean => {
  for (let i = 0; i < values.length; i += outputs) {
    let sum = 0;
    for (let j = 0; j < outputs; j++) {
      if (!(values[i + j]! >= 0)) return false;
      sum += values[i + j]!;
    }
    if (Math.abs(sum - 1) > 1e-5) return false;
  }
  return values.length > 0;
};

const lossOf = (loss: Node, feeds?: NodeMap<Value>): number => asArray(interpret([loss], feeds)[0]!, loss.dtype)[0]!;

/** Whether the loss compares probabilities as if they were scores. */
export const comparesProbabilities = ({ loss, x, parameters }: TaskGraph): boolean => {
  const order = topological([loss]);
  const [moved, learned] = [dependents(order, [x]), dependents(order, parameters)];
  const fits = (node: Node): boolean => node.shape.length === 2 && node.shape[1]! >= 2 && isFloat(node.dtype) && !node.op.plumbing && moved.has(node) && learned.has(node);
  const found: { readonly node: Node; readonly values: TypedArray }[] = [];
  interpret([loss], undefined, (node, value) => {
    if (fits(node) && areProbabilities(asArray(value, node.dtype), node.shape[1]!)) found.push({ node, values: asArray(value, node.dtype) });
  });
  if (found.length === 0) return false;
  const here = lossOf(loss);
  return found.some(({ node, values }) => {
    const shifted = lossOf(loss, new NodeMap<Value>([[node, values.map((p) => p + 3) as TypedArray]]));
    return Math.abs(shifted - here) < (node.dtype === "float64" ? 1e-9 : 1e-4) * Math.max(1, Math.abs(here));
  });
};
